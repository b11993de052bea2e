"""``/v1/decisions``: what people decided, and taking it back."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.pages import Page
from schemas.problems import FieldError, ProblemType
from schemas.review import DecisionIn, DecisionOut
from service.api.access import CasesDecider, CasesReader
from service.api.backend import BackendDep
from service.api.bodies import BoundedRoute
from service.api.once import IdempotencyKey, Once
from service.api.openapi import problem_responses
from service.api.paging import Cursor, Limit, bad_cursor, checked_cursor, split_page
from service.api.problems import ProblemError, not_found
from service.claims import ClaimedByOther
from service.decision_terms import unknown_terms
from service.store.clock import utc_now
from service.store.decisions import DecisionConflict, Decisions

router = APIRouter(prefix="/v1/decisions", tags=["decisions"], route_class=BoundedRoute)

_PROBLEMS = problem_responses(
    ProblemType.MALFORMED_BODY,
    ProblemType.UNAUTHENTICATED,
    ProblemType.MISSING_SCOPE,
    ProblemType.NOT_FOUND,
    ProblemType.NOT_NOW,
    ProblemType.INVALID_REQUEST,
)

_EXAMPLE = {
    "case_id": "cas_01jx7v9m3q8c5r2t6w0y4z1a2b",
    "action": "label",
    "policy_clause": "AI-2",
    "reason": "ai_confirmed",
    "note": "Comb over the whole track, the sender could not name a singer.",
    "message": "We labelled this track as generated. You can appeal.",
    "confirm_labels": ["ai_detected"],
}


class UndoIn(BaseModel):
    """Why a decision is taken back."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    note: str = Field(default="", max_length=10_000, description="Private: for reviewers.")


@router.post(
    "",
    status_code=201,
    summary="Decide a case",
    response_model=DecisionOut,
    responses=_PROBLEMS | problem_responses(ProblemType.KEY_REUSED, ProblemType.INVALID_REQUEST),
)
def decide(
    decision: Annotated[DecisionIn, Body(examples=[_EXAMPLE])],
    backend: BackendDep,
    principal: CasesDecider,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Name what happens, under which clause of the policy, and why. The tracks' labels are delivered anew.

    A case that is decided already is decided differently by naming the standing decision in `supersedes`.
    """
    unknown = unknown_terms(decision, backend.rules)
    if errors := [FieldError(field=f"body.{field}", message=said) for field, said in unknown]:
        raise ProblemError(ProblemType.INVALID_REQUEST, errors=errors)
    once = Once.reserve(backend, principal.tenant_id, idempotency_key)

    def work(session: Session) -> DecisionOut:
        return Decisions(session).decide(principal.tenant_id, decision, decided_by=principal.actor, now=utc_now())

    content = {"operation": "POST /v1/decisions", "decision": decision.model_dump(mode="json")}
    try:
        return once.answer(content, 201, work, lambda body: {"Location": f"/v1/decisions/{body['id']}"})
    except DecisionConflict as conflict:
        raise ProblemError(ProblemType.NOT_NOW, _sentence(conflict)) from None
    except ClaimedByOther as other:
        raise ProblemError(ProblemType.NOT_NOW, _sentence(other)) from None
    except NoResultFound:
        raise not_found("case") from None


@router.post("/{decision_id}/undo", summary="Take a decision back", responses=_PROBLEMS)
def undo(
    decision_id: str,
    backend: BackendDep,
    principal: CasesDecider,
    why: Annotated[UndoIn | None, Body()] = None,
) -> DecisionOut:
    """Take back the decision that stands. What it replaced stands again; without that the case is open again."""
    try:
        return backend.database.attempt(
            lambda session: Decisions(session).undo(
                principal.tenant_id,
                decision_id,
                undone_by=principal.actor,
                now=utc_now(),
                note=why.note if why else "",
            )
        )
    except DecisionConflict as conflict:
        raise ProblemError(ProblemType.NOT_NOW, _sentence(conflict)) from None
    except NoResultFound:
        raise not_found("decision") from None


@router.get("", summary="List decisions", responses=problem_responses(ProblemType.UNAUTHENTICATED))
def list_decisions(
    backend: BackendDep,
    principal: CasesReader,
    case_id: Annotated[str | None, Query(max_length=40, description="Only decisions on this case.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[DecisionOut]:
    """The tenant's decisions in order of deciding; superseded and undone ones included."""
    after = checked_cursor(cursor)
    with backend.database.read() as session:
        decisions = Decisions(session)
        if after is not None and decisions.get(principal.tenant_id, after) is None:
            raise bad_cursor()
        rows = decisions.page(principal.tenant_id, after=after, limit=limit + 1, case_id=case_id)
        shown, last = split_page(rows, limit)
        return Page(items=list(shown), next_cursor=last.id if last else None)


@router.get(
    "/{decision_id}",
    summary="Read a decision",
    responses=problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.NOT_FOUND),
)
def read_decision(decision_id: str, backend: BackendDep, principal: CasesReader) -> DecisionOut:
    """One decision by its id."""
    with backend.database.read() as session:
        decision = Decisions(session).get(principal.tenant_id, decision_id)
        if decision is None:
            raise not_found("decision")
        return decision


def _sentence(conflict: Exception) -> str:
    text = str(conflict)
    return text[:1].upper() + text[1:] + "."
