"""One case: why it was opened, what it sounds like, who else is involved, and what is decided."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.review import DecisionIn, DecisionState, ReasonCode
from schemas.verdict import Action
from service.api.backend import Backend, BackendDep
from service.console.case_view import track_view
from service.console.rendering import page
from service.console.sessions import Decider, Elsewhere, SignedIn
from service.decision_terms import clauses, unknown_terms
from service.store.case_queue import CaseQueue
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.decisions import DecisionConflict, Decisions
from service.store.tables.reviewers import Reviewer

router = APIRouter()
SHOWN_TRACKS = 20


@router.get("/cases/{case_id}")
def case(case_id: str, backend: BackendDep, reviewer: SignedIn) -> HTMLResponse:
    return _case_page(backend, reviewer, case_id)


@router.post("/cases/{case_id}/decide")
def decide(
    case_id: str,
    backend: BackendDep,
    reviewer: Decider,
    action: Annotated[str, Form(max_length=20)] = "",
    policy_clause: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=100)] = "",
    note: Annotated[str, Form(max_length=20_000)] = "",
    message: Annotated[str, Form(max_length=20_000)] = "",
    confirm: Annotated[list[str] | None, Form()] = None,
    reject: Annotated[list[str] | None, Form()] = None,
    supersedes: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Decide, and go on with the next case. A case that somebody else decided meanwhile shows their decision."""
    try:
        decision = DecisionIn.model_validate(
            {
                "case_id": case_id,
                "action": action,
                "policy_clause": policy_clause,
                "reason": reason,
                "note": note,
                "message": message,
                "confirm_labels": confirm or [],
                "reject_labels": reject or [],
                "supersedes": supersedes or None,
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        problem = f"{'.'.join(map(str, first['loc'])).replace('_', ' ')}: {first['msg']}"
        return _case_page(backend, reviewer, case_id, problem=problem, status=422)
    for field, said in unknown_terms(decision, backend.rules):
        problem = f"{field.replace('_', ' ')}: {said}"
        return _case_page(backend, reviewer, case_id, problem=problem, status=422)
    try:
        following = backend.database.attempt(lambda session: _decide(session, reviewer, decision))
    except DecisionConflict as conflict:
        return _case_page(backend, reviewer, case_id, problem=f"Not decided: {conflict}.", status=409)
    except NoResultFound:
        raise _no_case(reviewer) from None
    return RedirectResponse(f"/console/cases/{following}?decided={case_id}" if following else "/console/cases", 303)


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
    return RedirectResponse(f"/console/cases/{undone.case_id}", 303)


def _decide(session: Session, reviewer: Reviewer, decision: DecisionIn) -> str | None:
    """Decide; the case to go on with."""
    Decisions(session).decide(reviewer.tenant_id, decision, decided_by=reviewer.name, now=utc_now())
    found = Cases(session).get(reviewer.tenant_id, decision.case_id)
    return CaseQueue(session, reviewer.tenant_id).next_open(found) if found else None


def _case_page(
    backend: Backend, reviewer: Reviewer, case_id: str, *, problem: str | None = None, status: int = 200
) -> HTMLResponse:
    with backend.database.read() as session:
        cases = Cases(session)
        found = cases.get(reviewer.tenant_id, case_id)
        if found is None:
            raise _no_case(reviewer)
        summary = cases.summary(found)
        tracks = [track_view(session, track) for track in cases.tracks(case_id, limit=SHOWN_TRACKS)]
        decisions = Decisions(session).page(reviewer.tenant_id, case_id=case_id)
    standing = next((one for one in reversed(decisions) if one.state is DecisionState.STANDING), None)
    choices = sorted({found.policy, *clauses(backend.rules)})
    return page(
        "case.html",
        status,
        reviewer=reviewer,
        case=summary,
        action=found.action,
        cause=found.cause,
        tracks=tracks,
        decisions=decisions,
        standing=standing,
        problem=problem,
        actions=list(Action),
        reasons=list(ReasonCode),
        clauses=choices,
        labels=sorted({label for track in tracks for label in track.labels.labels}),
    )


def _no_case(reviewer: Reviewer) -> Elsewhere:
    return Elsewhere(page("message.html", 404, title="No such case", text="There is no such case.", reviewer=reviewer))
