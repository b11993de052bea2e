"""Which cases a page is about, where it is about many."""

from dataclasses import dataclass

from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from service.store.bulk import MOST_CASES, Bulk, Cluster
from service.store.cases import Cases
from service.store.tables.reviewers import Reviewer


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which cases: those named, or those that have something in common with one."""

    cases: list[str]
    like: str = ""
    common: Cluster = Cluster.SENDER

    def ids(self, session: Session, reviewer: Reviewer) -> list[str]:
        """Raises ``NoResultFound`` where there is no case that they should be like."""
        if not self.like:
            return self.cases[:MOST_CASES]
        case = Cases(session).get(reviewer.tenant_id, self.like)
        if case is None:
            raise NoResultFound(self.like)
        return Bulk(session, reviewer.tenant_id).cluster(case, self.common)
