"""What regulators and uploaders are told about a decision."""

from typing import Any

from fastapi import APIRouter

from schemas.exports.dsa import DecisionForStatement, statement_of_reasons
from schemas.exports.notice import UploaderNotice, uploader_notice
from schemas.problems import ProblemType
from schemas.review import DecisionOut
from service.api.access import CasesReader
from service.api.backend import Backend, BackendDep
from service.api.openapi import problem_responses
from service.api.problems import ProblemError, not_found
from service.decision_statement import decision_for_statement
from service.store.decisions import Decisions

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])

_PROBLEMS = problem_responses(
    ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND, ProblemType.NOT_NOW
)


@router.get("/{decision_id}/statement-of-reasons", summary="Read the DSA statement of reasons", responses=_PROBLEMS)
def read_statement(decision_id: str, backend: BackendDep, principal: CasesReader) -> dict[str, Any]:
    """The body for the EU's transparency database (`POST /api/v1/statement`), without personal data.

    A decision that restricts nothing has no statement.
    """
    _, said = _decision(backend, principal.tenant_id, decision_id)
    statement = statement_of_reasons(said)
    if statement is None:
        raise ProblemError(ProblemType.NOT_NOW, "This decision restricts nothing, so there is nothing to state.")
    return statement.payload()


@router.get("/{decision_id}/notice", summary="Read the notice to the uploader", responses=_PROBLEMS)
def read_notice(decision_id: str, backend: BackendDep, principal: CasesReader) -> UploaderNotice:
    """What happens, why, how it was found, and what can be done against it (DSA, articles 17 and 20)."""
    decision, said = _decision(backend, principal.tenant_id, decision_id)
    return uploader_notice(said, decision.decided_at, decision.message)


def _decision(backend: Backend, tenant_id: str, decision_id: str) -> tuple[DecisionOut, DecisionForStatement]:
    with backend.database.read() as session:
        decision = Decisions(session).get(tenant_id, decision_id)
        said = decision_for_statement(session, decision, backend.rules) if decision else None
    if decision is None:
        raise not_found("decision")
    if said is None:
        raise ProblemError(ProblemType.NOT_NOW, "This decision was about no track.")
    return decision, said
