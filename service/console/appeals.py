"""Appeals at the console: the list by due time, and one appeal with its dialogue and its outcome."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.appeals import AppealOutcomeIn, AppealState, Side
from schemas.review import ReasonCode
from service.api.attachments import download
from service.api.backend import Backend, BackendDep
from service.auth.roles import role_allows
from service.auth.scopes import Scope
from service.console.case_view import track_views
from service.console.decision_form import Reason, Text, Word
from service.console.rendering import page
from service.console.sessions import Elsewhere, allowed
from service.store.appeals import AppealConflict, Appeals
from service.store.attachments import Attachments
from service.store.clock import utc_now
from service.store.decisions import DecisionConflict, Decisions
from service.store.tables.reviewers import Reviewer
from service.store.tracks import Tracks

router = APIRouter(prefix="/appeals")
HERE = "/console/appeals"
SHOWN = 100

Reader = Annotated[Reviewer, allowed(Scope.APPEALS_READ)]
Decider = Annotated[Reviewer, allowed(Scope.APPEALS_DECIDE)]


class OutcomeForm(BaseModel):
    """What is decided about an appeal."""

    outcome: Word = ""
    reason: Reason = ""
    message: Text = ""
    note: Text = ""


@router.get("")
def appeals(
    backend: BackendDep, reviewer: Reader, state: Annotated[AppealState, Query()] = AppealState.OPEN
) -> HTMLResponse:
    """Appeals in one state, the one due first ahead."""
    with backend.database.read() as session:
        rows = Appeals(session).by_due_time(reviewer.tenant_id, state, limit=SHOWN)
        titles = Tracks(session).titles(reviewer.tenant_id, [row.track_id for row in rows])
    return page(
        "appeals.html",
        here=HERE,
        reviewer=reviewer,
        appeals=rows,
        titles=titles,
        state=state,
        states=list(AppealState),
        now=utc_now(),
    )


@router.get("/{appeal_id}")
def appeal(appeal_id: str, backend: BackendDep, reviewer: Reader) -> HTMLResponse:
    return _appeal_page(backend, reviewer, appeal_id)


@router.post("/{appeal_id}/messages")
def write(appeal_id: str, backend: BackendDep, reviewer: Decider, text: Annotated[Text, Form()] = "") -> Response:
    """Write to the uploader."""
    if not text.strip():
        return _appeal_page(backend, reviewer, appeal_id, problem="Write a message first.", status=422)

    def work(session: Session) -> None:
        said = text.strip()
        Appeals(session).write(reviewer.tenant_id, appeal_id, Side.REVIEWER, reviewer.name, said, utc_now())

    return _done(backend, reviewer, appeal_id, work)


@router.post("/{appeal_id}/decide")
def decide(
    appeal_id: str,
    backend: BackendDep,
    reviewer: Decider,
    form: Annotated[OutcomeForm, Form()],
) -> Response:
    """Decide it, as somebody who took no decision on the case."""
    try:
        said = AppealOutcomeIn.model_validate(form.model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        field = " ".join(map(str, first["loc"])) or "outcome"
        problem = f"{field}: {first['msg'].removeprefix('Value error, ')}."
        return _appeal_page(backend, reviewer, appeal_id, problem=problem, status=422)

    def work(session: Session) -> None:
        Appeals(session).decide(reviewer.tenant_id, appeal_id, said, by=reviewer.name, now=utc_now())

    return _done(backend, reviewer, appeal_id, work)


@router.get("/{appeal_id}/files/{file_id}")
def file(appeal_id: str, file_id: str, backend: BackendDep, reviewer: Reader) -> Response:
    """A file as a download; never shown."""
    with backend.database.read() as session:
        found = Attachments(session).get(reviewer.tenant_id, appeal_id, file_id)
    if found is None:
        raise _missing(reviewer)
    return download(backend, found)


def _done(backend: Backend, reviewer: Reviewer, appeal_id: str, work: object) -> Response:
    try:
        backend.database.attempt(work)  # type: ignore[arg-type]
    except (AppealConflict, DecisionConflict) as conflict:
        text = str(conflict)
        return _appeal_page(backend, reviewer, appeal_id, problem=f"{text[:1].upper()}{text[1:]}.", status=409)
    except NoResultFound:
        raise _missing(reviewer) from None
    return RedirectResponse(f"{HERE}/{appeal_id}", 303)


def _appeal_page(
    backend: Backend, reviewer: Reviewer, appeal_id: str, *, problem: str | None = None, status: int = 200
) -> HTMLResponse:
    with backend.database.read() as session:
        store = Appeals(session)
        row = store.get(reviewer.tenant_id, appeal_id)
        if row is None:
            raise _missing(reviewer)
        track = Tracks(session).get(reviewer.tenant_id, row.track_id)
        assert track is not None
        return page(
            "appeal.html",
            status,
            here=HERE,
            reviewer=reviewer,
            appeal=store.out(row),
            view=track_views(session, reviewer.tenant_id, [track])[0],
            challenged=Decisions(session).get(reviewer.tenant_id, row.decision_id) if row.decision_id else None,
            why_not=store.why_not(row, reviewer.name),
            may_decide=role_allows(reviewer.role, Scope.APPEALS_DECIDE),
            reasons=list(ReasonCode),
            problem=problem,
            now=utc_now(),
        )


def _missing(reviewer: Reviewer) -> Elsewhere:
    text = "There is no such appeal, or no such file."
    return Elsewhere(page("message.html", 404, title="No such appeal", text=text, reviewer=reviewer))
