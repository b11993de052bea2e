"""The reviewers' queue: cases in the order in which people should look at them."""

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.review import CaseState, CaseSummary
from schemas.verdict import Priority
from service.store.cases import Cases
from service.store.tables.cases import Case, CaseTrack
from service.store.tables.tracks import Track


class QueueCount(NamedTuple):
    queue: str
    cases: int


class CaseQueue:
    """The cases of one tenant."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        self._session = session
        self._tenant_id = tenant_id

    def page(
        self,
        *,
        state: CaseState,
        queue: str | None = None,
        priority: Priority | None = None,
        start: int = 0,
        limit: int = 50,
    ) -> list[CaseSummary]:
        """Cases by priority, then by age; decided and closed ones by when that happened, the newest first."""
        query = select(Case).where(Case.tenant_id == self._tenant_id, Case.state == state)
        if queue is not None:
            query = query.where(Case.queue == queue)
        if priority is not None:
            query = query.where(Case.priority == priority)
        order = (
            (Case.priority, Case.opened_at, Case.id) if state is CaseState.OPEN else (Case.updated_at.desc(), Case.id)
        )
        cases = Cases(self._session)
        return [
            cases.summary(case) for case in self._session.scalars(query.order_by(*order).offset(start).limit(limit))
        ]

    def queues(self) -> list[QueueCount]:
        """Open cases by queue."""
        query = select(Case.queue, func.count()).where(Case.tenant_id == self._tenant_id, Case.state == CaseState.OPEN)
        return [QueueCount(*row) for row in self._session.execute(query.group_by(Case.queue).order_by(Case.queue))]

    def track(self, track_id: str) -> Track | None:
        """A track of this tenant that is or was part of a case, as what reviewers may listen to."""
        query = (
            select(Track)
            .join(CaseTrack, CaseTrack.track_id == Track.id)
            .where(Track.id == track_id, Track.tenant_id == self._tenant_id)
        )
        return self._session.scalars(query.limit(1)).first()

    def next_open(self, after: Case) -> str | None:
        """The case a reviewer goes on with after this one: the most urgent open one in the same queue, or in any."""
        query = select(Case.id).where(
            Case.tenant_id == self._tenant_id, Case.state == CaseState.OPEN, Case.id != after.id
        )
        first = query.order_by(Case.queue != after.queue, Case.priority, Case.opened_at, Case.id).limit(1)
        return self._session.scalars(first).first()
