"""The policy owner is told of a lowered rule: once written down, nothing loses the message."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import update

from schemas.verdict import Action
from service.settings import Settings
from service.store.brakes import Brakes
from service.store.clock import utc_now
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind, JobState
from service.store.tables.policy import RuleBrake
from service.webhooks.messages import new_secret
from service.webhooks.policy_owner import pause_s
from tests.receiver import Receiver
from tests.workers.test_braking import Service, busy
from workers.braking import look
from workers.ledger import work_through
from workers.lifecycle import Context
from workers.notify import notify
from workers.policy_owner import owner_subject

SECRET = new_secret()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


@pytest.fixture
def context(database_url: str, tmp_path: Path, receiver: Receiver) -> Iterator[Context]:
    opened = Context(
        Settings(
            data_dir=tmp_path,
            database_url=database_url,
            policy_owner_url=receiver.url,
            policy_owner_secret=SecretStr(SECRET),
            webhook_allow_http=True,
            webhook_allowed_networks="127.0.0.1/32",
            webhook_timeout_s=0.5,
            _env_file=None,
        )
    )
    yield opened
    opened.close()


def lower(context: Context) -> RuleBrake:
    now = utc_now()
    rules = busy()
    Service(context.database).judge(rules, 6, tier="verified", at=now - timedelta(hours=1))
    assert len(look(context.database, rules, now)) == 1
    return brake(context)


def brake(context: Context) -> RuleBrake:
    with context.database.read() as session:
        [held] = Brakes(session).engaged()
        return held


def job_state(context: Context, held: RuleBrake) -> JobState | None:
    with context.database.read() as session:
        job = Jobs(session).of(JobKind.NOTIFY, owner_subject(held.id))
        return job.state if job else None


def run(context: Context) -> None:
    work_through(context, JobKind.NOTIFY, notify, batch=1)


def test_the_message_is_owed_from_the_moment_the_rule_is_lowered(context: Context) -> None:
    held = lower(context)
    assert job_state(context, held) is JobState.PENDING
    assert held.told_at is None


def test_one_signed_message_says_which_rule_was_lowered_and_names_no_sender(
    context: Context, receiver: Receiver
) -> None:
    held = lower(context)
    run(context)
    run(context)
    [received] = receiver.seen
    message = received.verified(SECRET)
    assert message["type"] == "rule.lowered"
    data = message["data"]
    assert (data["rule"], data["acted_as"], data["lowered_to"], data["good_senders"]) == ("busy", "hold", "queue", 6)
    assert "verified 0" not in received.body.decode()
    assert brake(context).told_at is not None
    assert job_state(context, held) is not JobState.PENDING


def test_what_is_not_taken_is_sent_again_later(context: Context, receiver: Receiver) -> None:
    held = lower(context)
    receiver.answer = lambda _: (503, {})
    run(context)
    assert (brake(context).told_at, job_state(context, held)) == (None, JobState.PENDING)
    receiver.answer = lambda _: (204, {})
    with context.database.write() as session:
        Jobs(session).enqueue(JobKind.NOTIFY, owner_subject(held.id), now=utc_now() - timedelta(minutes=1))
    run(context)
    assert brake(context).told_at is not None
    assert len({received.id for received in receiver.seen}) == 1


def test_the_pause_grows_with_the_wait_and_ends_after_a_week() -> None:
    now = utc_now()
    held = RuleBrake(rule="busy", acted_as=Action.HOLD, lowered_to=Action.QUEUE, engaged_at=now)
    assert pause_s(held, now) == 10
    assert pause_s(held, now + timedelta(minutes=5)) == 300
    assert pause_s(held, now + timedelta(days=2)) == 3600
    assert pause_s(held, now + timedelta(days=8)) is None


def test_without_an_address_the_brake_is_listed_and_the_job_ends(context: Context, receiver: Receiver) -> None:
    held = lower(context)
    context.settings = context.settings.model_copy(update={"policy_owner_url": None})
    run(context)
    assert receiver.seen == []
    assert (brake(context).told_at, job_state(context, held) is JobState.PENDING) == (None, False)


def test_who_took_it_before_the_worker_died_is_not_asked_again(context: Context, receiver: Receiver) -> None:
    held = lower(context)
    with context.database.write() as session:
        session.execute(update(RuleBrake).values(told_at=utc_now()))
    run(context)
    assert receiver.seen == []
    assert job_state(context, held) is not JobState.PENDING


@pytest.mark.parametrize("secret", ["", "secret", "whsec_", "whsec_!!", "whsec_c2hvcnQ="])
def test_what_is_no_key_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(ValidationError, match="policy_owner_secret") as refused:
        Settings(policy_owner_secret=secret, _env_file=None)
    assert "at least 24 random bytes" in str(refused.value)
