"""What a message changes: tracks made, revised and withdrawn, all in one transaction or none of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from schemas.deliveries import ReleaseReport
from schemas.ern.message import ErnMessage, ErnRelease, MessageKind
from schemas.review import TrackState
from service.accepting import accept_track
from service.ddex.tracks import ReleaseTrack, release_key
from service.privacy import pseudonymous
from service.settings import Settings
from service.store.cases import Cases
from service.store.deliveries import Deliveries
from service.store.tables.deliveries import ErnReleaseRow
from service.store.tables.track_revisions import RevisionKind
from service.store.tables.tracks import Track
from service.store.tracks import Tracks


@dataclass(frozen=True)
class Audio:
    """A file that was found for a track."""

    sha256: str
    name: str


Found = dict[str, Audio]
"""Audio by a track's key."""


class Superseded(Exception):
    """A newer message on one of the releases was applied before."""


class Applying:
    """One message of one tenant, in the caller's transaction."""

    def __init__(self, session: Session, settings: Settings, tenant_id: str, sender: str, now: datetime) -> None:
        self._session = session
        self._settings = settings
        self._tenant_id = tenant_id
        self._sender = sender
        self._now = now
        self._tracks = Tracks(session)

    def check_order(self, message: ErnMessage) -> None:
        """Raise :class:`Superseded` where a message of later making was applied to one of the releases."""
        for release in message.releases:
            row = self._known(message, release)
            if row and row.message_at and message.created_at and aware(message.created_at) < row.message_at:
                raise Superseded

    def knows(self, message: ErnMessage, release: ErnRelease) -> bool:
        """Whether the release was delivered before."""
        row = self._known(message, release)
        return row is not None and row.message_at is not None

    def live(self, message: ErnMessage, release: ErnRelease) -> dict[str, str]:
        """Tracks of a release that stand, by key."""
        row = self._known(message, release)
        tracks = row.tracks if row else {}
        return {key: track_id for key, track_id in tracks.items() if self._stands(track_id)}

    def apply(
        self,
        message: ErnMessage,
        release: ErnRelease,
        tracks: list[ReleaseTrack],
        found: Found,
        cover_sha256: str | None = None,
    ) -> ReleaseReport:
        """Bring a release to what the message says. Every track that is new must have its audio in ``found``.

        ``cover_sha256`` is the picture that all its tracks show; without one they keep what they have.
        """
        deliveries = Deliveries(self._session)
        row = deliveries.release(self._tenant_id, self._sender, release_key(message, release))
        gone = release.taken_down or message.kind is MessageKind.PURGE_RELEASE
        wanted = {} if gone else {track.key: track for track in tracks}
        after: dict[str, str] = {}
        for key, track in wanted.items():
            before = row.tracks.get(key)
            standing = self._locked(before) if before else None
            if standing is None:
                after[key] = self._make(track, found[key], cover_sha256).id
            else:
                after[key] = standing.id
                self._revise(standing, track, found.get(key), cover_sha256)
        for key, track_id in row.tracks.items():
            if key not in wanted and (standing := self._locked(track_id)) is not None:
                self._withdraw(standing)
        created = aware(message.created_at) if message.created_at else None
        kept = {key: track_id for key, track_id in row.tracks.items() if gone}
        deliveries.set_release(row, created, {**kept, **after})
        return report_of(release, gone, after)

    def last_audio(self, message: ErnMessage, release: ErnRelease) -> Found:
        """Audio of tracks that were taken down: a release that comes back need not send it again."""
        row = self._known(message, release)
        found = {}
        for key, track_id in (row.tracks if row else {}).items():
            track = self._tracks.get(self._tenant_id, track_id)
            if track is not None:
                revision = self._tracks.revision(track.id)
                found[key] = Audio(track.audio_sha256, revision.audio_file_name or "")
        return found

    def _known(self, message: ErnMessage, release: ErnRelease) -> ErnReleaseRow | None:
        """What is known of a release; looking makes nothing."""
        return Deliveries(self._session).known_release(self._tenant_id, self._sender, release_key(message, release))

    def _make(self, track: ReleaseTrack, audio: Audio, cover_sha256: str | None) -> Track:
        return accept_track(
            self._session,
            self._settings,
            self._tenant_id,
            track.metadata,
            audio_sha256=audio.sha256,
            now=self._now,
            file_name=audio.name.rsplit("/", 1)[-1] or None,
            artwork_sha256=cover_sha256,
        )

    def _revise(self, standing: Track, track: ReleaseTrack, audio: Audio | None, cover_sha256: str | None) -> None:
        """A revision for what changed; none where nothing did."""
        metadata = pseudonymous(track.metadata, self._settings.hashing_key)
        before = self._tracks.metadata(standing.id)
        other = {"client_reference": before.client_reference}  # names the message, which is no change of the track
        same = metadata.model_copy(update=other) == before
        replaced = audio is not None and audio.sha256 != standing.audio_sha256
        other_cover = cover_sha256 is not None and cover_sha256 != self._tracks.revision(standing.id).artwork_sha256
        if same and not replaced and not other_cover:
            return
        only_declared = metadata.model_copy(update={**other, "declared_ai": before.declared_ai}) == before
        kind = RevisionKind.DECLARATION if only_declared and not same else RevisionKind.METADATA
        self._tracks.revise(
            standing,
            RevisionKind.AUDIO if replaced else kind,
            now=self._now,
            metadata=metadata,
            audio_sha256=audio.sha256 if replaced and audio else None,
            file_name=audio.name.rsplit("/", 1)[-1] if replaced and audio else None,
            artwork_sha256=cover_sha256 if other_cover else None,
        )

    def _withdraw(self, standing: Track) -> None:
        self._tracks.revise(standing, RevisionKind.WITHDRAWAL, now=self._now)
        Cases(self._session).reconcile(standing, [], content=str(standing.revision), now=self._now)

    def _locked(self, track_id: str) -> Track | None:
        """A track that stands, locked."""
        if not self._stands(track_id):
            return None
        return self._tracks.find(track_id, lock=True)

    def _stands(self, track_id: str) -> bool:
        track = self._tracks.get(self._tenant_id, track_id)
        return track is not None and track.state is not TrackState.WITHDRAWN


def report_of(release: ErnRelease, gone: bool, tracks: dict[str, str]) -> ReleaseReport:
    return ReleaseReport(
        title=release.title,
        upc=release.upc,
        grid=release.grid,
        proprietary_id=release.proprietary_id,
        taken_down=gone,
        tracks=tracks,
    )


def aware(moment: datetime) -> datetime:
    """A moment without an offset is one of UTC."""
    from datetime import UTC

    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
