"""``/v1/webhooks``: who is told what happens to a tenant's tracks."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import Response
from sqlalchemy.orm import Session

from schemas.pages import Page
from schemas.problems import FieldError, ProblemType
from schemas.webhooks import DeadLetter, ReplayIn, ReplayOut, WebhookIn, WebhookOut, WebhookPatch, WebhookSecret
from service.api.access import WebhooksOwner
from service.api.backend import BackendDep
from service.api.bodies import BoundedRoute
from service.api.once import IdempotencyKey, Once
from service.api.openapi import problem_responses
from service.api.paging import Cursor, Limit, bad_cursor, checked_cursor, split_page
from service.api.problems import ProblemError, not_found
from service.settings import Settings
from service.store.clock import utc_now
from service.store.tables.webhooks import DisabledBecause, Webhook
from service.store.tracks import Tracks
from service.store.webhooks import Webhooks
from service.webhooks.addresses import fault_of_host, fault_of_url, networks
from service.webhooks.messages import message_id, new_secret

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=BoundedRoute)

_READ = problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND)
_CHANGE = problem_responses(
    ProblemType.MALFORMED_BODY,
    ProblemType.UNAUTHENTICATED,
    ProblemType.MISSING_SCOPE,
    ProblemType.NOT_FOUND,
    ProblemType.INVALID_REQUEST,
)


@router.post(
    "",
    status_code=201,
    summary="Make a webhook",
    response_model=WebhookSecret,
    responses=_CHANGE | problem_responses(ProblemType.NOT_NOW, ProblemType.KEY_REUSED, ProblemType.INVALID_REQUEST),
)
def make_webhook(
    wanted: Annotated[WebhookIn, Body(examples=[{"url": "https://example.com/earmark", "events": ["track.labelled"]}])],
    backend: BackendDep,
    principal: WebhooksOwner,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The webhook is told of everything that happens from now on, in order per track, at least once.

    `secret` is shown this once: with it the receiver checks the signature of every message (Standard Webhooks).
    """
    _check_url(wanted.url, backend.settings)
    once = Once.reserve(backend, principal.tenant_id, idempotency_key)
    secret = new_secret()

    def work(session: Session) -> WebhookSecret:
        webhooks = Webhooks(session)
        if webhooks.count(principal.tenant_id) >= backend.settings.webhooks_per_tenant:
            at_most = backend.settings.webhooks_per_tenant
            raise ProblemError(ProblemType.NOT_NOW, f"You have {at_most} webhooks already, which is the most.")
        webhook = webhooks.add(
            principal.tenant_id,
            url=wanted.url,
            description=wanted.description,
            events=wanted.events,
            secret=backend.seal.close(secret),
            now=utc_now(),
        )
        return WebhookSecret(**_shown(webhook).model_dump(), secret=secret)

    content = {
        "operation": "POST /v1/webhooks",
        "webhook": {**wanted.model_dump(mode="json"), "events": _sorted(wanted)},
    }
    return once.answer(content, 201, work, lambda body: {"Location": f"/v1/webhooks/{body['id']}"})


@router.get("", summary="List webhooks", responses=problem_responses(ProblemType.UNAUTHENTICATED))
def list_webhooks(
    backend: BackendDep, principal: WebhooksOwner, cursor: Cursor = None, limit: Limit = 100
) -> Page[WebhookOut]:
    """The tenant's webhooks, oldest first, with how they fare. Secrets are not shown."""
    after = checked_cursor(cursor) or ""
    with backend.database.read() as session:
        rows, last = split_page(Webhooks(session).page(principal.tenant_id, after=after, limit=limit + 1), limit)
        return Page(items=[_shown(row) for row in rows], next_cursor=last.id if last else None)


@router.get("/{webhook_id}", summary="Read a webhook", responses=_READ)
def read_webhook(webhook_id: str, backend: BackendDep, principal: WebhooksOwner) -> WebhookOut:
    """Where it leads, what it is told of, and how it fares."""
    with backend.database.read() as session:
        return _shown(_found(Webhooks(session).get(principal.tenant_id, webhook_id)))


@router.patch("/{webhook_id}", summary="Change a webhook", responses=_CHANGE)
def change_webhook(
    webhook_id: str,
    change: Annotated[WebhookPatch, Body(examples=[{"enabled": False}])],
    backend: BackendDep,
    principal: WebhooksOwner,
) -> WebhookOut:
    """Change its address, what it is told of, or whether it is told at all."""
    if change.url is not None:
        _check_url(change.url, backend.settings)

    def work(session: Session) -> WebhookOut:
        webhooks = Webhooks(session)
        webhook = _found(webhooks.get(principal.tenant_id, webhook_id, lock=True))
        if change.url is not None:
            webhook.url = change.url
        if change.description is not None:
            webhook.description = change.description
        if change.events is not None:
            webhook.events = sorted(kind.value for kind in change.events)
        if change.enabled is True:
            webhooks.enable(webhook)
        elif change.enabled is False:
            webhooks.disable(webhook, DisabledBecause.ASKED, utc_now())
        return _shown(webhook)

    return backend.database.attempt(work)


@router.delete("/{webhook_id}", status_code=204, summary="Remove a webhook", responses=_READ)
def remove_webhook(webhook_id: str, backend: BackendDep, principal: WebhooksOwner) -> None:
    """It is told nothing more, and what was not delivered to it is forgotten."""

    def work(session: Session) -> None:
        webhooks = Webhooks(session)
        webhooks.remove(_found(webhooks.get(principal.tenant_id, webhook_id, lock=True)))

    backend.database.attempt(work)


@router.post("/{webhook_id}/rotate", summary="Give a webhook a new secret", responses=_READ)
def rotate_secret(webhook_id: str, backend: BackendDep, principal: WebhooksOwner) -> WebhookSecret:
    """The new secret is shown this once. For a day messages carry a signature of the one before as well."""
    keep = timedelta(seconds=backend.settings.webhook_secret_overlap_s)
    secret = new_secret()

    def work(session: Session) -> WebhookSecret:
        webhooks = Webhooks(session)
        webhook = _found(webhooks.get(principal.tenant_id, webhook_id, lock=True))
        webhooks.rotate(webhook, backend.seal.close(secret), keep=keep, now=utc_now())
        return WebhookSecret(**_shown(webhook).model_dump(), secret=secret)

    return backend.database.attempt(work)


@router.get("/{webhook_id}/dead-letters", summary="List messages that were given up", responses=_READ)
def list_dead_letters(
    webhook_id: str, backend: BackendDep, principal: WebhooksOwner, cursor: Cursor = None, limit: Limit = 100
) -> Page[DeadLetter]:
    """Messages that the webhook did not take in any attempt. A replay sends them again."""
    after = _position(checked_cursor(cursor))
    with backend.database.read() as session:
        webhooks = Webhooks(session)
        webhook = _found(webhooks.get(principal.tenant_id, webhook_id))
        rows, last = split_page(webhooks.dead_letters(webhook.id, after=after, limit=limit + 1), limit)
    items = [
        DeadLetter(
            message_id=message_id(letter.track_id, letter.seq),
            track_id=letter.track_id,
            seq=letter.seq,
            type=event.kind,
            attempts=letter.attempts,
            error=letter.error,
            at=letter.at,
        )
        for letter, event in rows
    ]
    return Page(items=items, next_cursor=f"{last[0].track_id}_{last[0].seq}" if last else None)


@router.post("/{webhook_id}/replay", status_code=202, summary="Send messages again", responses=_CHANGE)
def replay(
    webhook_id: str,
    what: Annotated[ReplayIn, Body(examples=[{"dead_letters": True}])],
    backend: BackendDep,
    principal: WebhooksOwner,
) -> ReplayOut:
    """From the first message that is meant on, each track's messages are sent again in order, under their old ids.
    `track_id` with `seq` begins at one message."""

    def work(session: Session) -> ReplayOut:
        webhooks = Webhooks(session)
        webhook = _found(webhooks.get(principal.tenant_id, webhook_id, lock=True))
        if webhook.disabled_at is not None:
            raise ProblemError(ProblemType.NOT_NOW, "The webhook is disabled. Enable it first.")
        if what.track_id is not None and Tracks(session).get(principal.tenant_id, what.track_id) is None:
            raise not_found("track")
        webhook.quiet_until = None
        tracks = webhooks.replay(
            webhook,
            utc_now(),
            since=what.since,
            track_id=what.track_id,
            seq=what.seq or 1,
            dead_letters=what.dead_letters,
        )
        return ReplayOut(tracks=tracks)

    return backend.database.attempt(work)


def _check_url(url: str, settings: Settings) -> None:
    """What can be told without asking anybody; what the name leads to is checked at every sending."""
    fault = fault_of_url(url, allow_http=settings.webhook_allow_http) or fault_of_host(
        url, networks(settings.webhook_allowed_networks)
    )
    if fault:
        raise ProblemError(
            ProblemType.INVALID_REQUEST, errors=[FieldError(field="body.url", pointer="/url", message=fault)]
        )


def _found(webhook: Webhook | None) -> Webhook:
    if webhook is None:
        raise not_found("webhook")
    return webhook


def _shown(webhook: Webhook) -> WebhookOut:
    return WebhookOut(
        id=webhook.id,
        url=webhook.url,
        events=webhook.events,
        description=webhook.description,
        enabled=webhook.disabled_at is None,
        created_at=webhook.created_at,
        disabled_at=webhook.disabled_at,
        disabled_because=webhook.disabled_because,
        failures=webhook.failures,
        last_error=webhook.last_error,
        quiet_until=webhook.quiet_until,
    )


def _sorted(wanted: WebhookIn) -> list[str]:
    return sorted(kind.value for kind in wanted.events)


def _position(cursor: str | None) -> tuple[str, int]:
    track_id, _, seq = (cursor or "_0").rpartition("_")
    if not seq.isdigit() or len(seq) > 9:
        raise bad_cursor()
    return track_id, int(seq)
