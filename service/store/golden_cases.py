"""Golden cases: a senior knows the answer, and everybody who decides or looks at them is scored by it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.quality import GoldenIn, LookState
from schemas.review import CaseState, ReasonCode
from schemas.verdict import Action
from service.quality.judgements import Said
from service.store.cases import Cases
from service.store.decisions import BY_DEADLINE, Decisions
from service.store.second_looks import SecondLooks
from service.store.storable import storable
from service.store.tables.decisions import Decision
from service.store.tables.quality import GoldenCase, SecondLook

SCORED = 500
"""Newest golden cases that people are scored by."""


class NoSuchCase(Exception):
    """The tenant has no such case, or it is closed."""


class GoldenCases:
    """The golden cases of one tenant."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        self._session = session
        self._tenant_id = tenant_id

    def put(self, case_id: str, said: GoldenIn, *, by: str, now: datetime) -> GoldenCase:
        """Set a case's answer, or set it anew. An open case waits on like any other; of one that is decided others are
        asked for a look. Raises :class:`NoSuchCase`."""
        case = Cases(self._session).lock(self._tenant_id, case_id)
        if case is None or case.state is CaseState.CLOSED:
            raise NoSuchCase(case_id)
        row = self._session.get(GoldenCase, case_id) or GoldenCase(case_id=case_id, tenant_id=self._tenant_id)
        row.action, row.reason, row.why, row.looks = said.action, said.reason, storable(said.why), said.looks
        row.set_by, row.set_at = by, now
        self._session.add(row)
        self._session.flush()
        standing = Decisions(self._session).standing(case_id)
        if standing is not None and case.state is CaseState.DECIDED:
            SecondLooks(self._session, self._tenant_id).ask(case, standing, now)
        return row

    def remove(self, case_id: str) -> bool:
        """Score nobody by it any more; what was judged stays. False where it was none."""
        row = self.get(case_id)
        if row is not None:
            self._session.delete(row)
        return row is not None

    def newest(self, limit: int) -> Sequence[GoldenCase]:
        query = select(GoldenCase).where(GoldenCase.tenant_id == self._tenant_id)
        return self._session.scalars(query.order_by(GoldenCase.set_at.desc(), GoldenCase.case_id).limit(limit)).all()

    def met(self, *, person: str | None = None) -> list[tuple[Said, Said]]:
        """What people said on the newest golden cases beside the answer: each person's first decision, and their looks.

        Who set an answer is left out of it. ``person``: only what this one said.
        """
        answers = select(GoldenCase.case_id, GoldenCase.action, GoldenCase.reason, GoldenCase.set_by)
        answers = answers.where(GoldenCase.tenant_id == self._tenant_id)
        newest = answers.order_by(GoldenCase.set_at.desc(), GoldenCase.case_id).limit(SCORED)
        golden = {row.case_id: row for row in self._session.execute(newest)}
        decisions = select(Decision.case_id, Decision.decided_by, Decision.action, Decision.reason).where(
            Decision.case_id.in_(golden), Decision.decided_by != BY_DEADLINE
        )
        looks = select(SecondLook.case_id, SecondLook.judged_by, SecondLook.action, SecondLook.reason).where(
            SecondLook.case_id.in_(golden), SecondLook.state == LookState.DONE
        )
        if person is not None:
            decisions = decisions.where(Decision.decided_by == person)
            looks = looks.where(SecondLook.judged_by == person)
        first: dict[tuple[str, str], tuple[Action, ReasonCode]] = {}
        for rows in (self._session.execute(decisions.order_by(Decision.seq)), self._session.execute(looks)):
            for case_id, who, action, reason in rows:
                first.setdefault((case_id, who), (action, reason))
        return [
            (Said(who, action, reason), Said("", golden[case_id].action, golden[case_id].reason))
            for (case_id, who), (action, reason) in first.items()
            if golden[case_id].set_by != who
        ]

    def get(self, case_id: str) -> GoldenCase | None:
        query = select(GoldenCase).where(GoldenCase.case_id == case_id, GoldenCase.tenant_id == self._tenant_id)
        return self._session.scalars(query).one_or_none()
