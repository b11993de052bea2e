"""One case: why it was opened, what it sounds like, who else is involved, and what is decided."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.review import DecisionIn, DecisionState, ReasonCode
from schemas.verdict import Action
from service.api.backend import Backend, BackendDep
from service.auth.roles import role_allows
from service.auth.scopes import Scope
from service.claims import Claim, ClaimedByOther
from service.console.case_view import COUNTED_ELSEWHERE, track_views
from service.console.chosen import Chosen
from service.console.decision_form import AnsweringForm, Id, NotSound, Reason, Word
from service.console.flashes import Flash, address, flash
from service.console.messages import text_of
from service.console.queue import next_address
from service.console.rendering import page
from service.console.sessions import Decider, Elsewhere, SignedIn
from service.console.surroundings import surroundings
from service.console.usual_reasons import USUAL_REASONS
from service.decision_terms import clauses
from service.store.bulk import Cluster
from service.store.cases import Cases
from service.store.claims import Claims, NotOpen
from service.store.clock import utc_now
from service.store.decisions import BY_DEADLINE, DecisionConflict, Decisions
from service.store.reports import Reports
from service.store.score_sights import ScoreSights
from service.store.second_looks import SecondLooks
from service.store.tables.reviewers import Reviewer

router = APIRouter()
SHOWN_TRACKS = 10
"""Tracks that are shown in full; a ring of thousands is judged on these and on its reason."""
LISTED_TRACKS = 200


class CaseForm(AnsweringForm):
    """What is decided about one case. ``other`` are tracks of it for which ``other_action`` follows instead."""

    supersedes: Id = ""
    other: list[str] = []
    other_action: Word = ""
    other_reason: Reason = ""
    basis: Word = ""

    def beside(self, case_id: str) -> dict[str, object]:
        """What only a decision on one case has."""
        others = [{"track_id": track, "action": self.other_action, "reason": self.other_reason} for track in self.other]
        return {
            "case_id": case_id,
            "message": self.message,
            "supersedes": self.supersedes or None,
            "exceptions": others,
            "basis": self.basis or None,
        }


@router.get("/cases/{case_id}")
def case(case_id: str, backend: BackendDep, reviewer: SignedIn, said: str = "", about: str = "") -> HTMLResponse:
    """Opening a case takes it in hand, for those who may decide; who comes second is told who has it."""
    claim = None
    if reviewer.role.may_decide:
        claim = backend.database.attempt(lambda session: _opened(session, reviewer, case_id))
    return _case_page(backend, reviewer, case_id, claim=claim, told=flash(said, about))


@router.post("/cases/{case_id}/claim")
def extend(case_id: str, backend: BackendDep, reviewer: Decider) -> Response:
    """Sent by the page while somebody works on it. 409: it is in other hands, or decided, or was missed too long."""
    try:
        work = backend.database.attempt(
            lambda session: Claims(session, reviewer.tenant_id).extend(case_id, reviewer.name, utc_now())
        )
    except (ClaimedByOther, NotOpen, NoResultFound):
        work = None
    return Response(status_code=204 if work else 409)


@router.post("/cases/{case_id}/release")
def release(
    case_id: str, backend: BackendDep, reviewer: Decider, token: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    """Sent by the page when it is left. A later taking of one's own, in another window, is not given back."""
    backend.database.attempt(lambda session: Claims(session, reviewer.tenant_id).release(case_id, reviewer.name, token))
    return Response(status_code=204)


@router.post("/cases/{case_id}/decide")
def decide(
    case_id: str,
    backend: BackendDep,
    reviewer: Decider,
    form: Annotated[CaseForm, Form()],
) -> Response:
    """Decide, and go on with the next case. A case that somebody else decided meanwhile shows their decision."""
    try:
        decision = form.read(DecisionIn, backend.rules, form.beside(case_id))
    except NotSound as wrong:
        return _case_page(backend, reviewer, case_id, problem=str(wrong), status=422)
    try:
        following = backend.database.attempt(
            lambda session: _decide(session, backend, reviewer, decision, form.message_template)
        )
    except (DecisionConflict, ClaimedByOther) as conflict:
        return _conflict_page(backend, reviewer, decision, conflict)
    except NoResultFound:
        raise _no_case(reviewer) from None
    return RedirectResponse(following, 303)


@router.post("/decisions/{decision_id}/undo")
def undo(decision_id: str, backend: BackendDep, reviewer: Decider) -> Response:
    """Take a decision back; its case is open again."""
    try:
        undone = backend.database.attempt(
            lambda session: Decisions(session).undo(
                reviewer.tenant_id, decision_id, undone_by=reviewer.name, now=utc_now()
            )
        )
    except DecisionConflict as conflict:
        raise Elsewhere(page("message.html", 409, title="Not undone", text=f"{conflict}.", reviewer=reviewer)) from None
    except NoResultFound:
        raise _no_case(reviewer) from None
    return RedirectResponse(address(f"/console/cases/{undone.case_id}", "undone"), 303)


def _decide(session: Session, backend: Backend, reviewer: Reviewer, decision: DecisionIn, template: str) -> str:
    """Decide; where to go on. A template that was chosen and not changed is filled in now."""
    text = text_of(
        session,
        backend,
        reviewer,
        decision.message,
        template,
        Chosen([decision.case_id]),
        decision.action,
        decision.policy_clause,
    )
    said = decision.model_copy(update={"message": text[:10_000]})
    made = Decisions(session).decide(reviewer.tenant_id, said, decided_by=reviewer.name, now=utc_now())
    found = Cases(session).get(reviewer.tenant_id, decision.case_id)
    return address(next_address(session, reviewer.tenant_id, reviewer.name, found), "decided", made.id)


def _opened(session: Session, reviewer: Reviewer, case_id: str) -> Claim | ClaimedByOther | None:
    """Take the case in hand, if that can be. The page shows what the machine says: from now on this person does not
    decide the case blind."""
    now = utc_now()
    found: Claim | ClaimedByOther | None = None
    try:
        found = Claims(session, reviewer.tenant_id).take(case_id, reviewer.name, now)
    except ClaimedByOther as other:
        found = other
    except NotOpen:
        pass
    except NoResultFound:
        return None
    ScoreSights(session).saw([case_id], reviewer.name, now)
    SecondLooks(session, reviewer.tenant_id).forgo(case_id, reviewer.name)
    return found


def _conflict_page(backend: Backend, reviewer: Reviewer, wanted: DecisionIn, conflict: Exception) -> HTMLResponse:
    """What somebody wanted to decide beside what stands or who has the case; nothing of it was stored."""
    with backend.database.read() as session:
        decisions = Decisions(session).page(reviewer.tenant_id, case_id=wanted.case_id)
    standing = next((one for one in reversed(decisions) if one.state is DecisionState.STANDING), None)
    holder = conflict.claim if isinstance(conflict, ClaimedByOther) else None
    return page(
        "conflict.html",
        409,
        here="/console/cases",
        reviewer=reviewer,
        wanted=wanted,
        conflict=str(conflict),
        standing=standing,
        overtaken=standing is not None and holder is None and wanted.supersedes != standing.id,
        holder=holder,
    )


def _case_page(
    backend: Backend,
    reviewer: Reviewer,
    case_id: str,
    *,
    claim: Claim | ClaimedByOther | None = None,
    told: Flash | None = None,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    with backend.database.read() as session:
        cases = Cases(session)
        found = cases.get(reviewer.tenant_id, case_id)
        if found is None:
            raise _no_case(reviewer)
        summary = cases.summary(found)
        members = cases.tracks(case_id, limit=LISTED_TRACKS)
        tracks = track_views(session, reviewer.tenant_id, members[:SHOWN_TRACKS])
        decisions = Decisions(session).page(reviewer.tenant_id, case_id=case_id)
        store = Reports(session, reviewer.tenant_id)
        looks = SecondLooks(session, reviewer.tenant_id).of_case(case_id)
        notices = store.several(store.of_case(case_id), utc_now())
        around = surroundings(session, found, members, utc_now())
    standing = next((one for one in reversed(decisions) if one.state is DecisionState.STANDING), None)
    choices = sorted({found.policy, *clauses(backend.rules)})
    return page(
        "case.html",
        status,
        here="/console/cases",
        flash=told,
        claim=claim if isinstance(claim, Claim) else None,
        taken=claim.claim if isinstance(claim, ClaimedByOther) else None,
        usual=USUAL_REASONS,
        family=found.policy.partition("-")[0],
        reviewer=reviewer,
        case=summary,
        action=found.action,
        due_at=found.due_at,
        due_action=found.due_action,
        by_deadline=BY_DEADLINE,
        now=utc_now(),
        cause=found.cause,
        tracks=tracks,
        around=around,
        notices=notices,
        looks=looks,
        sets_answers=role_allows(reviewer.role, Scope.QUALITY_WRITE),
        members=members,
        clusters=list(Cluster),
        templates=list(backend.messages.by_id.values()),
        decisions=decisions,
        standing=standing,
        problem=problem,
        actions=list(Action),
        reasons=list(ReasonCode),
        clauses=choices,
        counted_elsewhere=COUNTED_ELSEWHERE,
        labels=sorted({label for track in tracks for label in track.labels.labels}),
    )


def _no_case(reviewer: Reviewer) -> Elsewhere:
    return Elsewhere(page("message.html", 404, title="No such case", text="There is no such case.", reviewer=reviewer))
