"""What a sender delivered before, in order of acceptance, whatever the order of analysis."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from schemas.catalogue import SenderTier
from service.facts.history import BASELINE_DAYS, SenderHistory, SentTrack
from service.store.matches import Matches
from service.store.tables.evidence import EvidenceRow
from service.store.tables.recordings import Recording
from service.store.tables.tracks import Track

WINDOW = timedelta(days=BASELINE_DAYS + 1)
"""How far back the facts of a sender look."""

_SENDERS_AT_ONCE = 100


class Histories:
    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, track: Track, pipeline: str, *, tier: SenderTier | None = None) -> SenderHistory:
        """The history of a track's sender up to its acceptance, with what ``pipeline`` found in what was analysed."""
        return SenderHistory.of(
            self.sent(track, pipeline),
            track.accepted_at,
            tier=tier,
            first_accepted_at=self._first_accepted_at(track),
        )

    def sent(self, track: Track, pipeline: str) -> list[SentTrack]:
        """What the sender delivered in the 29 days up to this track, itself included, in order of acceptance."""
        evidence = and_(EvidenceRow.audio_sha256 == Track.audio_sha256, EvidenceRow.pipeline == pipeline)
        query = (
            select(
                Track.accepted_at,
                Track.isrc,
                Track.audio_sha256,
                _known_before(),
                EvidenceRow.duration_s,
                EvidenceRow.functional,
            )
            .outerjoin(EvidenceRow, evidence)
            .where(
                Track.sender_key == track.sender_key,
                Track.accepted_seq <= track.accepted_seq,
                Track.accepted_at > track.accepted_at - WINDOW,
            )
            .order_by(Track.accepted_seq)
        )
        return [
            SentTrack(at, isrc=isrc, audio_sha256=sha256, known=known, duration_s=duration_s, functional=functional)
            for at, isrc, sha256, known, duration_s, functional in self._session.execute(query)
        ]

    def later_track_ids(self, audio_sha256: str) -> list[str]:
        """Tracks whose history holds a delivery of this recording: what is learned of it may change their facts.

        Of a sender who delivered it several times, everything from the first on until the last leaves the window.
        """
        query = select(Track.sender_key, func.min(Track.accepted_seq), func.max(Track.accepted_at))
        query = query.where(Matches(self._session).in_group(audio_sha256)).group_by(Track.sender_key)
        senders = self._session.execute(query.order_by(Track.sender_key)).all()
        found: list[str] = []
        for start in range(0, len(senders), _SENDERS_AT_ONCE):
            later = [
                and_(Track.sender_key == sender, Track.accepted_seq > first, Track.accepted_at < last + WINDOW)
                for sender, first, last in senders[start : start + _SENDERS_AT_ONCE]
            ]
            found += self._session.scalars(select(Track.id).where(or_(*later)).order_by(Track.accepted_seq))
        return found

    def _first_accepted_at(self, track: Track) -> datetime | None:
        query = select(func.min(Track.accepted_seq)).where(Track.sender_key == track.sender_key)
        first = query.scalar_subquery()
        return self._session.scalar(select(Track.accepted_at).where(Track.accepted_seq == first))


def _known_before() -> ColumnElement[bool]:
    """Whether the recording or its ISRC was accepted before, from anybody."""
    earlier, own, other = aliased(Track), aliased(Recording), aliased(Recording)
    same_isrc = exists().where(earlier.isrc == Track.isrc, earlier.accepted_seq < Track.accepted_seq)
    same_file = exists().where(earlier.audio_sha256 == Track.audio_sha256, earlier.accepted_seq < Track.accepted_seq)
    same_group = (
        exists()
        .where(own.audio_sha256 == Track.audio_sha256)
        .where(other.group_key == own.group_key)
        .where(earlier.audio_sha256 == other.audio_sha256, earlier.accepted_seq < Track.accepted_seq)
    )
    return or_(same_isrc, same_file, same_group)
