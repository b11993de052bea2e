"""``/v1/policies``: the rules in force and the clauses that decisions name."""

from fastapi import APIRouter

from schemas.policy import PolicyOut
from schemas.problems import ProblemType
from service.api.access import CasesReader
from service.api.backend import BackendDep
from service.api.openapi import problem_responses
from service.policy_view import policy_view

router = APIRouter(prefix="/v1/policies", tags=["policies"])


@router.get("", summary="Read the policy in force", responses=problem_responses(ProblemType.UNAUTHENTICATED))
def read_policy(backend: BackendDep, principal: CasesReader) -> PolicyOut:
    """Every rule with its state, its conditions and what it does, and the brakes that hold; and every clause.

    The policy is changed by `earmark policy` on the machine of the service.
    """
    with backend.database.read() as session:
        return policy_view(session, backend.settings)
