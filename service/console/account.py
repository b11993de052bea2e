"""One's own account: the role and what it opens, and one-time codes."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from service.api.backend import Backend, BackendDep
from service.auth.roles import ROLE_SCOPES
from service.auth.scopes import SCOPE_MEANINGS, Scope
from service.auth.totp import new_recovery_codes, new_secret, otpauth_address, qr_svg, recovery_sha256, step_of
from service.console import sessions
from service.console.rendering import page
from service.sealing import Seal
from service.store.clock import utc_now
from service.store.reviewers import Reviewers
from service.store.second_factors import SecondFactors
from service.store.tables.reviewers import Reviewer, SessionStage

router = APIRouter(prefix="/account")


@router.get("")
def account(backend: BackendDep, reviewer: sessions.SignedIn) -> HTMLResponse:
    with backend.database.read() as session:
        left = SecondFactors(session).recovery_codes_left(reviewer.id)
    opens = [SCOPE_MEANINGS[scope] for scope in Scope if scope in ROLE_SCOPES[reviewer.role]]
    return page("account.html", reviewer=reviewer, opens=opens, recovery_codes_left=left)


@router.get("/codes")
def offer(request: Request, backend: BackendDep) -> Response:
    """A key to take over into an authenticator application; the same one until it is confirmed."""
    return _offered(backend, _enrolling(request))


@router.post("/codes", dependencies=[sessions.SameOrigin])
def confirm(request: Request, backend: BackendDep, code: Annotated[str, Form(max_length=20)] = "") -> Response:
    """A code proves that the key was taken over. Shows recovery codes, this once, and ends all other sessions."""
    reviewer = _enrolling(request)
    address = request.client.host if request.client else ""
    if not backend.limits.guesses.allowed(reviewer.name, address):
        return _offered(backend, reviewer, "Too many attempts. Wait a minute and try again.", 429)
    codes = new_recovery_codes()
    if not backend.database.attempt(lambda session: _confirmed(session, backend.seal, reviewer.id, code, codes)):
        backend.limits.guesses.failed(reviewer.name, address)
        return _offered(backend, reviewer, "This code is wrong. Is the clock of your device right?", 422)
    answer = page("recovery_codes.html", reviewer=reviewer, codes=codes)
    sessions.sign_in(backend, request, reviewer, answer)
    return answer


def _offered(backend: Backend, reviewer: Reviewer, wrong: str | None = None, status: int = 200) -> HTMLResponse:
    fresh = backend.seal.close(new_secret())
    offered = backend.database.attempt(lambda session: SecondFactors(session).offer(reviewer.id, fresh))
    secret = backend.seal.open(offered)
    address = otpauth_address(secret, reviewer.name)
    return page("one_time_codes.html", status, secret=secret, address=address, qr=qr_svg(address), wrong=wrong)


def _confirmed(session: Session, seal: Seal, reviewer_id: str, code: str, codes: list[str]) -> bool:
    reviewer, now = Reviewers(session).get(reviewer_id), utc_now()
    assert reviewer is not None
    step = step_of(seal.open(reviewer.totp_secret), code, now, after=None) if reviewer.totp_secret else None
    if step is None:
        return False
    hashed = [recovery_sha256(one) for one in codes]
    SecondFactors(session).confirm(reviewer_id, step=step, recovery_sha256=hashed, now=now)
    Reviewers(session).sign_out_everywhere(reviewer)
    return True


def _enrolling(request: Request) -> Reviewer:
    """Who sets up codes: somebody signed in without, or who must before they may go on."""
    for stage in (SessionStage.ENROLMENT, SessionStage.SIGNED_IN):
        reviewer = sessions.at_stage(request, stage)
        if reviewer is not None and reviewer.totp_since is None:
            return reviewer
        if reviewer is not None:
            raise sessions.Elsewhere(RedirectResponse("/console/account", 303))
    raise sessions.Elsewhere(RedirectResponse(sessions.SIGN_IN, 303))
