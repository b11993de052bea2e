"""``/v1/cases/{id}/claim``: a case in somebody's hand, so that no two people work on one unknowingly."""

from fastapi import APIRouter, Response
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.cases import ClaimOut
from schemas.problems import ProblemType
from service.api.access import CasesDecider
from service.api.backend import Backend, BackendDep
from service.api.openapi import problem_responses
from service.api.problems import ProblemError, not_found
from service.auth.principal import Principal
from service.claims import Claim, ClaimedByOther
from service.store.claims import Claims, NotOpen
from service.store.clock import utc_now

router = APIRouter(prefix="/v1/cases", tags=["cases"])
_PROBLEMS = problem_responses(
    ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND, ProblemType.NOT_NOW
)


@router.put("/{case_id}/claim", summary="Take a case in hand", responses=_PROBLEMS)
def claim(case_id: str, backend: BackendDep, principal: CasesDecider) -> ClaimOut:
    """Five minutes, from now on. While they run nobody else can take or decide the case; one's own is extended."""
    return _out(case_id, _attempt(backend, principal, case_id, extend=False))


@router.post("/{case_id}/claim/extend", summary="Keep a case in hand", responses=_PROBLEMS)
def extend(case_id: str, backend: BackendDep, principal: CasesDecider) -> ClaimOut:
    """Another five minutes, from now on. A claim that has run out is not extended: take the case again."""
    return _out(case_id, _attempt(backend, principal, case_id, extend=True))


@router.delete("/{case_id}/claim", status_code=204, summary="Give a case back", responses=_PROBLEMS)
def release(case_id: str, backend: BackendDep, principal: CasesDecider) -> Response:
    """Others may take it at once. Giving back what one does not hold is a 404."""
    held = backend.database.attempt(
        lambda session: Claims(session, principal.tenant_id).release(case_id, principal.actor)
    )
    if not held:
        raise not_found("claim")
    return Response(status_code=204)


def _attempt(backend: Backend, principal: Principal, case_id: str, *, extend: bool) -> Claim:
    def work(session: Session) -> Claim | None:
        claims = Claims(session, principal.tenant_id)
        return (claims.extend if extend else claims.take)(case_id, principal.actor, utc_now())

    try:
        claim = backend.database.attempt(work)
    except (ClaimedByOther, NotOpen) as conflict:
        text = str(conflict)
        raise ProblemError(ProblemType.NOT_NOW, f"{text[:1].upper()}{text[1:]}.") from None
    except NoResultFound:
        raise not_found("case") from None
    if claim is None:
        raise ProblemError(ProblemType.NOT_NOW, "Your claim has run out or was given back. Take the case again.")
    return claim


def _out(case_id: str, claim: Claim) -> ClaimOut:
    return ClaimOut(case_id=case_id, holder=claim.holder, claimed_at=claim.claimed_at, expires_at=claim.expires_at)
