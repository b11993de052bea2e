"""``/v1/webhooks/{id}/attempts`` and ``/test``: what was sent to a webhook and what it answered, for its integrator."""

import secrets
import time

import orjson
from fastapi import APIRouter
from limits import RateLimitItemPerMinute
from sqlalchemy.orm import Session

from schemas.pages import Page
from schemas.problems import ProblemType
from schemas.webhooks import AttemptOutcome, WebhookAttempt
from service.api.access import WebhooksOwner
from service.api.backend import Backend, BackendDep
from service.api.bodies import BoundedRoute
from service.api.openapi import problem_responses
from service.api.paging import Cursor, Limit, bad_cursor, checked_cursor, split_page
from service.api.problems import ProblemError, not_found
from service.sealing import CannotOpen
from service.store.clock import utc_now
from service.store.tables.webhooks import WebhookAttemptRow
from service.store.webhook_attempts import WebhookAttempts
from service.store.webhooks import Webhooks
from service.webhooks import sending
from service.webhooks.addresses import networks
from service.webhooks.messages import headers_of, keys_in_force

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=BoundedRoute)

TEST = "webhook.test"
A_MINUTE = RateLimitItemPerMinute(10, namespace="earmark-webhook-tests")
"""Test messages to one webhook: enough to try, too few to bother a stranger with."""

_PROBLEMS = problem_responses(
    ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND, ProblemType.TOO_MANY_REQUESTS
)


@router.get("/{webhook_id}/attempts", summary="List attempts", responses=_PROBLEMS)
def list_attempts(
    webhook_id: str, backend: BackendDep, principal: WebhooksOwner, cursor: Cursor = None, limit: Limit = 100
) -> Page[WebhookAttempt]:
    """Every attempt to send a message of the last days, newest first, with what the receiver answered."""
    after = checked_cursor(cursor)
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise bad_cursor()
    with backend.database.read() as session:
        if Webhooks(session).get(principal.tenant_id, webhook_id) is None:
            raise not_found("webhook")
        found = WebhookAttempts(session).page(webhook_id, before=int(after) if after else None, limit=limit + 1)
        rows, last = split_page(found, limit)
        items = [WebhookAttempt.model_validate(row, from_attributes=True) for row in rows]
        return Page(items=items, next_cursor=str(last.id) if last else None)


@router.post("/{webhook_id}/test", summary="Send a test message", responses=_PROBLEMS)
def send_test(webhook_id: str, backend: BackendDep, principal: WebhooksOwner) -> WebhookAttempt:
    """A message of the type `webhook.test`, signed like any other, is sent at once; the answer tells what came of it.

    It is about no track, is not tried again and changes nothing, so that it may be sent to a disabled webhook too.
    """
    return test_message(backend, principal.tenant_id, webhook_id)


def test_message(backend: Backend, tenant_id: str, webhook_id: str) -> WebhookAttempt:
    """Send it and note what came of it. Raises a problem where there is no such webhook, or after too many."""
    now = utc_now()
    with backend.database.read() as session:
        webhook = Webhooks(session).get(tenant_id, webhook_id)
    if webhook is None:
        raise not_found("webhook")
    if not backend.limits.hit(A_MINUTE, webhook_id):
        raise ProblemError(
            ProblemType.TOO_MANY_REQUESTS,
            f"You may send {A_MINUTE.amount} test messages a minute.",
            headers={"Retry-After": "60"},
        )
    identity = f"msg_test_{secrets.token_hex(12)}"
    body = orjson.dumps({"type": TEST, "timestamp": now.isoformat(), "data": {"webhook_id": webhook_id}})
    settings, began = backend.settings, time.monotonic()
    status = error = None
    try:
        answer = sending.post(
            webhook.url,
            body,
            headers_of(identity, body, keys_in_force(webhook, backend.seal.open, now), now),
            timeout_s=settings.webhook_timeout_s,
            allow_http=settings.webhook_allow_http,
            allowed=networks(settings.webhook_allowed_networks),
        )
        status = answer.status
        error = None if answer.taken else f"it answered {answer.status}"
    except (sending.NotSent, CannotOpen) as not_sent:
        error = str(not_sent)
    took_s = time.monotonic() - began

    def note(session: Session) -> WebhookAttemptRow:
        if Webhooks(session).get(tenant_id, webhook_id) is None:
            raise not_found("webhook")
        return WebhookAttempts(session).add(
            webhook_id,
            message_id=identity,
            type=TEST,
            outcome=AttemptOutcome.NOT_TAKEN if error else AttemptOutcome.TAKEN,
            status=status,
            error=error,
            took_s=took_s,
            now=now,
        )

    return WebhookAttempt.model_validate(backend.database.attempt(note), from_attributes=True)
