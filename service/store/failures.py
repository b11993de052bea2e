"""Work that failed for good goes to a person. Nothing is ever released because analysis failed."""

from datetime import datetime

from sqlalchemy.orm import Session

from schemas.review import TrackState
from schemas.verdict import Action, CaseScope, Priority
from service.store.tables.jobs import Job, JobKind

CAUSE = "processing_failed"
QUEUE = "operations"
POLICY = "OPS-1"


def hand_to_a_person(session: Session, job: Job, now: datetime) -> None:
    """Open a case on the job's track, which becomes ``failed`` unless only the delivery of its labels went wrong.

    The case closes by itself when the track is decided after all.
    """
    from service.store.cases import Cases, Cause
    from service.store.tracks import Tracks

    if job.kind is JobKind.INGEST:
        _fail_delivery(session, job, now)
        return
    tracks = Tracks(session)
    track = tracks.find(job.subject_id, lock=True)
    if track is None or track.state is TrackState.WITHDRAWN:
        return
    said = f"{job.kind.value} failed for good: {job.last_error or 'no error was kept'}"
    if job.kind is not JobKind.DELIVER:
        tracks.move(
            track,
            TrackState.FAILED,
            now,
            problem="processing-failed",
            detail="This track could not be processed. A person will look at it.",
            data={"job": job.kind.value},
        )
    cause = Cause(
        scope=CaseScope.TRACK,
        subject_key=track.id,
        cause=f"{CAUSE}:{job.kind.value}",
        policy=POLICY,
        queue=QUEUE,
        priority=Priority.P2,
        action=Action.QUEUE,
        reason=said,
    )
    Cases(session).join(track, cause, content=f"{track.revision}:{job.token}", now=now)


def _fail_delivery(session: Session, job: Job, now: datetime) -> None:
    """A delivery that cannot be looked into says so to its sender; a file that is added has it tried again."""
    from schemas.deliveries import DeliveryState, Report
    from service.store.deliveries import Deliveries

    deliveries = Deliveries(session)
    row = deliveries.find(job.subject_id)
    if row is not None:
        report = Report.model_validate(row.report or {})
        report.note = "This delivery could not be processed. The operator was told."
        deliveries.note(row, DeliveryState.FAILED, report, row.files_seen, now)
