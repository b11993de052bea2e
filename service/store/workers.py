"""Signs of life of the service's processes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.jobs import Job, JobKind, JobState, Lane
from service.store.tables.workers import Worker


class Workers:
    def __init__(self, session: Session) -> None:
        self._session = session

    def beat(self, name: str, role: str, now: datetime, *, rule_set: str | None = None) -> None:
        """A sign of life, with the hash of the rules that the process judges by."""
        said = {"seen_at": now, "role": role, "rule_set": rule_set}
        insert = insert_or(self._session, Worker).values(name=name, started_at=now, **said)
        self._session.execute(insert.on_conflict_do_update(index_elements=["name"], set_=said))

    def alive(self, now: datetime, within_s: float, role: str = "worker") -> Sequence[Worker]:
        """Processes of a role that gave a sign of life in the last ``within_s`` seconds."""
        since = now - timedelta(seconds=within_s)
        query = select(Worker).where(Worker.role == role, Worker.seen_at >= since).order_by(Worker.name)
        return self._session.scalars(query.execution_options(populate_existing=True)).all()

    def neglect(self, now: datetime, within_s: float) -> bool:
        """Whether work has been due for ``within_s`` seconds while nobody at all is working: workers that give signs of
        life and take nothing. Where work is done, however slowly, somebody holds a lease."""
        leased = select(Job.id).where(Job.state == JobState.RUNNING, Job.lease_until > now).limit(1)
        if self._session.scalars(leased).first() is not None:
            return False
        before = now - timedelta(seconds=within_s)
        overdue = select(Job.id).where(
            Job.state == JobState.PENDING, Job.kind.in_(JobKind), Job.lane.in_(Lane), Job.run_after <= before
        )
        return self._session.scalars(overdue.limit(1)).first() is not None

    def leave(self, name: str) -> None:
        """A process ends in good order."""
        self._session.execute(delete(Worker).where(Worker.name == name))

    def forget(self, before: datetime) -> None:
        """Forget processes that have been silent since ``before``."""
        self._session.execute(delete(Worker).where(Worker.seen_at < before))
