"""Who is at the console: a random token in a cookie, its hash in the database.

The cookie is ``HttpOnly`` and ``SameSite=Strict``, so another site can neither read it nor make a browser send it.
Every form is checked for its origin as well: one lock more, for browsers that do not keep the first. Each step of
signing in gets a fresh token and ends the one before, so that a token seen earlier is worth nothing later.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from service.api.backend import Backend, backend_of
from service.auth.roles import role_allows
from service.auth.scopes import SCOPE_MEANINGS, Scope
from service.console.rendering import page
from service.store.claims import Claims
from service.store.clock import utc_now
from service.store.reviewers import Reviewers
from service.store.tables.reviewers import Reviewer, SessionStage

COOKIE = "earmark_console"
LASTS = timedelta(hours=12)
HALFWAY_LASTS = timedelta(minutes=10)
SIGN_IN = "/console/sign-in"


class Elsewhere(Exception):
    """The request ends in another answer than the page it asked for."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


def token_sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(
    backend: Backend,
    request: Request,
    reviewer: Reviewer,
    answer: Response,
    stage: SessionStage = SessionStage.SIGNED_IN,
) -> None:
    """Open a session in place of the one that the browser has, and put its cookie on the answer."""
    token, old = secrets.token_urlsafe(32), request.cookies.get(COOKIE)
    now, lasts = utc_now(), LASTS if stage is SessionStage.SIGNED_IN else HALFWAY_LASTS
    ends_at = now + min(lasts, idle(backend))
    with backend.database.write() as session:
        reviewers = Reviewers(session)
        if old:
            reviewers.sign_out(token_sha256(old))
        reviewers.sign_in(reviewer, token_sha256=token_sha256(token), now=now, expires_at=ends_at, stage=stage)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=backend.public_address(request).startswith("https:"),
        path="/console",
    )


def sign_out(backend: Backend, request: Request, answer: Response) -> None:
    """End the session, and give back the cases that its reviewer has in hand."""
    token = request.cookies.get(COOKIE)
    if token:
        now = utc_now()

        def leave(session: Session) -> None:
            reviewer = Reviewers(session).signed_in(token_sha256(token), now)
            Reviewers(session).sign_out(token_sha256(token))
            if reviewer is not None:
                Claims(session, reviewer.tenant_id).release_all(reviewer.name)

        backend.database.attempt(leave)
    answer.delete_cookie(COOKIE, path="/console")


def at_stage(request: Request, stage: SessionStage) -> Reviewer | None:
    """Who has come that far with signing in."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    backend, now, hashed = backend_of(request), utc_now(), token_sha256(token)
    with backend.database.read() as session:
        reviewer = Reviewers(session).signed_in(hashed, now, stage=stage)
        later = Reviewers(session).later_end(hashed, now + idle(backend), LASTS) if reviewer else None
    if later is not None and stage is SessionStage.SIGNED_IN:
        backend.database.attempt(lambda session: Reviewers(session).put_off(hashed, later, now=now))
    return reviewer


def idle(backend: Backend) -> timedelta:
    """After how long without a request somebody is signed out."""
    return timedelta(minutes=backend.settings.console_idle_minutes)


def reviewer_of(request: Request) -> Reviewer:
    """Who is signed in; everybody else is shown the way to the sign-in page."""
    reviewer = at_stage(request, SessionStage.SIGNED_IN)
    if reviewer is None:
        raise Elsewhere(RedirectResponse(SIGN_IN, 303))
    return reviewer


def same_origin(request: Request) -> None:
    """Refuse a form that another site sent."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    ours = origin is not None and urlsplit(origin).netloc == request.headers.get("host")
    if not ours and not (origin is None and site in (None, "same-origin", "none")):
        raise Elsewhere(page("message.html", 403, title="Refused", text="This form was sent from another site."))


def allowed(scope: Scope) -> Any:
    """Dependency of a page whose reader's role must open a scope; a form is checked for its origin as well."""

    def person(request: Request, reviewer: Annotated[Reviewer, Depends(reviewer_of)]) -> Reviewer:
        if request.method != "GET":
            same_origin(request)
        if not role_allows(reviewer.role, scope):
            text = f"Your role ({reviewer.role.value}) may not {SCOPE_MEANINGS[scope]}."
            raise Elsewhere(page("message.html", 403, title="Not for your role", text=text, reviewer=reviewer))
        return reviewer

    return Depends(person)


def _policy_owner(request: Request, reviewer: Annotated[Reviewer, Depends(reviewer_of)]) -> Reviewer:
    if request.method != "GET":
        same_origin(request)
    if not reviewer.role.owns_policy:
        text = f"Your role ({reviewer.role.value}) may not change the policy."
        raise Elsewhere(page("message.html", 403, title="Not for your role", text=text, reviewer=reviewer))
    return reviewer


PolicyOwner = Annotated[Reviewer, Depends(_policy_owner)]
"""Who may draft, propose, approve and take back changes of the policy."""
SignedIn = Annotated[Reviewer, Depends(reviewer_of)]
Decider = Annotated[Reviewer, allowed(Scope.CASES_DECIDE)]
SameOrigin = Depends(same_origin)
