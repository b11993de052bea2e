"""Taking work from the ledger: claim, keep the lease alive, run, and record what came of it."""

import contextlib
import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service import tracing
from service.rules import PackRefused
from service.store.clock import utc_now
from service.store.database import passes
from service.store.jobs import ClaimedJob, Jobs, LostLease
from service.store.tables.jobs import JobKind, Lane
from workers.figures import ERRORS, JOB_SECONDS, WAIT_SECONDS
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
    """Run one job, under its ids in the log. What it raises is counted against it, except what a database in the way,
    a lost lease or a policy that cannot be read is to blame for."""
    WAIT_SECONDS.labels(job.kind.value, _lane_name(job.lane)).observe(job.waited_s)
    began = time.perf_counter()
    with (
        structlog.contextvars.bound_contextvars(job=job.kind.value, subject=job.subject_id, attempt=job.attempts),
        tracing.span(job.kind.value, job.trace, subject=job.subject_id, attempt=job.attempts) as span,
    ):
        outcome = _outcome(context, job, handle)
        seconds = time.perf_counter() - began
        log.debug("job ended", outcome=outcome, seconds=round(seconds, 3))
        if span is not None:
            span.set_attribute("outcome", outcome)
    JOB_SECONDS.labels(job.kind.value, outcome).observe(seconds)


def _outcome(context: Context, job: ClaimedJob, handle: Handler) -> str:
    try:
        handle(context, job)
        return "done"
    except LostLease:
        log.warning("lease lost, result dropped")
        return "lost"
    except OperationalError as error:
        if not passes(error):
            return _count_against(context, job, error)
        log.warning("database in the way, job given back", error=str(error))
        context.database.attempt(lambda session: Jobs(session).release(job.id, job.token, utc_now()))
        time.sleep(AWAY_S)
        return "given back"
    except PackRefused as error:
        log.error("the policy in force cannot be read, job given back; 'earmark policy rollback'", error=str(error))
        context.database.attempt(lambda session: Jobs(session).release(job.id, job.token, utc_now()))
        time.sleep(AWAY_S)
        return "given back"
    except Exception as error:
        return _count_against(context, job, error)


def _count_against(context: Context, job: ClaimedJob, error: Exception) -> str:
    ERRORS.labels(job.kind.value, type(error).__name__).inc()
    log.error("job failed", exc_info=error)
    said = f"{type(error).__name__}: {error}"
    with contextlib.suppress(LostLease):
        context.database.attempt(lambda session: Jobs(session).fail(job.id, job.token, said, utc_now()))
    return "failed"


def _lane_name(lane: int) -> str:
    return Lane(lane).name.lower() if lane in set(Lane) else "other"


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
