"""Taking work from the ledger: claim, keep the lease alive, run, and record what came of it."""

import contextlib
import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service.store.clock import utc_now
from service.store.database import passes
from service.store.jobs import ClaimedJob, Jobs, LostLease
from service.store.tables.jobs import JobKind
from workers.heartbeat import Heartbeat
from workers.lifecycle import Context

SLICE_S = 5.0
"""How long one wake-up goes on taking new work. Short, so that the kinds of work take turns on a busy machine."""

AWAY_S = 1.0
"""Pause after the database did not answer, so that it is not asked without end."""

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
        jobs = context.database.attempt(
            lambda session: Jobs(session).claim(
                [kind], limit=batch, worker=context.worker, lease_s=context.settings.lease_s, now=utc_now()
            )
        )
        if not jobs:
            break
        taken += len(jobs)
        waiting = {job.id: job for job in jobs}
        try:
            with Heartbeat(lambda held=waiting: _renew(context, held), context.settings.lease_s / 4):
                for job in jobs:
                    _attempt(context, job, handle)
                    del waiting[job.id]
        except SystemExit:  # the pool ends its processes by it when there is no time to finish
            _give_back(context, list(waiting.values()))
            raise
    return taken


def _attempt(context: Context, job: ClaimedJob, handle: Handler) -> None:
    """Run one job. What it raises is counted against it, except what a database in the way or a lost
    lease is to blame for."""
    try:
        handle(context, job)
    except LostLease:
        log.warning("lease lost, result dropped", kind=job.kind.value, subject=job.subject_id)
    except OperationalError as error:
        if not passes(error):
            _count_against(context, job, error)
            return
        log.warning(
            "database in the way, job given back", kind=job.kind.value, subject=job.subject_id, error=str(error)
        )
        context.database.attempt(lambda session: Jobs(session).release(job.id, job.token, utc_now()))
        time.sleep(AWAY_S)
    except Exception as error:
        _count_against(context, job, error)


def _count_against(context: Context, job: ClaimedJob, error: Exception) -> None:
    log.error("job failed", kind=job.kind.value, subject=job.subject_id, exc_info=error)
    said = f"{type(error).__name__}: {error}"
    with contextlib.suppress(LostLease):
        context.database.attempt(lambda session: Jobs(session).fail(job.id, job.token, said, utc_now()))


def _give_back(context: Context, jobs: list[ClaimedJob]) -> None:
    """Make jobs due again at once, and count no attempt: that the service was stopped is not their fault."""

    def release(session: Session) -> None:
        for job in jobs:
            Jobs(session).release(job.id, job.token, utc_now())

    context.database.attempt(release)


def _renew(context: Context, jobs: dict[int, ClaimedJob]) -> bool:
    """Keep the leases of a batch alive; whether any of them is still held."""

    def renew(session: Session) -> list[bool]:
        ledger = Jobs(session)
        return [ledger.heartbeat(job.id, job.token, context.settings.lease_s, utc_now()) for job in list(jobs.values())]

    held = context.database.attempt(renew)
    return any(held) or not held
