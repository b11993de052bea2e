"""Webhooks as the API takes and shows them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from schemas.events import EventKind


class WebhookEvent(BaseModel):
    """What a message is about: one entry of a track's log."""

    track_id: str
    seq: int = Field(description="Place in the track's log, from 1, without gaps.")
    revision: int
    client_reference: str | None = Field(description="The sender's own reference, if there is one.")
    details: dict[str, Any] = Field(description="Particulars, by type, as in the track's log.")


class WebhookMessage(BaseModel):
    """The body of a message, by the Standard Webhooks rules."""

    type: EventKind
    timestamp: AwareDatetime = Field(description="When it happened.")
    data: WebhookEvent


class WebhookIn(BaseModel):
    """A new webhook."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    url: str = Field(max_length=2000, description="Where messages are sent by POST. https, on a public address.")
    events: set[EventKind] = Field(default=set(), description="Kinds of events to be told of; empty: all of them.")
    description: str = Field(default="", max_length=500, description="What it is for, in your words.")


class WebhookPatch(BaseModel):
    """What changes of a webhook; what is left out stays."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    url: str | None = Field(default=None, max_length=2000)
    events: set[EventKind] | None = None
    description: str | None = Field(default=None, max_length=500)
    enabled: bool | None = Field(
        default=None, description="True after a 410 as well. Ask for a replay of what it missed."
    )


class WebhookOut(BaseModel):
    """A webhook as it stands."""

    id: str
    url: str
    events: list[EventKind] = Field(description="Empty: all.")
    description: str
    enabled: bool
    created_at: datetime
    disabled_at: datetime | None = Field(description="Since when it is told nothing.")
    disabled_because: str | None = Field(description="`asked` by you, or `gone`: it answered 410.")
    failures: int = Field(description="Attempts in a row that failed, over all tracks.")
    last_error: str | None = Field(description="Why the last of them failed.")
    quiet_until: datetime | None = Field(description="It is left alone until then, as it failed.")


class WebhookSecret(WebhookOut):
    """A webhook with its secret, which is shown this once."""

    secret: str = Field(description="Key of the signatures, by the Standard Webhooks rules.")


class DeadLetter(BaseModel):
    """A message that was given up."""

    message_id: str = Field(description="Its webhook-id.")
    track_id: str
    seq: int = Field(description="The event's place in the track's log.")
    type: EventKind
    attempts: int
    error: str = Field(description="Why the last attempt failed.")
    at: datetime = Field(description="When it was given up.")


class AttemptOutcome(StrEnum):
    """What came of an attempt to send a message. ``dead`` was the last one; after ``gone`` the webhook is disabled."""

    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    DEAD = "dead"
    GONE = "gone"


class WebhookAttempt(BaseModel):
    """One attempt to send a message, and what the receiver answered."""

    id: int
    message_id: str = Field(description="Its webhook-id, the same for every attempt.")
    type: str = Field(description="The message's type; `webhook.test` for one that was sent as a test.")
    track_id: str | None = Field(description="The track that it is about.")
    seq: int | None = Field(description="The event's place in the track's log.")
    outcome: AttemptOutcome
    status: int | None = Field(description="What the receiver answered; null: nothing.")
    error: str | None = Field(description="Why it was not taken.")
    took_ms: int = Field(description="From the first packet to the end of the answer.")
    at: datetime


class ReplayIn(BaseModel):
    """What to send again: exactly one of since, track_id and dead_letters."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime | None = Field(default=None, description="Events from this moment on.")
    track_id: str | None = Field(default=None, max_length=40, description="The whole log of one track.")
    seq: int | None = Field(
        default=None, ge=1, lt=2**31, description="With track_id: from this place in its log on, such as one message's."
    )
    dead_letters: bool = Field(default=False, description="From each track's first dead letter on.")

    @model_validator(mode="after")
    def _exactly_one(self) -> "ReplayIn":
        if sum((self.since is not None, self.track_id is not None, self.dead_letters)) != 1:
            raise ValueError("name exactly one of since, track_id and dead_letters")
        if self.seq is not None and self.track_id is None:
            raise ValueError("seq needs track_id")
        return self


class ReplayOut(BaseModel):
    """What will be sent again."""

    tracks: int = Field(description="How many tracks; at most 10,000. Ask again with a later moment for the rest.")
