"""People: who works at the console, and what an administrator changes about them."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy.exc import NoResultFound

from schemas.people import PersonChangeIn
from schemas.review import ReviewerRole
from service.api.backend import Backend, BackendDep
from service.auth.scopes import Scope
from service.console.flashes import address, flash
from service.console.rendering import page
from service.console.sessions import Elsewhere, allowed
from service.store.clock import utc_now
from service.store.people import People, PeopleConflict
from service.store.tables.reviewers import Reviewer

router = APIRouter(prefix="/people")
Administrator = Annotated[Reviewer, allowed(Scope.ADMIN)]


@router.get("")
def people(backend: BackendDep, reviewer: Administrator, said: str = "") -> HTMLResponse:
    return _people_page(backend, reviewer, said=said)


@router.post("/{person_id}")
def change(
    person_id: str,
    backend: BackendDep,
    reviewer: Administrator,
    role: Annotated[str, Form(max_length=40)] = "",
    active: Annotated[str, Form(max_length=10)] = "",
    reset: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """One form a change: a role, ``active`` true or false, or one-time codes forgotten."""
    try:
        wanted = PersonChangeIn.model_validate(
            {"role": role or None, "active": active or None, "reset_second_factor": bool(reset)}
        )
    except ValidationError:
        return _people_page(backend, reviewer, problem="There is no such role or state.", status=422)
    try:
        backend.database.attempt(
            lambda session: People(session, reviewer.tenant_id).change(
                person_id, wanted, by=reviewer.name, now=utc_now()
            )
        )
    except PeopleConflict as conflict:
        problem = f"{str(conflict)[:1].upper()}{str(conflict)[1:]}."
        return _people_page(backend, reviewer, problem=problem, status=409)
    except NoResultFound:
        text = "There is nobody of that id."
        raise Elsewhere(page("message.html", 404, title="Nobody", text=text, reviewer=reviewer)) from None
    return RedirectResponse(address("/console/people", "person-changed"), 303)


def _people_page(
    backend: Backend, reviewer: Reviewer, *, said: str = "", problem: str | None = None, status: int = 200
) -> HTMLResponse:
    with backend.database.read() as session:
        store = People(session, reviewer.tenant_id)
        return page(
            "people.html",
            status,
            here="/console/people",
            flash=flash(said),
            problem=problem,
            reviewer=reviewer,
            people=store.all(),
            changes=store.changes(),
            roles=list(ReviewerRole),
        )
