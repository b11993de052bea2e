"""Signing in and out."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from service.api.backend import Backend, BackendDep
from service.console import sessions
from service.console.passwords import Guesses, right
from service.console.rendering import page
from service.store.reviewers import Reviewers

router = APIRouter()
_guesses = Guesses()


@router.get("/sign-in")
def sign_in_page() -> HTMLResponse:
    return page("sign_in.html", wrong=None)


@router.post("/sign-in", dependencies=[sessions.SameOrigin])
async def sign_in(
    request: Request,
    backend: BackendDep,
    name: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    folded, address = name.lower(), request.client.host if request.client else ""
    if not _guesses.allowed(folded, address):
        return page("sign_in.html", 429, wrong="Too many attempts. Wait a minute and try again.")
    await asyncio.sleep(_guesses.delay_s(folded))
    return await run_in_threadpool(_answer, request, backend, name, password, address)


def _answer(request: Request, backend: Backend, name: str, password: str, address: str) -> Response:
    with backend.database.read() as session:
        reviewer = Reviewers(session).by_name(name)
    if not right(password, reviewer.password_hash if reviewer else None) or reviewer is None:
        _guesses.failed(name.lower(), address)
        return page("sign_in.html", 403, wrong="Name or password is wrong.")
    answer = RedirectResponse("/console/", 303)
    sessions.sign_in(backend, reviewer, answer, secure=request.url.scheme == "https")
    return answer


@router.post("/sign-out", dependencies=[sessions.SameOrigin])
def sign_out(request: Request, backend: BackendDep) -> Response:
    answer = RedirectResponse(sessions.SIGN_IN, 303)
    sessions.sign_out(backend, request, answer)
    return answer
