"""``/v1/cases/{id}/golden``: the answer of a case that a senior knows."""

from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import Response
from sqlalchemy.orm import Session

from schemas.problems import ProblemType
from schemas.quality import GoldenIn
from service.api.access import needs
from service.api.backend import BackendDep
from service.api.bodies import BoundedRoute
from service.api.openapi import problem_responses
from service.api.problems import not_found
from service.auth.principal import Principal
from service.auth.scopes import Scope
from service.store.clock import utc_now
from service.store.golden_cases import GoldenCases, NoSuchCase

router = APIRouter(prefix="/v1/cases", tags=["cases"], route_class=BoundedRoute)
QualityWriter = Annotated[Principal, needs(Scope.QUALITY_WRITE)]
_PROBLEMS = problem_responses(
    ProblemType.MALFORMED_BODY,
    ProblemType.UNAUTHENTICATED,
    ProblemType.MISSING_SCOPE,
    ProblemType.NOT_FOUND,
    ProblemType.INVALID_REQUEST,
)


@router.put("/{case_id}/golden", summary="Set the answer of a case", responses=_PROBLEMS)
def set_answer(
    case_id: str, golden: Annotated[GoldenIn, Body()], backend: BackendDep, principal: QualityWriter
) -> GoldenIn:
    """Whoever decides the case, or looks at it a second time, is scored by this answer. Nobody sees that it has one."""

    def work(session: Session) -> None:
        GoldenCases(session, principal.tenant_id).put(case_id, golden, by=principal.actor, now=utc_now())

    try:
        backend.database.attempt(work)
    except NoSuchCase:
        raise not_found("case") from None
    return golden


@router.delete("/{case_id}/golden", status_code=204, summary="Score nobody by a case any more", responses=_PROBLEMS)
def remove_answer(case_id: str, backend: BackendDep, principal: QualityWriter) -> Response:
    """What was judged stays on record."""
    if not backend.database.attempt(lambda session: GoldenCases(session, principal.tenant_id).remove(case_id)):
        raise not_found("golden case")
    return Response(status_code=204)
