"""Tracks as they are shown."""

from sqlalchemy.orm import Session

from schemas.disclosure import Declaration, Facet, Level, complete
from schemas.problems import PROBLEMS, TYPE_PREFIX, ProblemType
from schemas.tracks import StoredFile, TrackAccepted, TrackEvent, TrackOut, TrackReason, TrackSummary
from service.store.blob_rows import Blobs
from service.store.events import Events
from service.store.evidence import EvidenceStore
from service.store.jobs import Jobs
from service.store.labels import Labels
from service.store.tables.events import TrackEvent as EventRow
from service.store.tables.jobs import JobKind, JobState
from service.store.tables.track_revisions import TrackRevision
from service.store.tables.tracks import Track
from service.store.tracks import Tracks


def accepted(track: Track, warnings: list[str]) -> TrackAccepted:
    """The answer to a delivery or a correction."""
    return TrackAccepted(id=track.id, state=track.state, revision=track.revision, warnings=warnings)


def summary(track: Track) -> TrackSummary:
    """The track as a line of a list."""
    return TrackSummary(
        id=track.id,
        state=track.state,
        revision=track.revision,
        title=track.title,
        isrc=track.isrc,
        client_reference=track.client_reference,
        accepted_at=track.accepted_at,
        updated_at=track.updated_at,
        reason=reason(track),
    )


def whole(session: Session, track: Track) -> TrackOut:
    """The track with everything that is known of its present revision."""
    revision = Tracks(session).revision(track.id)
    return TrackOut(
        **summary(track).model_dump(),
        pending=pending(session, track.id),
        metadata=revision.details,
        declaration=complete(declaration_of(revision)),
        audio=_file(session, revision.audio_sha256, revision.audio_file_name),
        artwork=_file(session, revision.artwork_sha256, None) if revision.artwork_sha256 else None,
        warnings=revision.warnings,
        deadline=Labels(session).view(track).deadline,
        evidence=EvidenceStore(session).newest(track.audio_sha256),
        events=[event(row) for row in Events(session).of(track.id)],
    )


def declaration_of(revision: TrackRevision) -> Declaration:
    """The declared levels of a revision."""
    return {Facet(facet): Level(level) for facet, level in revision.declaration.items()}


def pending(session: Session, track_id: str) -> bool:
    """Whether the ledger still holds work on the track."""
    jobs = Jobs(session)
    found = [jobs.of(kind, track_id) for kind in JobKind]
    return any(job is not None and job.state in (JobState.PENDING, JobState.RUNNING) for job in found)


def reason(track: Track) -> TrackReason | None:
    """Why the track is unreadable or failed, in the form of a problem."""
    if track.state_type is None:
        return None
    known = ProblemType(track.state_type) if track.state_type in set(ProblemType) else None
    title = PROBLEMS[known].title if known else track.state_type.replace("-", " ").capitalize()
    return TrackReason(type=TYPE_PREFIX + track.state_type, title=title, detail=track.state_detail or "")


def event(row: EventRow) -> TrackEvent:
    """One entry of the log."""
    return TrackEvent(seq=row.seq, kind=row.kind, revision=row.revision, at=row.at, data=row.data)


def _file(session: Session, sha256: str, file_name: str | None) -> StoredFile:
    blob = Blobs(session).get(sha256)
    return StoredFile(
        sha256=sha256,
        size_bytes=blob.size_bytes if blob else None,
        file_name=file_name,
        erased_at=blob.erased_at if blob else None,
    )
