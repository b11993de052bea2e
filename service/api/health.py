"""``/healthz``, ``/readyz`` and ``/metrics``: whether this process lives, whether the service can work, and figures."""

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel

from schemas.problems import ProblemType
from service.api.backend import BackendDep
from service.api.openapi import problem_responses
from service.api.problems import ProblemError
from service.api.readiness import unready
from service.store.brakes import Brakes
from service.store.clock import utc_now
from service.store.jobs import Jobs

router = APIRouter(tags=["service"])


class Status(BaseModel):
    """All is well."""

    status: str = "ok"


@router.get("/healthz", summary="Is this process alive?")
async def healthz() -> Status:
    """Answers as long as the process does; asks nobody else, and waits for no thread that others may hold."""
    return Status()


@router.get("/readyz", summary="Can the service work?", responses=problem_responses(ProblemType.NOT_READY))
def readyz(backend: BackendDep) -> Status:
    """200 when the database, the broker and at least one worker answer and work is being done; 503 with what is not."""
    faults = unready(backend)
    if faults:
        raise ProblemError(ProblemType.NOT_READY, errors=faults, headers={"Retry-After": "5"})
    return Status()


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
def metrics(backend: BackendDep) -> Response:
    """Text exposition: answers of this process, and the backlog of the ledger."""
    with backend.database.read() as session:
        backlog = Jobs(session).backlog(utc_now())
        braked = len(Brakes(session).engaged())
    content, content_type = backend.metrics.render(backlog, backend.blobs.free_bytes(), braked)
    return Response(content, media_type=content_type)
