"""``/v1/people``: who works at the console."""

from typing import Annotated

from fastapi import APIRouter, Body
from sqlalchemy.exc import NoResultFound

from schemas.people import PersonChangeIn, PersonOut
from schemas.problems import ProblemType
from service.api.access import needs
from service.api.backend import BackendDep
from service.api.bodies import BoundedRoute
from service.api.openapi import problem_responses
from service.api.problems import ProblemError, not_found
from service.auth.principal import Principal
from service.auth.scopes import Scope
from service.store.clock import utc_now
from service.store.people import People, PeopleConflict

router = APIRouter(prefix="/v1/people", tags=["people"], route_class=BoundedRoute)
Administrator = Annotated[Principal, needs(Scope.ADMIN)]


@router.get(
    "",
    summary="List people",
    responses=problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE),
)
def list_people(backend: BackendDep, principal: Administrator) -> list[PersonOut]:
    """Everybody who may or might sign in at the console for this tenant."""
    with backend.database.read() as session:
        return People(session, principal.tenant_id).all()


@router.patch(
    "/{person_id}",
    summary="Change somebody's account",
    responses=problem_responses(
        ProblemType.MALFORMED_BODY,
        ProblemType.UNAUTHENTICATED,
        ProblemType.MISSING_SCOPE,
        ProblemType.NOT_FOUND,
        ProblemType.NOT_NOW,
        ProblemType.INVALID_REQUEST,
    ),
)
def change_person(
    person_id: str, change: Annotated[PersonChangeIn, Body()], backend: BackendDep, principal: Administrator
) -> PersonOut:
    """Another role, shut out or let in, or one-time codes forgotten. They are signed out; the change is on record.

    The last administrator stays one, and nobody changes their own account.
    """
    try:
        return backend.database.attempt(
            lambda session: People(session, principal.tenant_id).change(
                person_id, change, by=principal.actor, now=utc_now()
            )
        )
    except PeopleConflict as conflict:
        raise ProblemError(ProblemType.NOT_NOW, f"{str(conflict)[:1].upper()}{str(conflict)[1:]}.") from None
    except NoResultFound:
        raise not_found("person") from None
