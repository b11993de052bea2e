"""Tracks and their revisions."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from schemas.catalogue import TrackMetadata
from schemas.events import EventKind
from schemas.review import TrackState
from service.facts.artist_keys import artist_key_sha256
from service.facts.names import fold
from service.store.counters import Counters
from service.store.declaration_requests import DeclarationRequests
from service.store.events import Events
from service.store.ids import Noun, new_id
from service.store.jobs import Jobs
from service.store.matches import Matches
from service.store.releases import Releases
from service.store.storable import storable
from service.store.tables.jobs import JobKind, Lane
from service.store.tables.track_revisions import RevisionKind, TrackRevision
from service.store.tables.tracks import Track
from service.store.unindexed import unindexed

_MOST_UNDER_ISRC = 1_000
_ACCEPTANCE_LOCK = 0x65617241  # "earA"

_EVENT_OF_STATE = {
    TrackState.ANALYSING: None,
    TrackState.DECIDED: EventKind.DECIDED,
    TrackState.UNREADABLE: EventKind.UNREADABLE,
    TrackState.FAILED: EventKind.FAILED,
    TrackState.WITHDRAWN: EventKind.WITHDRAWN,
}


def sender_key(tenant_id: str, metadata: TrackMetadata) -> str:
    """Who is behind a delivery: the sender the tenant names, and the tenant itself where it names none."""
    return f"{tenant_id}/{storable(metadata.sender.id or '')}"


class Tracks:
    def __init__(self, session: Session) -> None:
        self._session = session

    def accept(
        self,
        *,
        tenant_id: str,
        metadata: TrackMetadata,
        audio_sha256: str,
        now: datetime,
        file_name: str | None = None,
        artwork_sha256: str | None = None,
        warnings: Sequence[str] = (),
        release_id: str | None = None,
        lane: Lane = Lane.NORMAL,
    ) -> Track:
        """Accept a delivery: the track, its first revision, the event and the job to analyse it.

        The blobs must have rows (:class:`service.store.blob_rows.Blobs`). A release that is named by UPC is found or
        made. Once the caller's transaction has committed, nothing but a withdrawal ends the track without a verdict
        or a person's attention.
        """
        if release_id is None and metadata.release.upc is not None:
            release_id = Releases(self._session).ensure(tenant_id, metadata.release, now).id
        track = Track(
            id=new_id(Noun.TRACK),
            tenant_id=tenant_id,
            release_id=release_id,
            state=TrackState.RECEIVED,
            revision=1,
            events=0,
            accepted_at=now,
            updated_at=now,
            audio_sha256=audio_sha256,
            lane=int(lane),
        )
        _copy_searchable(track, metadata)
        self._wait_turn()
        self._session.add(track)
        self._session.flush()
        self._add_revision(track, RevisionKind.DELIVERY, metadata, file_name, artwork_sha256, warnings, now)
        Counters(self._session).accept(track, metadata, artwork_sha256=artwork_sha256)
        Events(self._session).append(track.id, EventKind.RECEIVED, now, {"audio_sha256": audio_sha256})
        Jobs(self._session).enqueue(JobKind.ANALYSE, track.id, lane=lane, now=now)
        return track

    def get(self, tenant_id: str, track_id: str) -> Track | None:
        """A track of this tenant. Another tenant's is as if it did not exist."""
        query = select(Track).where(Track.id == track_id, Track.tenant_id == tenant_id)
        return self._session.scalars(query).one_or_none()

    def find(self, track_id: str, *, lock: bool = False) -> Track | None:
        """A track of any tenant, for workers. With ``lock`` nobody else may change it until commit."""
        query = select(Track).where(Track.id == track_id)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return self._session.scalars(query).one_or_none()

    def newest(self, tenant_id: str, *, limit: int) -> Sequence[Track]:
        """The tenant's tracks that were accepted last, newest first."""
        query = select(Track).where(Track.tenant_id == tenant_id).order_by(Track.accepted_seq.desc()).limit(limit)
        return self._session.scalars(query).all()

    def titles(self, tenant_id: str, track_ids: Collection[str]) -> dict[str, str]:
        """Titles of a tenant's tracks, by id."""
        query = select(Track.id, Track.title).where(Track.id.in_(track_ids), unindexed(Track.tenant_id) == tenant_id)
        return dict(self._session.execute(query).all())

    def page(
        self,
        tenant_id: str,
        *,
        after: int = 0,
        limit: int = 100,
        state: TrackState | None = None,
        isrc: str | None = None,
        client_reference: str | None = None,
        release_id: str | None = None,
    ) -> Sequence[Track]:
        """Tracks of a tenant in order of acceptance, from the one after ``accepted_seq`` ``after``."""
        query = select(Track).where(Track.tenant_id == tenant_id, Track.accepted_seq > after)
        wanted = {"state": state, "isrc": isrc, "client_reference": client_reference, "release_id": release_id}
        for name, value in wanted.items():
            if value is not None:
                query = query.where(getattr(Track, name) == value)
        return self._session.scalars(query.order_by(Track.accepted_seq).limit(limit)).all()

    def with_audio(self, tenant_id: str, audio: Collection[str], *, limit: int) -> Sequence[Track]:
        """A tenant's tracks that carry one of these audios, in order of acceptance."""
        query = select(Track).where(Track.tenant_id == tenant_id, Track.audio_sha256.in_(sorted(audio)))
        return self._session.scalars(query.order_by(Track.accepted_seq).limit(limit)).all()

    def with_names_of(self, track: Track, *, limit: int) -> Sequence[Track]:
        """A tenant's other tracks of the same title and main artists, however written, in order of acceptance."""
        if track.names_sha256 is None:
            return []
        same = (Track.tenant_id == track.tenant_id, Track.names_sha256 == track.names_sha256, Track.id != track.id)
        return self._session.scalars(select(Track).where(*same).order_by(Track.accepted_seq).limit(limit)).all()

    def revision(self, track_id: str, revision: int | None = None) -> TrackRevision:
        """One revision of a track, the current one unless told otherwise. Raises ``NoResultFound``."""
        query = select(TrackRevision).where(TrackRevision.track_id == track_id)
        if revision is not None:
            query = query.where(TrackRevision.revision == revision)
        return self._session.scalars(query.order_by(TrackRevision.revision.desc()).limit(1)).one()

    def current(self, tracks: Sequence[Track]) -> dict[str, TrackRevision]:
        """The current revisions of tracks, by track."""
        query = select(TrackRevision).join(Track, Track.id == TrackRevision.track_id)
        query = query.where(Track.id.in_([track.id for track in tracks]), TrackRevision.revision == Track.revision)
        return {row.track_id: row for row in self._session.scalars(query)}

    def metadata(self, track_id: str, revision: int | None = None) -> TrackMetadata:
        """What the sender said, in the current revision unless told otherwise."""
        return TrackMetadata.model_validate(self.revision(track_id, revision).details)

    def revise(
        self,
        track: Track,
        kind: RevisionKind,
        *,
        now: datetime,
        metadata: TrackMetadata | None = None,
        audio_sha256: str | None = None,
        file_name: str | None = None,
        artwork_sha256: str | None = None,
        warnings: Sequence[str] = (),
    ) -> TrackRevision:
        """A new revision; what is not given stays as it was. Lock the track first and compare its revision.

        New audio is analysed, anything else is decided anew on the evidence that there is; a withdrawal is neither.
        Who shares the recording or the ISRC, before or after, is decided anew as well: it compared itself with what
        was said until now.
        """
        before = self.revision(track.id)
        touched = self._sharing(track)
        metadata = metadata or TrackMetadata.model_validate(before.details)
        track.revision += 1
        track.updated_at = now
        track.audio_sha256 = audio_sha256 or track.audio_sha256
        _copy_searchable(track, metadata)
        if metadata.release.upc is not None:
            track.release_id = Releases(self._session).ensure(track.tenant_id, metadata.release, now).id
        self._session.flush()
        revision = self._add_revision(
            track,
            kind,
            metadata,
            file_name if audio_sha256 else before.audio_file_name,
            artwork_sha256 or before.artwork_sha256,
            warnings,
            now,
            key_before=before.artist_key_sha256,
        )
        Events(self._session).append(track.id, EventKind.REVISED, now, {"kind": kind.value})
        declared = metadata.declared_ai != TrackMetadata.model_validate(before.details).declared_ai
        if declared or kind in (RevisionKind.DECLARATION, RevisionKind.WITHDRAWAL):
            DeclarationRequests(self._session).answered(track, now)
        if kind is RevisionKind.WITHDRAWAL:
            self.move(track, TrackState.WITHDRAWN, now)
        elif kind is RevisionKind.AUDIO or track.state in (TrackState.RECEIVED, TrackState.UNREADABLE):
            track.state = TrackState.RECEIVED
            Jobs(self._session).enqueue(JobKind.ANALYSE, track.id, lane=Lane(track.lane), now=now)
        elif artwork_sha256 not in (None, before.artwork_sha256):
            # the sound is known and not analysed again, the new cover is looked at beside it
            Jobs(self._session).enqueue(JobKind.ANALYSE, track.id, lane=Lane(track.lane), now=now)
        else:
            Jobs(self._session).enqueue(JobKind.DECIDE, track.id, lane=Lane(track.lane), now=now)
        touched = (touched | self._sharing(track)) - {track.id}
        Jobs(self._session).enqueue_many(JobKind.DECIDE, touched, lane=Lane(track.lane), now=now)
        self._session.flush()
        return revision

    def _sharing(self, track: Track) -> set[str]:
        """Tracks of the same recording, and the next ones under the same ISRC."""
        found = set(Matches(self._session).track_ids(track.audio_sha256))
        if track.isrc is not None:
            same = select(Track.id).where(Track.isrc == track.isrc, Track.accepted_seq > track.accepted_seq)
            found.update(self._session.scalars(same.order_by(Track.accepted_seq).limit(_MOST_UNDER_ISRC)))
        return found

    def move(
        self,
        track: Track,
        state: TrackState,
        now: datetime,
        *,
        data: Mapping[str, Any] | None = None,
        problem: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Bring a track to a state and log it; staying in a state is logged only for what it says of a problem.

        ``problem`` and ``detail`` say why a track is unreadable or failed, for its sender.
        """
        detail = storable(detail) if detail else None
        if (track.state, track.state_type, track.state_detail) == (state, problem, detail):
            return
        track.state, track.state_type, track.state_detail, track.updated_at = state, problem, detail, now
        self._session.flush()
        kind = _EVENT_OF_STATE.get(state)
        if kind is not None:
            said = {"problem": problem, "detail": detail} if problem else {}
            Events(self._session).append(track.id, kind, now, {**said, **(data or {})})

    def _wait_turn(self) -> None:
        """Accept one at a time, so that tracks become visible in their order of acceptance: otherwise a track could be
        judged before an earlier one is seen, and nobody would judge it again. SQLite has one writer anyway.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ACCEPTANCE_LOCK})

    def _add_revision(
        self,
        track: Track,
        kind: RevisionKind,
        metadata: TrackMetadata,
        file_name: str | None,
        artwork_sha256: str | None,
        warnings: Sequence[str],
        now: datetime,
        *,
        key_before: str | None = None,
    ) -> TrackRevision:
        """``key_before``: hash of the artist's key of the revision before; it stays until another one is sent."""
        row = TrackRevision(
            track_id=track.id,
            revision=track.revision,
            kind=kind,
            details=metadata.model_copy(update={"artist_key": None}).model_dump(mode="json"),
            artist_key_sha256=artist_key_sha256(metadata.artist_key) if metadata.artist_key else key_before,
            declaration={facet.value: level.value for facet, level in metadata.declared_ai.items()},
            audio_sha256=track.audio_sha256,
            audio_file_name=storable(file_name) if file_name else None,
            artwork_sha256=artwork_sha256,
            warnings=[storable(warning) for warning in warnings],
            created_at=now,
        )
        self._session.add(row)
        self._session.flush()
        return row


def _copy_searchable(track: Track, metadata: TrackMetadata) -> None:
    track.title = storable(metadata.title)
    track.artists = sorted({storable(fold(artist.name)) for artist in metadata.main_artists()})
    track.names_sha256 = names_sha256(fold(metadata.title), track.artists)
    track.isrc = metadata.isrc
    track.sender_key = sender_key(track.tenant_id, metadata)
    track.p_line = storable(metadata.p_line) if metadata.p_line else None
    track.client_reference = storable(metadata.client_reference) if metadata.client_reference else None


def names_sha256(title: str, artists: Sequence[str]) -> str:
    """Search key of a folded title with its folded artists, in their order; a title may be too long for an index."""
    return hashlib.sha256("\0".join((title, *artists)).encode("utf-8", "surrogatepass")).hexdigest()
