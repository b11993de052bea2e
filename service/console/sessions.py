"""Who is at the console: a random token in a cookie, its hash in the database.

The cookie is ``HttpOnly`` and ``SameSite=Strict``, so another site can neither read it nor make a browser send it.
Every form is checked for its origin as well: one lock more, for browsers that do not keep the first.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from service.api.backend import Backend, backend_of
from service.console.rendering import page
from service.store.clock import utc_now
from service.store.reviewers import Reviewers
from service.store.tables.reviewers import Reviewer

COOKIE = "earmark_console"
LASTS = timedelta(hours=12)
SIGN_IN = "/console/sign-in"


class Elsewhere(Exception):
    """The request ends in another answer than the page it asked for."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


def token_sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(backend: Backend, reviewer: Reviewer, answer: Response, *, secure: bool) -> None:
    """Open a session and put its cookie on the answer."""
    token = secrets.token_urlsafe(32)
    now = utc_now()
    with backend.database.write() as session:
        Reviewers(session).sign_in(reviewer, token_sha256=token_sha256(token), now=now, expires_at=now + LASTS)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=secure,
        path="/console",
    )


def sign_out(backend: Backend, request: Request, answer: Response) -> None:
    token = request.cookies.get(COOKIE)
    if token:
        with backend.database.write() as session:
            Reviewers(session).sign_out(token_sha256(token))
    answer.delete_cookie(COOKIE, path="/console")


def reviewer_of(request: Request) -> Reviewer:
    """Who is signed in; everybody else is shown the way to the sign-in page."""
    token = request.cookies.get(COOKIE, "")
    backend = backend_of(request)
    with backend.database.read() as session:
        reviewer = Reviewers(session).signed_in(token_sha256(token), utc_now()) if token else None
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


def decider_of(request: Request, reviewer: Annotated[Reviewer, Depends(reviewer_of)]) -> Reviewer:
    """Who may decide, and did so from a page of ours."""
    same_origin(request)
    if not reviewer.role.may_decide:
        text = f"Your role ({reviewer.role.value}) may read, but not decide."
        raise Elsewhere(page("message.html", 403, title="Not for your role", text=text, reviewer=reviewer))
    return reviewer


SignedIn = Annotated[Reviewer, Depends(reviewer_of)]
Decider = Annotated[Reviewer, Depends(decider_of)]
SameOrigin = Depends(same_origin)
