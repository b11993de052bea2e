"""The ledger: what remains to be done, who is doing it, and under which token.

The broker may lose, repeat or delay every message it likes. A worker takes jobs here, keeps their leases alive and
writes its results in one transaction with :meth:`Jobs.finish`, which refuses a token that is no longer the newest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, text, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from service.store import trace
from service.store.clock import utc_now
from service.store.inserting import insert_or
from service.store.storable import storable
from service.store.tables.jobs import Job, JobKind, JobState, Lane
from service.store.tables.tracks import Track

MAX_FAILURES = 3
"""Attempts that may end in an error before a person has to look."""

MAX_LOSSES = 5
"""Leases that may run out: a file that kills its worker must not do so for ever, a bad day must not fail a track."""

BACKOFF_S = (5.0, 30.0)
"""Pause after the first and the second failure."""

_NEAREST_DONE = {
    JobKind.NOTIFY: 0,
    JobKind.DELIVER: 1,
    JobKind.DECIDE: 2,
    JobKind.ANALYSE: 3,
    JobKind.INGEST: 4,
}
_CHUNK = 500
_COUNTED_AT_MOST = 10_000


class LostLease(Exception):
    """The job was given to somebody else, or is done: nothing that was found under this token may be written."""


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job and the right to do it. ``attempts`` counts this one, from 1; ``waited_s`` is how long it was due,
    ``trace`` the ``traceparent`` of what made it necessary."""

    id: int
    kind: JobKind
    subject_id: str
    token: int
    attempts: int
    lane: int = Lane.NORMAL
    waited_s: float = 0.0
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits of one kind: how many are due (counted to 10,000), running and failed, and how old the oldest is, over
    all lanes and in each lane that has any."""

    due: int = 0
    running: int = 0
    failed: int = 0
    oldest_due_s: float = 0.0
    oldest_due_by_lane_s: Mapping[str, float] = field(default_factory=dict)


class Jobs:
    def __init__(self, session: Session) -> None:
        self._session = session

    def enqueue(
        self,
        kind: JobKind,
        subject_id: str,
        *,
        lane: Lane = Lane.NORMAL,
        run_after: datetime | None = None,
        now: datetime | None = None,
    ) -> None:
        """Make work necessary, from this transaction's commit on.

        What is pending already stays one job, due at the earlier of both times; what is running is run once more
        when it ends, as it may have looked before this transaction committed.
        """
        self.enqueue_many(kind, [subject_id], lane=lane, run_after=run_after, now=now)

    def enqueue_many(
        self,
        kind: JobKind,
        subject_ids: Iterable[str],
        *,
        lane: Lane = Lane.NORMAL,
        run_after: datetime | None = None,
        now: datetime | None = None,
    ) -> None:
        """The same for many subjects. Sorted, so that two transactions lock rows in the same order."""
        now = now or utc_now()
        subjects = sorted(set(subject_ids))
        for start in range(0, len(subjects), _CHUNK):
            rows = [_fresh(kind, subject, lane, run_after or now, now) for subject in subjects[start : start + _CHUNK]]
            insert = insert_or(self._session, Job).values(rows)
            self._session.execute(
                insert.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=_joined(insert.excluded))
            )

    def claim(
        self, kinds: Iterable[JobKind], *, limit: int, worker: str, lease_s: float, now: datetime
    ) -> list[ClaimedJob]:
        """Take up to ``limit`` due jobs; of several claimants each job goes to one.

        The most urgent lane goes first, within it what is nearest to being done (labels to deliver before tracks to
        decide before files to analyse), then what was due first. Costs the same whatever the backlog.
        """
        due = [row for kind in set(kinds) for row in self._due(kind, limit, now)]
        ids = [
            row.id for row in sorted(due, key=lambda row: (row.lane, _NEAREST_DONE[row.kind], row.run_after, row.id))
        ]
        ids = ids[:limit]
        if not ids:
            return []
        claimed = (
            update(Job)
            .where(Job.id.in_(ids))
            .values(
                state=JobState.RUNNING,
                token=Job.token + 1,
                worker=worker,
                lease_until=now + timedelta(seconds=lease_s),
                again=False,
                updated_at=now,
            )
            .returning(
                Job.id,
                Job.kind,
                Job.subject_id,
                Job.token,
                Job.failures + Job.losses + 1,
                Job.lane,
                Job.run_after,
                Job.trace,
            )
            .execution_options(synchronize_session=False)
        )
        rows = self._session.execute(claimed)
        jobs = {
            row[0]: ClaimedJob(*row[:6], max(0.0, (now - row.run_after).total_seconds()), row.trace) for row in rows
        }
        return [jobs[job_id] for job_id in ids]

    def heartbeat(self, job_id: int, token: int, lease_s: float, now: datetime) -> bool:
        """Keep a lease alive. False: it is lost, stop working on it."""
        return self._under_token(job_id, token, {"lease_until": now + timedelta(seconds=lease_s)})

    def finish(self, job_id: int, token: int, now: datetime | None = None) -> None:
        """The work is done; call it in the transaction that writes the results. Raises :class:`LostLease`."""
        now = now or utc_now()
        done = {
            "state": case((Job.again, JobState.PENDING), else_=JobState.DONE),
            "again": False,
            "run_after": case((Job.again, now), else_=Job.run_after),
            "failures": 0,
            "losses": 0,
            "last_error": None,
            **_nobodys(now),
        }
        if not self._under_token(job_id, token, done):
            raise LostLease(job_id)

    def postpone(self, job_id: int, token: int, until: datetime) -> None:
        """Part of the work is done and the rest must wait; no attempt is counted. Raises :class:`LostLease`.

        New work that came meanwhile waits as well: who postpones knows why.
        """
        later = {
            "state": JobState.PENDING,
            "again": False,
            "run_after": until,
            "failures": 0,
            "losses": 0,
            "last_error": None,
            **_nobodys(utc_now()),
        }
        if not self._under_token(job_id, token, later):
            raise LostLease(job_id)

    def confirm(self, job_id: int, token: int) -> None:
        """Hold on to a running job until commit, for a part of its work. Raises :class:`LostLease`."""
        if self._locked(job_id, token) is None:
            raise LostLease(job_id)

    def release(self, job_id: int, token: int, now: datetime) -> bool:
        """Give a job back untouched, as when the worker shuts down. Counts as no attempt."""
        return self._under_token(job_id, token, {"state": JobState.PENDING, "run_after": now, **_nobodys(now)})

    def fail(self, job_id: int, token: int, error: str, now: datetime) -> JobState:
        """The attempt ended in an error. Due again after a pause, or ``failed`` for good after the third.

        A job that failed for good takes its track to a person (:mod:`service.store.failures`). Raises
        :class:`LostLease`.
        """
        self._lock_track(job_id)
        job = self._locked(job_id, token)
        if job is None:
            raise LostLease(job_id)
        job.failures += 1
        job.last_error = storable(error)[:2000]
        return self._settle(job, job.failures >= MAX_FAILURES, BACKOFF_S[min(job.failures, len(BACKOFF_S)) - 1], now)

    def release_expired(self, now: datetime, *, limit: int = 1000) -> int:
        """Take jobs back from workers that gave no sign of life; how many. The fifth time a job fails for good."""
        expired = select(Job.id).where(Job.state == JobState.RUNNING, Job.lease_until < now)
        ids = self._session.scalars(expired.order_by(Job.id).limit(limit)).all()
        return sum(self._take_back(job_id, now) for job_id in ids)

    def retry(self, job_id: int, now: datetime) -> bool:
        """Give a job that failed for good another three attempts."""
        statement = (
            update(Job)
            .where(Job.id == job_id, Job.state == JobState.FAILED)
            .values(state=JobState.PENDING, failures=0, losses=0, run_after=now, updated_at=now)
        )
        return self._changed(statement)

    def publishable(self, now: datetime, *, at_most: int = 1000) -> dict[JobKind, int]:
        """How many jobs of each kind could be claimed now, counted up to ``at_most``; only kinds with any."""
        counts = {kind: self._count_due(kind, now, at_most) for kind in JobKind}
        return {kind: count for kind, count in counts.items() if count}

    def backlog(self, now: datetime) -> dict[JobKind, Backlog]:
        """What waits, by kind, for readiness and metrics. Reads partial indexes only."""
        running = self._by_kind(JobState.RUNNING)
        failed = self._by_kind(JobState.FAILED)
        ages = {kind: self._oldest_due_s(kind, now) for kind in JobKind}
        return {
            kind: Backlog(
                due=self._count_due(kind, now, _COUNTED_AT_MOST),
                running=running.get(kind, 0),
                failed=failed.get(kind, 0),
                oldest_due_s=max(by_lane.values(), default=0.0),
                oldest_due_by_lane_s=by_lane,
            )
            for kind, by_lane in ages.items()
        }

    def failed(self, *, limit: int = 100) -> Sequence[Job]:
        """Jobs that failed for good, oldest first."""
        return self._session.scalars(
            select(Job).where(Job.state == JobState.FAILED).order_by(Job.id).limit(limit)
        ).all()

    def of(self, kind: JobKind, subject_id: str) -> Job | None:
        query = select(Job).where(Job.kind == kind, Job.subject_id == subject_id)
        return self._session.scalars(query.execution_options(populate_existing=True)).one_or_none()

    def unsettled(self) -> bool:
        """Whether anything is pending or running: false once everything that was asked for is done."""
        query = select(Job.id).where(Job.state.in_([JobState.PENDING, JobState.RUNNING])).limit(1)
        return self._session.scalars(query).first() is not None

    def first_due(self, kind: JobKind) -> datetime | None:
        """When the next pending job of a kind is due, in the past or in the future; ``None`` where there is none."""
        query = select(func.min(Job.run_after)).where(Job.state == JobState.PENDING, Job.kind == kind)
        return self._session.scalar(query)

    def _due(self, kind: JobKind, limit: int, now: datetime) -> list[Any]:
        """The first due jobs of one kind, locked, lane after lane.

        One kind and one lane at a time: only then the index gives them in order and begins with what is due, however
        many wait in other lanes and however many in this one are not due yet.
        """
        found: list[Any] = []
        for lane in Lane:
            query = select(Job.id, Job.kind, Job.lane, Job.run_after)
            query = query.where(*_pending(kind), Job.lane == int(lane), Job.run_after <= now)
            query = query.order_by(Job.run_after, Job.id).limit(limit - len(found))
            found += self._session.execute(query.with_for_update(skip_locked=True)).all()
            if len(found) >= limit:
                break
        return found

    def _take_back(self, job_id: int, now: datetime) -> bool:
        self._lock_track(job_id)
        query = select(Job).where(Job.id == job_id, Job.lease_until < now).with_for_update(skip_locked=True)
        job = self._session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        if job is None:
            return False
        job.losses += 1
        job.last_error = f"no sign of life from {job.worker}"
        self._settle(job, job.losses >= MAX_LOSSES, 0.0, now)
        return True

    def _lock_track(self, job_id: int) -> None:
        """A job that fails for good changes its track, and whoever changes a track locks it before its jobs."""
        subject = select(Job.subject_id).where(Job.id == job_id).scalar_subquery()
        self._session.execute(select(Track.id).where(Track.id == subject).with_for_update())

    def _settle(self, job: Job, for_good: bool, pause_s: float, now: datetime) -> JobState:
        """Failed for good only where no new work has come in the meantime: that deserves attempts of its own."""
        from service.store.failures import hand_to_a_person

        job.worker, job.lease_until, job.updated_at = None, None, now
        if for_good and not job.again:
            job.state = JobState.FAILED
            self._session.flush()
            hand_to_a_person(self._session, job, now)
            return JobState.FAILED
        if for_good:
            job.failures = job.losses = 0
        job.state, job.again, job.run_after = JobState.PENDING, False, now + timedelta(seconds=pause_s)
        self._session.flush()
        return JobState.PENDING

    def _locked(self, job_id: int, token: int) -> Job | None:
        query = select(Job).where(*_held(job_id, token))
        query = query.with_for_update().execution_options(populate_existing=True)
        return self._session.scalars(query).one_or_none()

    def _under_token(self, job_id: int, token: int, values: Mapping[str, Any]) -> bool:
        return self._changed(update(Job).where(*_held(job_id, token)).values(**values))

    def _changed(self, statement: Any) -> bool:
        result = self._session.execute(statement.execution_options(synchronize_session=False))
        assert isinstance(result, CursorResult)
        return result.rowcount == 1

    def _count_due(self, kind: JobKind, now: datetime, at_most: int) -> int:
        due = select(Job.id).where(*_pending(kind), Job.lane.in_(list(Lane)), Job.run_after <= now)
        return self._session.scalar(select(func.count()).select_from(due.limit(at_most).subquery())) or 0

    def _oldest_due_s(self, kind: JobKind, now: datetime) -> dict[str, float]:
        found = {}
        for lane in Lane:
            query = select(Job.run_after).where(*_pending(kind), Job.lane == int(lane), Job.run_after <= now)
            oldest = self._session.scalar(query.order_by(Job.run_after).limit(1))
            if oldest is not None:
                found[lane.name.lower()] = (now - oldest).total_seconds()
        return found

    def _by_kind(self, state: JobState) -> dict[JobKind, int]:
        query = select(Job.kind, func.count()).where(Job.state == state).group_by(Job.kind)
        return {row[0]: row[1] for row in self._session.execute(query)}


def _fresh(kind: JobKind, subject_id: str, lane: Lane, run_after: datetime, now: datetime) -> dict[str, Any]:
    return {
        "kind": kind,
        "subject_id": subject_id,
        "state": JobState.PENDING,
        "lane": int(lane),
        "run_after": run_after,
        "again": False,
        "token": 0,
        "failures": 0,
        "losses": 0,
        "trace": trace.current.get(),
        "queued_at": now,
        "updated_at": now,
    }


def _pending(kind: JobKind) -> tuple[ColumnElement[bool], ...]:
    """Pending jobs of a kind. The state is written out, as only then SQLite sees that the partial index has them."""
    return text("state = 'pending'"), Job.kind == kind  # type: ignore[return-value]


def _held(job_id: int, token: int) -> tuple[ColumnElement[bool], ...]:
    """The row, as long as the token is the newest and the job running, which is when it has a lease.

    Asking for ``state = 'running'`` instead would lead PostgreSQL to the index of running jobs, which is full of dead
    entries under load, rather than to the row itself.
    """
    return Job.id == job_id, Job.token == token, Job.lease_until.is_not(None)


def _nobodys(now: datetime) -> dict[str, Any]:
    return {"worker": None, "lease_until": None, "updated_at": now}


def _joined(new: Any) -> dict[str, Any]:
    """What becomes of a job's row when its work is asked for again."""
    running, pending = Job.state == JobState.RUNNING, Job.state == JobState.PENDING
    unfinished = running | pending
    return {
        "state": case((running, JobState.RUNNING), else_=JobState.PENDING),
        "again": running,
        "lane": case((unfinished & (Job.lane < new.lane), Job.lane), else_=new.lane),
        "run_after": case((pending & (Job.run_after < new.run_after), Job.run_after), else_=new.run_after),
        "failures": case((unfinished, Job.failures), else_=0),
        "losses": case((unfinished, Job.losses), else_=0),
        "trace": func.coalesce(new.trace, Job.trace),
        "queued_at": case((pending, Job.queued_at), else_=new.queued_at),
        "updated_at": new.updated_at,
    }
