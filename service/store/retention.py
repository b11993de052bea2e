"""Contents whose time has run out, or that nobody may keep any more.

A content is erased by a note in its row: from then on nothing refers to its bytes, and the sweep removes them as it
removes files without a row (:meth:`service.store.blobs.BlobStorage.sweep`), a while after they were last stored. The
row stays, as what was found about the content does; the same content delivered again is kept again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, false, or_, select, update
from sqlalchemy.orm import Session

from schemas.appeals import AppealState
from schemas.deliveries import DeliveryState
from schemas.review import CaseState, TrackState
from service.store.tables.appeals import Appeal
from service.store.tables.attachments import Attachment
from service.store.tables.blobs import Blob
from service.store.tables.cases import Case, CaseTrack
from service.store.tables.deliveries import DeliveryFile, DeliveryRow
from service.store.tables.jobs import Job, JobState
from service.store.tables.spectrograms import Spectrogram
from service.store.tables.track_revisions import TrackRevision
from service.store.tables.tracks import Track
from service.store.tables.waveforms import Waveform


class Retention:
    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, keep: Mapping[TrackState, int], now: datetime, *, after: str, limit: int) -> Sequence[str]:
        """Audio whose time has run out, by SHA-256, from the one after ``after``."""
        query = select(Blob.sha256).where(Blob.sha256 > after, *_unneeded(_kept(keep, now)), _is_audio())
        return self._session.scalars(query.order_by(Blob.sha256).limit(limit)).all()

    def erase_expired(self, hashes: Collection[str], keep: Mapping[TrackState, int], now: datetime) -> int:
        """Erase those whose time has run out; how many. What is being delivered again is waited for."""
        return self._erase(hashes, _kept(keep, now), now)

    def erase_unneeded(self, hashes: Collection[str], now: datetime) -> int:
        """Erase those of these contents that only erased tracks refer to; how many."""
        return self._erase(hashes, Track.erased_at.is_(None), now)

    def _erase(self, hashes: Collection[str], needs: ColumnElement[bool], now: datetime) -> int:
        """Locked, and only then asked for: whoever stores a content holds its row until its track is there."""
        self._session.execute(
            select(Blob.sha256).where(Blob.sha256.in_(hashes)).order_by(Blob.sha256).with_for_update()
        )
        query = select(Blob.sha256).where(Blob.sha256.in_(hashes), *_unneeded(needs))
        gone = self._session.scalars(query).all()
        for drawn in (Waveform, Spectrogram):
            self._session.execute(delete(drawn).where(drawn.audio_sha256.in_(gone)))
        self._session.execute(update(Blob).where(Blob.sha256.in_(gone)).values(erased_at=now))
        return len(gone)


def _unneeded(needs: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """Stored contents that no track of which ``needs`` is true refers to, and nothing else does."""
    of_track = or_(TrackRevision.audio_sha256 == Blob.sha256, TrackRevision.artwork_sha256 == Blob.sha256)
    by_track = exists().where(of_track, Track.id == TrackRevision.track_id, needs)
    waiting = DeliveryRow.state.in_([DeliveryState.RECEIVED, DeliveryState.WAITING])
    by_delivery = exists().where(
        DeliveryFile.sha256 == Blob.sha256, DeliveryRow.id == DeliveryFile.delivery_id, waiting
    )
    by_person = exists().where(Attachment.sha256 == Blob.sha256)
    return Blob.erased_at.is_(None), ~by_track, ~by_delivery, ~by_person


def _kept(keep: Mapping[TrackState, int], now: datetime) -> ColumnElement[bool]:
    """Tracks whose audio stays: their time has not run out, or somebody may still have to listen."""
    over = [and_(Track.state == state, Track.updated_at < now - timedelta(days=days)) for state, days in keep.items()]
    in_case = exists().where(
        CaseTrack.track_id == Track.id,
        CaseTrack.left_at.is_(None),
        Case.id == CaseTrack.case_id,
        Case.state == CaseState.OPEN,
    )
    appealed = exists().where(Appeal.track_id == Track.id, Appeal.state == AppealState.OPEN)
    working = exists().where(Job.subject_id == Track.id, Job.state.in_([JobState.PENDING, JobState.RUNNING]))
    return or_(~or_(false(), *over), in_case, appealed, working)


def _is_audio() -> ColumnElement[bool]:
    return exists().where(TrackRevision.audio_sha256 == Blob.sha256)
