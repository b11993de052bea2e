"""``/v1/decision-batches``: one decision on many cases, and taking all of it back."""

from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import Response
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.problems import FieldError, ProblemType
from schemas.review import BulkIn, BulkOut
from service.api.access import CasesDecider, CasesReader
from service.api.backend import BackendDep
from service.api.bodies import BoundedRoute
from service.api.once import IdempotencyKey, Once
from service.api.openapi import problem_responses
from service.api.problems import ProblemError, not_found
from service.decision_terms import unknown_terms
from service.store.bulk import Bulk
from service.store.clock import utc_now
from service.store.decisions import DecisionConflict

router = APIRouter(prefix="/v1/decision-batches", tags=["decisions"], route_class=BoundedRoute)

_READING = problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND)
_EXAMPLE = {
    "case_ids": ["cas_01jx7v9m3q8c5r2t6w0y4z1a2b", "cas_01jx7v9m3q8c5r2t6w0y4z1a2c"],
    "action": "block",
    "reason": "spam_confirmed",
    "note": "One farm: same loops under 200 names.",
}


@router.post(
    "",
    status_code=201,
    summary="Decide many cases at once",
    response_model=BulkOut,
    responses=_READING
    | problem_responses(
        ProblemType.MALFORMED_BODY, ProblemType.NOT_NOW, ProblemType.INVALID_REQUEST, ProblemType.KEY_REUSED
    ),
)
def decide_many(
    bulk: Annotated[BulkIn, Body(examples=[_EXAMPLE])],
    backend: BackendDep,
    principal: CasesDecider,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Every case that is open and in nobody else's hands gets a decision of its own, all in one transaction.

    The others are named under `skipped` and stay as they are.
    """
    if errors := [
        FieldError(field=f"body.{field}", message=said) for field, said in unknown_terms(bulk, backend.rules)
    ]:
        raise ProblemError(ProblemType.INVALID_REQUEST, errors=errors)
    once = Once.reserve(backend, principal.tenant_id, idempotency_key)

    def work(session: Session) -> BulkOut:
        return Bulk(session, principal.tenant_id).decide(bulk, decided_by=principal.actor, now=utc_now())

    content = {"operation": "POST /v1/decision-batches", "bulk": bulk.model_dump(mode="json")}
    try:
        return once.answer(content, 201, work, lambda body: {"Location": f"/v1/decision-batches/{body['id']}"})
    except DecisionConflict as conflict:
        raise _not_now(conflict) from None


@router.get("/{batch_id}", summary="Read a bulk decision", responses=_READING)
def read_batch(batch_id: str, backend: BackendDep, principal: CasesReader) -> BulkOut:
    """How many cases it decided, and how many of these decisions still stand."""
    with backend.database.read() as session:
        try:
            return Bulk(session, principal.tenant_id).get(batch_id)
        except NoResultFound:
            raise not_found("bulk decision") from None


@router.post(
    "/{batch_id}/undo",
    summary="Take a bulk decision back",
    responses=_READING | problem_responses(ProblemType.NOT_NOW),
)
def undo_batch(batch_id: str, backend: BackendDep, principal: CasesDecider) -> BulkOut:
    """Take back all of its decisions that stand; those replaced or taken back meanwhile are named under `skipped`."""

    def work(session: Session) -> BulkOut:
        bulk = Bulk(session, principal.tenant_id)
        _, skipped = bulk.undo(batch_id, undone_by=principal.actor, now=utc_now())
        return bulk.get(batch_id).model_copy(update={"skipped": skipped})

    try:
        return backend.database.attempt(work)
    except DecisionConflict as conflict:
        raise _not_now(conflict) from None
    except NoResultFound:
        raise not_found("bulk decision") from None


def _not_now(conflict: DecisionConflict) -> ProblemError:
    text = str(conflict)
    return ProblemError(ProblemType.NOT_NOW, f"{text[:1].upper()}{text[1:]}.")
