"""A receiver that takes, fails, hangs, leads elsewhere or is gone: each ends as docs/webhooks.md says."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import update

from schemas.events import EventKind
from service.sealing import Seal
from service.settings import Settings
from service.store.clock import utc_now
from service.store.events import Events
from service.store.jobs import Jobs
from service.store.tables.jobs import Job, JobKind, JobState
from service.store.tables.webhooks import DisabledBecause, Webhook, WebhookProgress
from service.store.tenants import Tenants
from service.store.webhooks import Webhooks, subject
from service.webhooks.messages import new_secret
from tests.receiver import Received, Receiver
from tests.sounds import tone, write_audio
from tests.waiting import until
from tests.workers.conftest import deliver_to
from workers.ledger import work_through
from workers.lifecycle import Context
from workers.notify import notify

SECRET = new_secret()


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[Context]:
    """Retries within a test's patience: two pauses, so three attempts."""
    settings = Settings(
        data_dir=tmp_path,
        database_url=database_url,
        webhook_allow_http=True,
        webhook_allowed_networks="127.0.0.1/32",
        webhook_retry_s="0.05,0.05",
        webhook_timeout_s=0.5,
    )
    opened = Context(settings)
    yield opened
    opened.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    return write_audio(tmp_path / "a.wav", tone(0.2))


def subscribe(context: Context, url: str, *events: EventKind) -> str:
    with context.database.write() as session:
        tenant = Tenants(session).ensure("label", utc_now())
        return Webhooks(session).add(tenant.id, url=url, description="", events=events, secret=SECRET, now=utc_now()).id


def happen(context: Context, track_id: str, *kinds: EventKind) -> None:
    for kind in kinds:
        with context.database.write() as session:
            Events(session).append(track_id, kind, utc_now(), {"about": kind.value})


def webhook_of(context: Context, webhook_id: str) -> Webhook:
    with context.database.read() as session:
        found = session.get(Webhook, webhook_id)
        assert found is not None
        return found


def run(context: Context) -> None:
    work_through(context, JobKind.NOTIFY, notify, batch=1)


def settled(context: Context) -> bool:
    """Send what is due; whether nothing is left to be sent, now or later."""
    run(context)
    with context.database.read() as session:
        pending = Jobs(session).first_due(JobKind.NOTIFY)
    return pending is None


def dead_letters(context: Context, webhook_id: str) -> list[tuple[int, int, str]]:
    with context.database.read() as session:
        return [(letter.seq, letter.attempts, letter.error) for letter, _ in Webhooks(session).dead_letters(webhook_id)]


def test_what_happens_is_told_in_order_under_a_signature_that_verifies(
    context: Context, receiver: Receiver, audio: Path
) -> None:
    subscribe(context, receiver.url)
    track_id = deliver_to(context, audio, client_reference="order 4711")
    happen(context, track_id, EventKind.ANALYSED, EventKind.DECIDED)
    run(context)
    contents = [received.verified(SECRET) for received in receiver.taken]
    assert [content["type"] for content in contents] == ["track.received", "track.analysed", "track.decided"]
    assert [content["data"]["seq"] for content in contents] == [1, 2, 3]
    assert contents[2]["data"]["track_id"] == track_id
    assert contents[2]["data"]["client_reference"] == "order 4711"
    assert contents[2]["data"]["details"] == {"about": "track.decided"}
    assert len({received.id for received in receiver.taken}) == 3


def test_a_webhook_is_told_of_its_tenants_tracks_and_its_kinds_of_events_alone(
    context: Context, receiver: Receiver, audio: Path
) -> None:
    subscribe(context, receiver.url, EventKind.DECIDED)
    with context.database.write() as session:
        stranger = Tenants(session).ensure("somebody else", utc_now())
        Webhooks(session).add(stranger.id, url=receiver.url, description="", events=[], secret=SECRET, now=utc_now())
    track_id = deliver_to(context, audio)
    happen(context, track_id, EventKind.ANALYSED, EventKind.DECIDED, EventKind.REVISED)
    run(context)
    assert [received.content["type"] for received in receiver.seen] == ["track.decided"]


def test_what_happened_before_there_was_a_webhook_is_told_by_a_replay_alone(
    context: Context, receiver: Receiver, audio: Path
) -> None:
    track_id = deliver_to(context, audio)
    webhook_id = subscribe(context, receiver.url)
    happen(context, track_id, EventKind.DECIDED)
    run(context)
    assert [received.content["data"]["seq"] for received in receiver.seen] == [2]
    with context.database.write() as session:
        webhook = session.get(Webhook, webhook_id)
        assert webhook is not None
        assert Webhooks(session).replay(webhook, utc_now(), track_id=track_id) == 1
    run(context)
    assert [received.content["data"]["seq"] for received in receiver.seen] == [2, 1, 2]
    assert receiver.seen[0].id == receiver.seen[2].id, "the same event has the same id"


def test_a_receiver_that_fails_is_asked_again_and_the_order_of_a_track_is_kept(
    context: Context, receiver: Receiver, audio: Path
) -> None:
    fails = iter([500, 503])
    receiver.answer = lambda _: (next(fails, 200), {})
    webhook_id = subscribe(context, receiver.url)
    track_id = deliver_to(context, audio)
    happen(context, track_id, EventKind.DECIDED)
    until(lambda: settled(context), "everything is sent")
    assert [received.content["data"]["seq"] for received in receiver.seen] == [1, 1, 1, 2]
    assert len({received.id for received in receiver.seen[:3]}) == 1
    assert {received.body for received in receiver.seen[:3]} == {receiver.seen[0].body}
    webhook = webhook_of(context, webhook_id)
    assert (webhook.failures, webhook.last_error, webhook.quiet_until) == (0, None, None)
    assert dead_letters(context, webhook_id) == []


def test_a_message_that_is_never_taken_becomes_a_dead_letter_and_the_next_has_its_turn(
    context: Context, receiver: Receiver, audio: Path
) -> None:
    def no_first(received: Received) -> tuple[int, dict[str, str]]:
        return (500 if received.content["data"]["seq"] == 1 else 200), {}

    receiver.answer = no_first
    webhook_id = subscribe(context, receiver.url)
    track_id = deliver_to(context, audio)
    happen(context, track_id, EventKind.DECIDED)
    until(lambda: settled(context), "everything is sent or given up")
    assert [received.content["data"]["seq"] for received in receiver.seen] == [1, 1, 1, 2]
    assert dead_letters(context, webhook_id) == [(1, 3, "it answered 500")]

    receiver.answer = lambda _: (200, {})
    with context.database.write() as session:
        webhook = session.get(Webhook, webhook_id)
        assert webhook is not None
        Webhooks(session).replay(webhook, utc_now(), dead_letters=True)
    until(lambda: settled(context), "the dead letter is sent")
    assert [received.content["data"]["seq"] for received in receiver.taken] == [2, 1, 2]
    assert dead_letters(context, webhook_id) == []


def test_a_receiver_that_hangs_is_left_alone_for_a_while_and_costs_one_wait_not_one_for_each_track(
    context: Context, receiver: Receiver, audio: Path
) -> None:
    patient = Context(context.settings.model_copy(update={"webhook_retry_s": "60,60"}))
    receiver.answer = receiver.hang
    webhook_id = subscribe(patient, receiver.url)
    for _ in range(5):
        deliver_to(patient, audio)
    run(patient)
    assert len(receiver.seen) == 1
    webhook = webhook_of(patient, webhook_id)
    assert webhook.last_error == "no answer within 0.5 s"
    assert webhook.quiet_until is not None and webhook.quiet_until > utc_now() + timedelta(seconds=50)
    patient.close()


def test_one_receiver_that_fails_keeps_nothing_from_another(context: Context, receiver: Receiver, audio: Path) -> None:
    with Receiver(answer=lambda _: (500, {})) as failing:
        subscribe(context, failing.url)
        subscribe(context, receiver.url)
        for _ in range(3):
            deliver_to(context, audio)
        run(context)
        assert len(receiver.taken) == 3


def test_a_redirect_to_a_private_address_is_not_followed(context: Context, receiver: Receiver, audio: Path) -> None:
    with Receiver() as inside:
        receiver.answer = lambda _: (302, {"location": inside.url})
        webhook_id = subscribe(context, receiver.url)
        deliver_to(context, audio)
        until(lambda: settled(context), "it is given up")
        assert inside.seen == []
    assert dead_letters(context, webhook_id) == [(1, 3, "it answered 302, a redirect, which is not followed")]


def test_nothing_is_sent_to_a_private_address(context: Context, receiver: Receiver, audio: Path) -> None:
    closed = Context(context.settings.model_copy(update={"webhook_allowed_networks": ""}))
    webhook_id = subscribe(closed, receiver.url)
    deliver_to(closed, audio)
    until(lambda: settled(closed), "it is given up")
    assert receiver.seen == []
    assert dead_letters(closed, webhook_id) == [(1, 3, "127.0.0.1 leads to an address that is not public")]
    closed.close()


def test_a_webhook_that_answers_410_is_disabled_and_goes_on_by_a_replay_once_it_is_enabled(
    context: Context, receiver: Receiver, audio: Path
) -> None:
    receiver.answer = lambda _: (410, {})
    webhook_id = subscribe(context, receiver.url)
    track_id = deliver_to(context, audio)
    run(context)
    happen(context, track_id, EventKind.DECIDED)
    until(lambda: settled(context), "nothing is left to be sent")
    assert len(receiver.seen) == 1
    webhook = webhook_of(context, webhook_id)
    assert webhook.disabled_because is DisabledBecause.GONE
    assert webhook.disabled_at is not None
    receiver.answer = lambda _: (200, {})
    with context.database.write() as session:
        found = session.get(Webhook, webhook_id)
        assert found is not None
        Webhooks(session).enable(found)
        Webhooks(session).replay(found, utc_now(), since=webhook.created_at)
    run(context)
    assert [received.content["data"]["seq"] for received in receiver.taken] == [1, 2]


def test_a_sealed_secret_signs_and_one_that_cannot_be_read_is_told_and_waits(
    context: Context, receiver: Receiver, audio: Path
) -> None:
    ours, theirs = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    context.__dict__["seal"] = Seal([ours])
    webhook_id = subscribe(context, receiver.url)
    elsewhere = Seal([theirs]).close(SECRET)
    for stored, taken in ((elsewhere, 0), (context.seal.close(SECRET), 1)):
        with context.database.write() as session:
            session.execute(update(Webhook).values(secret=stored, quiet_until=None))
            session.execute(update(WebhookProgress).values(retry_at=None))
            session.execute(update(Job).where(Job.kind == JobKind.NOTIFY).values(run_after=utc_now()))
        if not taken:
            deliver_to(context, audio)
        run(context)
        assert len(receiver.seen) == taken
        with context.database.read() as session:
            found = session.get(Webhook, webhook_id)
            assert found is not None
            assert taken or "EARMARK_SECRETS_KEYS" in str(found.last_error)
    receiver.seen[0].verified(SECRET)


def test_after_a_rotation_both_secrets_verify_until_the_old_one_is_over(
    context: Context, receiver: Receiver, audio: Path
) -> None:
    webhook_id = subscribe(context, receiver.url)
    fresh, newest = new_secret(), new_secret()
    for secret, keep in ((fresh, timedelta(hours=1)), (newest, timedelta(0))):
        with context.database.write() as session:
            webhook = session.get(Webhook, webhook_id)
            assert webhook is not None
            Webhooks(session).rotate(webhook, secret, keep=keep, now=utc_now())
        deliver_to(context, audio)
        run(context)
    receiver.seen[0].verified(SECRET)
    receiver.seen[0].verified(fresh)
    receiver.seen[1].verified(newest)
    assert len(receiver.seen[1].headers["webhook-signature"].split()) == 1


def test_a_message_that_was_taken_but_not_noted_is_sent_again_under_its_id(
    context: Context, receiver: Receiver, audio: Path
) -> None:
    """As when the worker is killed between the answer and the commit: the lease is lost and another one sends it."""
    webhook_id = subscribe(context, receiver.url)
    track_id = deliver_to(context, audio)

    def lose_the_lease(_: Received) -> tuple[int, dict[str, str]]:
        if len(receiver.seen) == 1:
            with context.database.write() as session:
                job = Jobs(session).of(JobKind.NOTIFY, subject(webhook_id, track_id))
                assert job is not None
                Jobs(session).release(job.id, job.token, utc_now())
        return 200, {}

    receiver.answer = lose_the_lease
    until(lambda: settled(context), "it is sent")
    assert [received.content["data"]["seq"] for received in receiver.seen] == [1, 1]
    assert receiver.seen[0].id == receiver.seen[1].id


def test_a_job_whose_webhook_was_removed_ends(context: Context, receiver: Receiver, audio: Path) -> None:
    webhook_id = subscribe(context, receiver.url)
    track_id = deliver_to(context, audio)
    with context.database.write() as session:
        webhook = session.get(Webhook, webhook_id)
        assert webhook is not None
        Webhooks(session).remove(webhook)
    run(context)
    assert receiver.seen == []
    with context.database.read() as session:
        job = Jobs(session).of(JobKind.NOTIFY, subject(webhook_id, track_id))
    assert job is not None and job.state is JobState.DONE
