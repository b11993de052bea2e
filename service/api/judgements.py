"""``/v1/judgements``: what people made of cases, as a data set."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from schemas.problems import ProblemType
from service.api.access import needs
from service.api.backend import BackendDep
from service.api.openapi import problem_responses
from service.auth.principal import Principal
from service.auth.scopes import Scope
from service.store.judgements import lines

router = APIRouter(prefix="/v1/judgements", tags=["decisions"])
QualityReader = Annotated[Principal, needs(Scope.QUALITY_READ)]


@router.get(
    "",
    summary="Read every judgement",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}}
    | problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE),
)
def read_judgements(backend: BackendDep, principal: QualityReader) -> StreamingResponse:
    """One JSON object a line for each case that people judged, with every person's judgement, how far they differ, and
    the known answer where there is one. People are under pseudonyms. However many cases there are, all come."""
    return StreamingResponse(lines(backend.database, principal.tenant_id), media_type="application/x-ndjson")
