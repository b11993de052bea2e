"""What a webhook is told: an event of a track's log as a message, signed by the Standard Webhooks rules.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

import orjson
from standardwebhooks import Webhook as Signer

from schemas.webhooks import WebhookEvent, WebhookMessage
from service.store.tables.webhooks import Webhook
from service.store.webhooks import NextMessage

PREFIX = "whsec_"


def new_secret() -> str:
    """A fresh key: 256 bits of the system's randomness, written as the rules say."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def message_id(track_id: str, seq: int) -> str:
    """The same for every attempt and every replay of one event, so that a receiver can tell what it has."""
    return f"msg_{track_id.partition('_')[2]}_{seq}"


def body_of(message: NextMessage) -> bytes:
    """The message as JSON: type, moment, and what happened."""
    event = message.event
    about = WebhookEvent(
        track_id=event.track_id,
        seq=event.seq,
        revision=event.revision,
        client_reference=message.track.client_reference,
        details=event.data,
    )
    document = WebhookMessage(type=event.kind, timestamp=event.at, data=about)
    return orjson.dumps(document.model_dump(mode="json"))


def headers_of(identity: str, body: bytes, keys: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers that make it believable: its id, the moment of sending, one signature for each key in force.

    :param now: in UTC
    """
    return {
        "content-type": "application/json",
        "user-agent": "Earmark-Webhooks/1",
        "webhook-id": identity,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Signer(key).sign(identity, now, body.decode()) for key in keys),
    }


def keys_of(message: NextMessage, unsealed: Callable[[str], str], now: datetime) -> list[str]:
    """The keys that sign a message."""
    return keys_in_force(message.webhook, unsealed, now)


def keys_in_force(webhook: Webhook, unsealed: Callable[[str], str], now: datetime) -> list[str]:
    """The webhook's key, and the one before as long as it is kept; stored they are sealed."""
    kept = webhook.previous_until is not None and webhook.previous_until > now
    stored = [webhook.secret, *([webhook.previous_secret] if kept and webhook.previous_secret else [])]
    return [unsealed(key) for key in stored]
