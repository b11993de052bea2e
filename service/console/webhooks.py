"""Webhooks at the console, for whoever connects the platform: how each fares, what it answered, and a way to try it."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from schemas.events import EventKind
from schemas.webhooks import ReplayIn, WebhookIn, WebhookPatch, WebhookSecret
from service.api import webhook_attempts
from service.api import webhooks as api
from service.api.backend import Backend, BackendDep
from service.api.problems import ProblemError
from service.auth.principal import Principal
from service.auth.scopes import Scope
from service.console import flashes
from service.console.rendering import page
from service.console.sessions import Elsewhere, allowed
from service.store.tables.reviewers import Reviewer
from service.store.webhook_attempts import WebhookAttempts
from service.store.webhooks import Webhooks

router = APIRouter(prefix="/webhooks")
HERE = "/console/webhooks"
SHOWN = 50

Integrator = Annotated[Reviewer, allowed(Scope.WEBHOOKS)]
Text = Annotated[str, Form(max_length=3_000)]


@router.get("")
def webhooks(backend: BackendDep, reviewer: Integrator) -> HTMLResponse:
    return _list(backend, reviewer)


@router.post("")
def make(
    backend: BackendDep,
    reviewer: Integrator,
    url: Text = "",
    description: Text = "",
    events: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Make a webhook; its secret is shown on the page that comes, this once."""
    said = {"url": url, "description": description, "events": events or []}
    try:
        made = api.make_webhook(WebhookIn.model_validate(said), backend, _principal(reviewer))
    except (ValidationError, ProblemError) as wrong:
        return _list(backend, reviewer, problem=_sentence(wrong), given=said, status=422)
    shown = WebhookSecret.model_validate_json(bytes(made.body))
    return _one(backend, reviewer, shown.id, secret=shown.secret)


@router.get("/{webhook_id}")
def webhook(
    webhook_id: str,
    backend: BackendDep,
    reviewer: Integrator,
    said: Annotated[str, Query(max_length=40)] = "",
    before: Annotated[int | None, Query(ge=0, lt=2**62)] = None,
) -> HTMLResponse:
    return _one(backend, reviewer, webhook_id, flash=flashes.flash(said), before=before)


@router.post("/{webhook_id}/test")
def send_test(webhook_id: str, backend: BackendDep, reviewer: Integrator) -> Response:
    return _done(backend, reviewer, webhook_id, "webhook-tested", webhook_attempts.send_test)


@router.post("/{webhook_id}/rotate")
def rotate(webhook_id: str, backend: BackendDep, reviewer: Integrator) -> Response:
    """The new secret is shown on the page that comes, this once."""
    try:
        fresh = api.rotate_secret(webhook_id, backend, _principal(reviewer))
    except ProblemError as refused:
        raise _missing(reviewer, refused) from None
    return _one(backend, reviewer, webhook_id, secret=fresh.secret)


@router.post("/{webhook_id}/replay")
def send_again(
    webhook_id: str,
    backend: BackendDep,
    reviewer: Integrator,
    track_id: Annotated[str, Form(max_length=40)] = "",
    seq: Annotated[int | None, Form(ge=1, lt=2**31)] = None,
) -> Response:
    """One message and what came after it on the same track; without one, every message that was given up."""
    what = ReplayIn(track_id=track_id, seq=seq) if track_id else ReplayIn(dead_letters=True)

    def work(webhook_id: str, backend: Backend, principal: Principal) -> object:
        return api.replay(webhook_id, what, backend, principal)

    return _done(backend, reviewer, webhook_id, "webhook-replayed", work)


@router.post("/{webhook_id}/state")
def change_state(
    webhook_id: str, backend: BackendDep, reviewer: Integrator, enabled: Annotated[bool, Form()] = False
) -> Response:
    def work(webhook_id: str, backend: Backend, principal: Principal) -> object:
        return api.change_webhook(webhook_id, WebhookPatch(enabled=enabled), backend, principal)

    return _done(backend, reviewer, webhook_id, "webhook-enabled" if enabled else "webhook-disabled", work)


@router.post("/{webhook_id}/remove")
def remove(webhook_id: str, backend: BackendDep, reviewer: Integrator) -> Response:
    try:
        api.remove_webhook(webhook_id, backend, _principal(reviewer))
    except ProblemError as refused:
        raise _missing(reviewer, refused) from None
    return RedirectResponse(HERE, 303)


def _done(backend: Backend, reviewer: Reviewer, webhook_id: str, said: str, work: object) -> Response:
    """Do what the API does, and go back to the page, which says so."""
    try:
        work(webhook_id, backend, _principal(reviewer))  # type: ignore[operator]
    except ProblemError as refused:
        return _one(backend, reviewer, webhook_id, problem=_sentence(refused), status=refused.status_code)
    return RedirectResponse(flashes.address(f"{HERE}/{webhook_id}", said), 303)


def _principal(reviewer: Reviewer) -> Principal:
    """The person as the API knows callers; the page has checked what they may do."""
    scopes = frozenset({Scope.WEBHOOKS})
    return Principal(reviewer.tenant_id, reviewer.id, scopes, actor=reviewer.name, is_person=True)


def _list(
    backend: Backend,
    reviewer: Reviewer,
    *,
    problem: str | None = None,
    given: dict[str, object] | None = None,
    status: int = 200,
) -> HTMLResponse:
    with backend.database.read() as session:
        rows = Webhooks(session).page(reviewer.tenant_id, limit=1000)
    return page(
        "webhooks.html",
        status,
        here=HERE,
        reviewer=reviewer,
        webhooks=rows,
        kinds=list(EventKind),
        problem=problem,
        given=given or {"url": "", "description": "", "events": []},
    )


def _one(
    backend: Backend,
    reviewer: Reviewer,
    webhook_id: str,
    *,
    secret: str | None = None,
    problem: str | None = None,
    flash: flashes.Flash | None = None,
    before: int | None = None,
    status: int = 200,
) -> HTMLResponse:
    with backend.database.read() as session:
        row = Webhooks(session).get(reviewer.tenant_id, webhook_id)
        if row is None:
            raise _missing(reviewer)
        attempts = WebhookAttempts(session).page(row.id, before=before, limit=SHOWN + 1)
        dead = Webhooks(session).dead_letters(row.id, limit=1)
    return page(
        "webhook.html",
        status,
        here=HERE,
        reviewer=reviewer,
        webhook=row,
        attempts=attempts[:SHOWN],
        more=attempts[SHOWN - 1].id if len(attempts) > SHOWN else None,
        dead=bool(dead),
        secret=secret,
        problem=problem,
        flash=flash,
    )


def _sentence(wrong: ValidationError | ProblemError) -> str:
    if isinstance(wrong, ValidationError):
        first = wrong.errors()[0]
        return f"{' '.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}."
    told = "; ".join(f"{error.field.removeprefix('body.')}: {error.message}" for error in wrong.errors)
    return f"{told}." if told else str(wrong.detail)


def _missing(reviewer: Reviewer, refused: ProblemError | None = None) -> Elsewhere:
    text = str(refused.detail) if refused is not None and refused.detail else "There is no such webhook."
    return Elsewhere(page("message.html", 404, title="No such webhook", text=text, reviewer=reviewer))
