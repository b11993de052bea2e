"""The second step of signing in: a one-time code, or a recovery code in its place."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from service.api.backend import Backend, BackendDep
from service.auth.totp import recovery_sha256, step_of
from service.console import sessions
from service.console.rendering import page
from service.sealing import Seal
from service.store.clock import utc_now
from service.store.reviewers import Reviewers
from service.store.second_factors import SecondFactors
from service.store.tables.reviewers import Reviewer, SessionStage

router = APIRouter(prefix="/second-factor")


@router.get("")
def ask(request: Request) -> Response:
    _halfway(request)
    return page("second_factor.html", wrong=None)


@router.post("", dependencies=[sessions.SameOrigin])
async def answer(request: Request, backend: BackendDep, code: Annotated[str, Form(max_length=100)] = "") -> Response:
    reviewer = await run_in_threadpool(_halfway, request)
    address = request.client.host if request.client else ""
    if not backend.limits.guesses.allowed(reviewer.name, address):
        return page("second_factor.html", 429, wrong="Too many attempts. Wait a minute and try again.")
    await asyncio.sleep(backend.limits.guesses.delay_s(reviewer.name))
    return await run_in_threadpool(_check, request, backend, reviewer, code, address)


def _check(request: Request, backend: Backend, reviewer: Reviewer, code: str, address: str) -> Response:
    if not backend.database.attempt(lambda session: takes(session, backend.seal, reviewer.id, code)):
        backend.limits.guesses.failed(reviewer.name, address)
        return page("second_factor.html", 403, wrong="This code is wrong, too old, or was used before.")
    going_on = RedirectResponse("/console/", 303)
    sessions.sign_in(backend, request, reviewer, going_on)
    return going_on


def takes(session: Session, seal: Seal, reviewer_id: str, code: str) -> bool:
    """Use a one-time code or a recovery code; false where it is wrong or used up."""
    factors, reviewer, now = SecondFactors(session), Reviewers(session).get(reviewer_id), utc_now()
    if reviewer is None or reviewer.totp_secret is None or reviewer.totp_since is None:
        return False
    step = step_of(seal.open(reviewer.totp_secret), code, now, after=reviewer.totp_step)
    if step is not None:
        return factors.take_step(reviewer_id, step)
    return factors.take_recovery_code(reviewer_id, recovery_sha256(code), now)


def _halfway(request: Request) -> Reviewer:
    reviewer = sessions.at_stage(request, SessionStage.SECOND_FACTOR)
    if reviewer is None:
        raise sessions.Elsewhere(RedirectResponse(sessions.SIGN_IN, 303))
    return reviewer
