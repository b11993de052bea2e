"""Signing in and out: a password and, where somebody has set them up or must, one-time codes."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from service.api.backend import Backend, BackendDep
from service.auth.passwords import right
from service.console import sessions
from service.console.rendering import page
from service.store.reviewers import Reviewers
from service.store.tables.reviewers import Reviewer, SessionStage

router = APIRouter()

NEXT = {
    SessionStage.SECOND_FACTOR: "/console/second-factor",
    SessionStage.ENROLMENT: "/console/account/codes",
    SessionStage.SIGNED_IN: "/console/",
}
"""Where somebody goes on from each stage."""


@router.get("/sign-in")
def sign_in_page(backend: BackendDep) -> HTMLResponse:
    return _form(backend, None)


@router.post("/sign-in", dependencies=[sessions.SameOrigin])
async def sign_in(
    request: Request,
    backend: BackendDep,
    name: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    folded, address = name.lower(), request.client.host if request.client else ""
    if not backend.limits.guesses.allowed(folded, address):
        return _form(backend, "Too many attempts. Wait a minute and try again.", 429)
    await asyncio.sleep(backend.limits.guesses.delay_s(folded))
    return await run_in_threadpool(_answer, request, backend, name, password, address)


def _answer(request: Request, backend: Backend, name: str, password: str, address: str) -> Response:
    with backend.database.read() as session:
        reviewer = Reviewers(session).by_name(name)
    if not right(password, reviewer.password_hash if reviewer else None) or reviewer is None:
        backend.limits.guesses.failed(name.lower(), address)
        return _form(backend, "Name or password is wrong.", 403)
    stage = stage_after_password(reviewer, require_totp=backend.settings.require_totp)
    answer = RedirectResponse(NEXT[stage], 303)
    sessions.sign_in(backend, request, reviewer, answer, stage)
    return answer


def stage_after_password(reviewer: Reviewer, *, require_totp: bool) -> SessionStage:
    """How far the password alone brings somebody."""
    if reviewer.totp_since is not None:
        return SessionStage.SECOND_FACTOR
    return SessionStage.ENROLMENT if require_totp else SessionStage.SIGNED_IN


@router.post("/sign-out", dependencies=[sessions.SameOrigin])
def sign_out(request: Request, backend: BackendDep) -> Response:
    answer = RedirectResponse(sessions.SIGN_IN, 303)
    sessions.sign_out(backend, request, answer)
    return answer


def _form(backend: Backend, wrong: str | None, status: int = 200) -> HTMLResponse:
    return page("sign_in.html", status, wrong=wrong, provider=bool(backend.settings.oidc_issuer))
