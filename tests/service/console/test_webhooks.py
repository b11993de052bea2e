"""The integrator's page: try a webhook, see its answers, send again, change its key; nobody else's, no other role."""

import re

import pytest
from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.auth.scopes import Scope
from service.settings import Settings
from service.store.tables.jobs import JobKind
from tests.receiver import Received, Receiver
from tests.service.api.caller import Caller, new_tenant
from tests.service.console.integrating import backend, client
from tests.service.console.signing import HERE, person, sign_in
from workers.ledger import work_through
from workers.lifecycle import Context
from workers.notify import notify

__all__ = ["backend", "client"]
PAGE = "/console/webhooks"


@pytest.fixture
def settings(tmp_path, sqlite_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        database_url=sqlite_url,
        webhook_allow_http=True,
        webhook_allowed_networks="127.0.0.0/8",
        webhook_retry_s="3600,3600",
    )


@pytest.fixture
def caller(client: TestClient, backend: Backend) -> Caller:
    return Caller.with_key(client, backend, new_tenant(backend, "Northern Lights"), [Scope.TRACKS_WRITE])


def make(client: TestClient, url: str) -> tuple[str, str]:
    """Id and secret of a fresh webhook, as the page shows them."""
    answer = client.post(PAGE, data={"url": url, "description": "<b>mine</b>"}, headers=HERE)
    assert answer.status_code == 200, answer.text
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", answer.text)
    webhook = re.search(r"whk_[0-9a-z]{26}", answer.text)
    assert secret and webhook and "<b>mine" not in answer.text
    return webhook[0], secret[0]


def press(client: TestClient, webhook: str, what: str, **form: str) -> str:
    """The page that comes of pressing a button."""
    answer = client.post(f"{PAGE}/{webhook}/{what}", data=form, headers=HERE)
    return answer.text


def tell(settings: Settings) -> None:
    context = Context(settings)
    work_through(context, JobKind.NOTIFY, notify, batch=1)
    context.close()


def test_a_test_message_is_signed_and_its_answer_shown(client: TestClient) -> None:
    with Receiver() as receiver:
        webhook, secret = make(client, receiver.url)
        shown = press(client, webhook, "test")
        assert receiver.taken[0].verified(secret)["type"] == "webhook.test"
        assert "webhook.test" in shown and ">taken<" in shown and " 204" in shown
        receiver.answer = lambda _: (500, {})
        shown = press(client, webhook, "test")
        assert "it answered 500" in shown
        assert ">well<" in shown, "a test says nothing of how the webhook fares"
    assert "no connection to" in press(client, webhook, "test")


def test_attempts_are_shown_with_their_answers_and_sent_again(
    client: TestClient, caller: Caller, settings: Settings
) -> None:
    answers = iter([503, 204, 204, 204])

    def answer(_: Received) -> tuple[int, dict[str, str]]:
        return next(answers), {}

    with Receiver(answer=answer) as receiver:
        webhook, _ = make(client, receiver.url)
        track = caller.delivered()
        tell(settings)
        shown = client.get(f"{PAGE}/{webhook}").text
        assert "it answered 503" in shown and track in shown and ">failing<" in shown
        press(client, webhook, "replay", track_id=track, seq="1")
        tell(settings)
        shown = client.get(f"{PAGE}/{webhook}").text
        assert ">taken<" in shown and ">well<" in shown
        ids = {message.id for message in receiver.seen}
        assert len(receiver.seen) == 2 and len(ids) == 1


def test_a_new_secret_is_shown_once_and_the_one_before_signs_as_well(client: TestClient) -> None:
    with Receiver() as receiver:
        webhook, old = make(client, receiver.url)
        fresh = re.search(r"whsec_[A-Za-z0-9+/=]+", press(client, webhook, "rotate"))
        assert fresh and fresh[0] != old
        press(client, webhook, "test")
        assert receiver.taken[0].verified(old) == receiver.taken[0].verified(fresh[0])
    assert "whsec_" not in client.get(f"{PAGE}/{webhook}").text


def test_a_webhook_is_disabled_enabled_and_removed(client: TestClient) -> None:
    webhook, _ = make(client, "https://hooks.example.com/")
    assert ">disabled<" in press(client, webhook, "state", enabled="false")
    assert "disabled. Enable it first" in press(client, webhook, "replay")
    assert ">disabled<" not in press(client, webhook, "state", enabled="true")
    assert "None yet" in press(client, webhook, "remove")
    assert client.get(f"{PAGE}/{webhook}").status_code == 404


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "ftp://example.com/", "", "x" * 2500])
def test_a_wrong_address_is_told_and_what_was_typed_stays(client: TestClient, url: str) -> None:
    answer = client.post(PAGE, data={"url": url, "description": "typed before"}, headers=HERE)
    assert answer.status_code == 422
    assert "typed before" in answer.text and 'role="alert"' in answer.text


def test_other_roles_and_other_tenants_see_nothing(client: TestClient, backend: Backend) -> None:
    webhook, _ = make(client, "https://hooks.example.com/")
    person(backend, "sam", ReviewerRole.SENIOR)
    person(backend, "eve", ReviewerRole.INTEGRATOR, tenant="Somebody Else")
    sign_in(client, "sam")
    assert client.get(PAGE).status_code == 403
    assert "/console/webhooks" not in client.get("/console/queue").text
    sign_in(client, "eve")
    for what in ("test", "rotate", "replay", "state", "remove"):
        assert client.post(f"{PAGE}/{webhook}/{what}", headers=HERE).status_code == 404, what
    assert "hooks.example.com" not in client.get(PAGE).text


def test_test_messages_are_few(client: TestClient) -> None:
    with Receiver() as receiver:
        webhook, _ = make(client, receiver.url)
        for _ in range(11):
            shown = press(client, webhook, "test")
        assert "You may send 10 test messages a minute" in shown
        assert len(receiver.seen) == 10
