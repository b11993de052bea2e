"""Signing in at the identity provider of the settings."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from service.api.backend import Backend, BackendDep
from service.auth.oidc import Attempt, Provider, SignInRefused
from service.auth.signed_links import LinkPurpose, LinkRefused
from service.console import sessions
from service.console.rendering import page
from service.store.clock import utc_now
from service.store.reviewers import Reviewers

router = APIRouter(prefix="/identity")
COOKIE = "earmark_identity"
LASTS = timedelta(minutes=10)


@router.get("/sign-in")
def begin(request: Request, backend: BackendDep) -> Response:
    """On to the provider. What ties its answer to this browser is kept there, signed; ``Lax``, as the answer comes from
    another site."""
    provider, attempt = _provider(backend), Attempt.fresh()
    try:
        answer = RedirectResponse(provider.address(attempt, _redirect_uri(request, backend)), 303)
    except SignInRefused as refused:
        raise _refused(refused, 502) from None
    kept = backend.links.token(
        LinkPurpose.SIGN_IN, f"{attempt.state}/{attempt.nonce}/{attempt.verifier}", utc_now() + LASTS
    )
    answer.set_cookie(
        COOKIE,
        kept,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=backend.public_address(request).startswith("https:"),
        path="/console/identity",
    )
    return answer


@router.get("/answer")
def end(
    request: Request,
    backend: BackendDep,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Back from the provider. A page that leads on: a browser sends no strict cookie on a way that began elsewhere."""
    provider = _provider(backend)
    try:
        kept = backend.links.read(LinkPurpose.SIGN_IN, request.cookies.get(COOKIE, ""), utc_now())
        attempt = Attempt(*kept.subject.split("/"))
        subject = provider.subject(attempt, state=state, code=code, redirect_uri=_redirect_uri(request, backend))
    except (LinkRefused, SignInRefused) as refused:
        raise _refused(refused, 403) from None
    with backend.database.read() as session:
        reviewer = Reviewers(session).by_oidc_subject(subject)
    if reviewer is None:
        raise _refused(SignInRefused("you are known there, but nobody let you in here"), 403)
    answer = page("signed_in.html")
    sessions.sign_in(backend, request, reviewer, answer)
    answer.delete_cookie(COOKIE, path="/console/identity")
    return answer


def _provider(backend: Backend) -> Provider:
    if backend.identity_provider is None:
        raise sessions.Elsewhere(RedirectResponse(sessions.SIGN_IN, 303))
    return backend.identity_provider


def _redirect_uri(request: Request, backend: Backend) -> str:
    return f"{backend.public_address(request)}/console/identity/answer"


def _refused(error: Exception, status: int) -> sessions.Elsewhere:
    text = f"You are not signed in: {error}."
    return sessions.Elsewhere(page("message.html", status, title="Not signed in", text=text))
