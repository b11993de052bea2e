"""From a track's log to those who want to be told: one message after the other, each track in its order."""

import random
import time
from datetime import timedelta
from typing import NamedTuple

import structlog
from sqlalchemy.orm import Session

from schemas.webhooks import AttemptOutcome
from service.sealing import CannotOpen
from service.store.clock import utc_now
from service.store.jobs import ClaimedJob, Jobs
from service.store.webhook_attempts import WebhookAttempts
from service.store.webhooks import NextMessage, Webhooks, told
from service.webhooks import sending
from service.webhooks.addresses import networks
from service.webhooks.messages import body_of, headers_of, keys_of, message_id
from service.webhooks.schedule import pause_after, pauses, quiet_for
from service.webhooks.sending import Answer, NotSent
from workers.figures import WEBHOOKS
from workers.lifecycle import Context
from workers.policy_owner import is_for_owner, tell_owner

TURN_S = 3.0
"""How long one track's messages are sent before others have their turn."""

GONE = 410


class Sent(NamedTuple):
    """What an attempt met: the status of the answer, if one came, and how long it took."""

    status: int | None
    took_s: float


log = structlog.get_logger(__name__)


def notify(context: Context, job: ClaimedJob) -> None:
    """Tell a webhook what is new of a track, as far as it takes it.

    At least once: a message that was taken is sent again where the worker dies before it is noted, under the same id.
    A message that is not taken is tried again later, and what comes after it waits; after the last attempt it is a
    dead letter, and the next one's turn comes. That a stranger's server fails is no failure of the job.
    """
    if is_for_owner(job.subject_id):
        tell_owner(context, job)
        return
    webhook_id, track_id = told(job.subject_id)
    began = time.monotonic()
    while time.monotonic() - began < TURN_S:
        with context.database.read() as session:
            message = Webhooks(session).next_message(webhook_id, track_id)
        if message is None:
            context.database.attempt(lambda session: Jobs(session).finish(job.id, job.token))
            return
        now = utc_now()
        wait_until = max(filter(None, (message.retry_at, message.webhook.quiet_until)), default=now)
        if wait_until > now:
            later = wait_until + timedelta(seconds=random.random())
            context.database.attempt(lambda session: Jobs(session).postpone(job.id, job.token, later))  # noqa: B023
            return
        if not _tell(context, job, message):
            return
    context.database.attempt(lambda session: Jobs(session).postpone(job.id, job.token, utc_now()))


def _tell(context: Context, job: ClaimedJob, message: NextMessage) -> bool:
    """Send one message and note what came of it; whether it was taken."""
    began = time.monotonic()
    try:
        answer = _send(context, message)
    except NotSent as error:
        _not_taken(context, job, message, str(error), None, Sent(None, time.monotonic() - began))
        return False
    sent = Sent(answer.status, time.monotonic() - began)
    if answer.taken:
        WEBHOOKS.labels("taken").inc()
        context.database.attempt(lambda session: _taken(session, job, message, sent))
        return True
    if answer.status == GONE:
        WEBHOOKS.labels("gone").inc()
        context.database.attempt(lambda session: _gone(session, job, message, sent))
        log.info("webhook disabled, it is gone", webhook=message.webhook.id, track=message.track.id)
        return False
    error = f"it answered {answer.status}"
    if 300 <= answer.status < 400:
        error += ", a redirect, which is not followed"
    _not_taken(context, job, message, error, answer.retry_after_s, sent)
    return False


def _send(context: Context, message: NextMessage) -> Answer:
    settings, now = context.settings, utc_now()
    try:
        keys = keys_of(message, context.seal.open, now)
    except CannotOpen as why:
        raise NotSent(f"its secret cannot be read: {why}") from why
    body = body_of(message)
    identity = message_id(message.track.id, message.event.seq)
    return sending.post(
        message.webhook.url,
        body,
        headers_of(identity, body, keys, now),
        timeout_s=settings.webhook_timeout_s,
        allow_http=settings.webhook_allow_http,
        allowed=networks(settings.webhook_allowed_networks),
    )


def _taken(session: Session, job: ClaimedJob, message: NextMessage, sent: Sent) -> None:
    """Written under the job's token: of two workers that sent it, one may say so."""
    Jobs(session).confirm(job.id, job.token)
    Webhooks(session).taken(message)
    _note(session, message, AttemptOutcome.TAKEN, sent)


def _gone(session: Session, job: ClaimedJob, message: NextMessage, sent: Sent) -> None:
    Jobs(session).finish(job.id, job.token)
    Webhooks(session).gone(message, utc_now())
    _note(session, message, AttemptOutcome.GONE, sent, "it answered 410 Gone")


def _note(
    session: Session, message: NextMessage, outcome: AttemptOutcome, sent: Sent, error: str | None = None
) -> None:
    WebhookAttempts(session).add(
        message.webhook.id,
        message_id=message_id(message.track.id, message.event.seq),
        type=message.event.kind.value,
        track_id=message.track.id,
        seq=message.event.seq,
        outcome=outcome,
        status=sent.status,
        error=error,
        took_s=sent.took_s,
        now=utc_now(),
    )


def _not_taken(
    context: Context, job: ClaimedJob, message: NextMessage, error: str, asked_s: float | None, sent: Sent
) -> None:
    schedule = pauses(context.settings.webhook_retry_s)
    pause_s = pause_after(message.attempts + 1, schedule, random.random(), asked_s)
    quiet_s = quiet_for(message.webhook.failures + 1, schedule, random.random())
    WEBHOOKS.labels("dead" if pause_s is None else "not_taken").inc()
    log.warning(
        "webhook message not taken",
        webhook=message.webhook.id,
        track=message.track.id,
        seq=message.event.seq,
        attempt=message.attempts + 1,
        error=error,
        dead=pause_s is None,
    )

    def note(session: Session) -> None:
        now = utc_now()
        retry_at = None if pause_s is None else now + timedelta(seconds=pause_s)
        quiet_until = now + timedelta(seconds=quiet_s)
        Jobs(session).postpone(job.id, job.token, retry_at or quiet_until)
        Webhooks(session).not_taken(message, error, retry_at=retry_at, quiet_until=quiet_until, now=now)
        outcome = AttemptOutcome.DEAD if retry_at is None else AttemptOutcome.NOT_TAKEN
        _note(session, message, outcome, sent, error)

    context.database.attempt(note)
