"""A second look at a decided case, by somebody who does not know what was decided. It changes nothing for the track."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from schemas.review import DecisionIn, ReasonCode
from schemas.verdict import Action
from service.api.backend import Backend, BackendDep
from service.console.case_view import track_views
from service.console.decision_form import DecisionForm, NotSound
from service.console.flashes import address, flash
from service.console.rendering import page
from service.console.sessions import Decider, Elsewhere
from service.console.usual_reasons import USUAL_REASONS
from service.decision_terms import clauses
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.second_looks import LookGone, SecondLooks
from service.store.tables.quality import SecondLook
from service.store.tables.reviewers import Reviewer

router = APIRouter(prefix="/looks")
SHOWN_TRACKS = 20


@router.get("/next")
def following(backend: BackendDep, reviewer: Decider, said: str = "") -> Response:
    """The second look that waits longest of those that this person may take."""
    with backend.database.read() as session:
        found = SecondLooks(session, reviewer.tenant_id).next_for(reviewer.name, utc_now())
    if found is None:
        return RedirectResponse(address("/console/quality", said or "no-look"), 303)
    to = f"/console/looks/{found}"
    return RedirectResponse(address(to, said) if said else to, 303)


@router.get("/{look_id}")
def look(look_id: str, backend: BackendDep, reviewer: Decider, said: str = "") -> Response:
    """The case without its decisions. Opening it takes the look in hand."""
    try:
        taken = backend.database.attempt(
            lambda session: SecondLooks(session, reviewer.tenant_id).take(look_id, reviewer.name, utc_now())
        )
    except LookGone as gone:
        raise _gone(reviewer, gone) from None
    return _look_page(backend, reviewer, taken, said=said)


@router.post("/{look_id}")
def judge(
    look_id: str,
    backend: BackendDep,
    reviewer: Decider,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    """Keep the judgement, and go on with the next look."""
    with backend.database.read() as session:
        asked = SecondLooks(session, reviewer.tenant_id).get(look_id)
    if asked is None or asked.taken_by != reviewer.name:
        raise _gone(reviewer, LookGone("this second look is not in your hands any more"))
    try:
        judgement = form.read(DecisionIn, backend.rules, {"case_id": asked.case_id})
    except NotSound as wrong:
        return _look_page(backend, reviewer, asked, problem=str(wrong), status=422)
    try:
        backend.database.attempt(
            lambda session: SecondLooks(session, reviewer.tenant_id).judge(look_id, judgement, reviewer.name, utc_now())
        )
    except LookGone as gone:
        raise _gone(reviewer, gone) from None
    return RedirectResponse(address("/console/looks/next", "looked"), 303)


def _look_page(
    backend: Backend,
    reviewer: Reviewer,
    asked: SecondLook,
    *,
    said: str = "",
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    with backend.database.read() as session:
        return _page(session, backend, reviewer, asked, said, problem, status)


def _page(
    session: Session,
    backend: Backend,
    reviewer: Reviewer,
    asked: SecondLook,
    said: str,
    problem: str | None,
    status: int,
) -> HTMLResponse:
    """What rules and analysis say; nothing that a person decided, not even by way of a track's labels or action."""
    found = Cases(session).get(reviewer.tenant_id, asked.case_id)
    assert found is not None
    views = track_views(session, reviewer.tenant_id, Cases(session).tracks(found.id, limit=SHOWN_TRACKS))
    given = {label for view in views if view.labels.judgement for label in view.labels.judgement.labels}
    return page(
        "look.html",
        status,
        here="/console/quality",
        flash=flash(said),
        reviewer=reviewer,
        look=asked,
        case=Cases(session).summary(found),
        action=found.action,
        views=views,
        problem=problem,
        usual=USUAL_REASONS,
        family=found.policy.partition("-")[0],
        actions=list(Action),
        reasons=list(ReasonCode),
        clauses=sorted({found.policy, *clauses(backend.rules)}),
        labels=sorted(given),
    )


def _gone(reviewer: Reviewer, gone: LookGone) -> Elsewhere:
    text = f"{str(gone)[:1].upper()}{str(gone)[1:]}."
    return Elsewhere(page("message.html", 409, title="Not for you now", text=text, reviewer=reviewer))
