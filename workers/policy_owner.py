"""The policy owner is told that a rule was lowered. The work is noted in the transaction that lowers it."""

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from service.store.brakes import Brakes
from service.store.clock import utc_now
from service.store.jobs import ClaimedJob, Jobs
from service.store.tables.policy import RuleBrake
from service.webhooks import sending
from service.webhooks.addresses import networks
from service.webhooks.messages import headers_of
from service.webhooks.policy_owner import body_of, message_id, pause_s
from workers.lifecycle import Context

_OWNER = "policy-owner/"

log = structlog.get_logger(__name__)


def owner_subject(brake_id: int) -> str:
    """The subject of the job that tells of a brake."""
    return f"{_OWNER}{brake_id}"


def is_for_owner(subject_id: str) -> bool:
    return subject_id.startswith(_OWNER)


def tell_owner(context: Context, job: ClaimedJob) -> None:
    """Send the message until it is taken, for a week. Without an address the brake is shown in the lists alone."""
    brake_id = int(job.subject_id.removeprefix(_OWNER))
    with context.database.read() as session:
        brake = session.get(RuleBrake, brake_id)
    url, secret = context.settings.policy_owner_url, context.settings.policy_owner_secret
    if brake is None or brake.told_at is not None or not url or secret is None:
        context.database.attempt(lambda session: Jobs(session).finish(job.id, job.token))
        return
    if error := _send(context, brake, url, secret.get_secret_value()):
        _later(context, job, brake, error)
        return

    def told(session: Session) -> None:
        Jobs(session).finish(job.id, job.token)
        Brakes(session).told(brake_id, utc_now())

    context.database.attempt(told)


def _send(context: Context, brake: RuleBrake, url: str, secret: str) -> str | None:
    """What went wrong; nothing where it was taken."""
    settings, now, body, identity = context.settings, utc_now(), body_of(brake), message_id(brake)
    try:
        answer = sending.post(
            url,
            body,
            headers_of(identity, body, [secret], now),
            timeout_s=settings.webhook_timeout_s,
            allow_http=settings.webhook_allow_http,
            allowed=networks(settings.webhook_allowed_networks),
        )
    except sending.NotSent as error:
        return str(error)
    return None if answer.taken else f"it answered {answer.status}"


def _later(context: Context, job: ClaimedJob, brake: RuleBrake, error: str) -> None:
    pause = pause_s(brake, utc_now())
    log.warning("policy owner not told", rule=brake.rule, error=error, given_up=pause is None)
    if pause is None:
        context.database.attempt(lambda session: Jobs(session).finish(job.id, job.token))
        return
    until = utc_now() + timedelta(seconds=pause)
    context.database.attempt(lambda session: Jobs(session).postpone(job.id, job.token, until))
