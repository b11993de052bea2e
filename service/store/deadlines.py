"""The time of held and questioned tracks runs out: the outcome that was announced takes effect.

An outcome is a decision on record like a person's, in the name of :data:`service.store.decisions.BY_DEADLINE`, and is
taken back like one. It is written in one transaction that also ends the wait, under the locks of a decision: whoever
dies on the way leaves the wait as it was, and of several who come at once one writes it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from schemas.appeals import AppealState
from schemas.review import CaseState, DecisionIn, ReasonCode
from schemas.verdict import Action, CaseScope, Priority
from service.claims import ClaimedByOther
from service.store.cases import Cases, Cause
from service.store.decisions import Decisions
from service.store.declaration_requests import CAUSE
from service.store.tables.appeals import Appeal
from service.store.tables.cases import Case
from service.store.tables.declaration_requests import DeclarationRequest
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts, judgement_of

DISCLOSURE_QUEUE = "disclosure"
DISCLOSURE_CLAUSE = "AI-1"


class Deadlines:
    def __init__(self, session: Session) -> None:
        self._session = session

    def due_holds(self, now: datetime, *, limit: int) -> Sequence[tuple[str, str]]:
        """Tenant and id of open cases whose hold ends, the longest due first.

        A case on which an appeal is open is not among them: its uploader has answered, and waits for somebody.
        """
        query = select(Case.tenant_id, Case.id).where(*_due(now))
        return [(row.tenant_id, row.id) for row in self._session.execute(query.order_by(Case.due_at).limit(limit))]

    def end_hold(self, tenant_id: str, case_id: str, now: datetime) -> bool:
        """Let a hold's outcome take effect; false where nothing is due any more or somebody has the case in hand."""
        decisions = Decisions(self._session)
        decisions.lock(tenant_id, case_id)
        case = self._session.get_one(Case, case_id)
        outcome, due_at = case.due_action, case.due_at
        if outcome is None or due_at is None or not self._is_due(case, now):
            return False
        standing = decisions.standing(case_id)
        case.due_at = case.due_action = None
        said = DecisionIn(
            case_id=case_id,
            action=outcome,
            policy_clause=case.policy,
            reason=ReasonCode.OTHER,
            message=f"Nothing was corrected and nobody decided until {due_at:%d %B %Y, %H:%M} UTC.",
            supersedes=standing.id if standing is not None else None,
        )
        try:
            decisions.by_deadline(tenant_id, said, now=now)
        except ClaimedByOther:
            case.due_at, case.due_action = due_at, outcome
            return False
        return True

    def end_question(self, track_id: str, now: datetime) -> bool:
        """Let the outcome of an unanswered request take effect; false where it was answered meanwhile."""
        track = Tracks(self._session).find(track_id, lock=True)
        query = select(DeclarationRequest).where(
            DeclarationRequest.track_id == track_id,
            DeclarationRequest.settled_at.is_(None),
            DeclarationRequest.due_at <= now,
        )
        row = self._session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        if track is None or row is None:
            return False
        row.settled_at = now
        if row.outcome is Action.NONE:
            self._session.flush()
            return True
        verdict = Verdicts(self._session).standing(track.id)
        fired = judgement_of(verdict).fired if verdict is not None else []
        cause = Cause(
            scope=CaseScope.TRACK,
            subject_key=track.id,
            cause=CAUSE,
            policy=next((rule.policy for rule in fired if rule.policy.startswith("AI-")), DISCLOSURE_CLAUSE),
            queue=DISCLOSURE_QUEUE,
            priority=Priority.P2,
            action=row.outcome,
            reason=f"nobody answered the request for a declaration of {row.asked_at:%d %B %Y}",
        )
        case = Cases(self._session).join(track, cause, content=str(track.revision), now=now)
        standing = Decisions(self._session).standing(case.id)
        said = DecisionIn(
            case_id=case.id,
            action=row.outcome,
            policy_clause=cause.policy,
            reason=ReasonCode.OTHER,
            message=f"The request for a declaration was not answered until {row.due_at:%d %B %Y, %H:%M} UTC.",
            supersedes=standing.id if standing is not None else None,
        )
        Decisions(self._session).by_deadline(track.tenant_id, said, now=now)
        return True

    def _is_due(self, case: Case, now: datetime) -> bool:
        query = select(Case.id).where(Case.id == case.id, *_due(now))
        return self._session.scalar(query) is not None


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    appealed = exists().where(Appeal.case_id == Case.id, Appeal.state == AppealState.OPEN)
    return Case.state == CaseState.OPEN, Case.due_at <= now, ~appealed
