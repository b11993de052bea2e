"""Taking work from the ledger: claim, keep the lease alive, run, and record what came of it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from service.store.jobs import ClaimedJob, Jobs, LostLease
from service.store.tables.jobs import JobKind
from workers.heartbeat import Heartbeat
from workers.lifecycle import Context

SLICE_S = 5.0
"""How long one wake-up goes on taking new work. Short, so that the kinds of work take turns on a busy machine."""

log = structlog.get_logger(__name__)

Handler = Callable[[Context, ClaimedJob], None]
"""Does one job and commits what it found together with ``Jobs.finish`` under the job's token."""


def work_through(context: Context, kind: JobKind, handle: Handler, *, batch: int) -> int:
    """Do what is due of one kind until nothing is left or the slice is over; returns the number of jobs taken.

    The jobs of a batch share one heartbeat: they were claimed together and are done one after the other.
    """
    taken = 0
    began = time.monotonic()
    while time.monotonic() - began < SLICE_S:
        with context.database.write() as session:
            jobs = Jobs(session).claim(
                [kind], limit=batch, worker=context.worker, lease_s=context.settings.lease_s, now=_now()
            )
        if not jobs:
            break
        taken += len(jobs)
        waiting = {job.id: job for job in jobs}
        with Heartbeat(lambda held=waiting: _renew(context, held), context.settings.lease_s / 4):
            for job in jobs:
                _attempt(context, job, handle)
                del waiting[job.id]
    return taken


def _attempt(context: Context, job: ClaimedJob, handle: Handler) -> None:
    """Run one job. Whatever it raises is counted against it; work under a lost lease is simply dropped."""
    try:
        handle(context, job)
    except LostLease:
        log.warning("lease lost, result dropped", kind=job.kind, subject=job.subject_id)
    except Exception as error:  # noqa: BLE001 - a job of whatever kind must not take its process down
        log.error("job failed", kind=job.kind, subject=job.subject_id, exc_info=error)
        with context.database.write() as session:
            Jobs(session).fail(job.id, job.token, f"{type(error).__name__}: {error}", _now())


def _renew(context: Context, jobs: dict[int, ClaimedJob]) -> bool:
    with context.database.write() as session:
        ledger = Jobs(session)
        held = [ledger.heartbeat(job.id, job.token, context.settings.lease_s, _now()) for job in list(jobs.values())]
    return any(held) or not held


def _now() -> datetime:
    return datetime.now(UTC)
