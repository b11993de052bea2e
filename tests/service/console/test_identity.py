"""Signing in at a real OpenID Connect provider, in a process of its own."""

import subprocess
import sys

import httpx
import pytest
from starlette.testclient import TestClient

from service.api.backend import Backend
from service.app import create_app
from service.settings import Settings
from service.store.blobs import BlobStorage
from tests.servers import free_port
from tests.service.console.signing import is_in, person, sign_in
from tests.waiting import until


@pytest.fixture(scope="module")
def provider():
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.identity_provider", str(port)])
    address = f"http://127.0.0.1:{port}"

    def answers():
        try:
            return httpx.get(f"{address}/keys").status_code == 200
        except httpx.TransportError:
            return False

    until(answers, "the identity provider answers")
    yield address
    process.terminate()
    process.wait(10)


@pytest.fixture
def client(provider, sqlite_database, tmp_path):
    httpx.get(f"{provider}/becomes")
    settings = Settings(
        data_dir=tmp_path / "data", oidc_issuer=provider, oidc_client_id="earmark", oidc_client_secret="hush"
    )
    backend = Backend(settings, sqlite_database, BlobStorage.open(settings.storage))
    person(backend, oidc_subject="ines-4711")
    with TestClient(create_app(backend=backend)) as opened:
        yield opened


def at_the_provider(client):
    """On to the provider and through its page; the address it sends the browser back to."""
    sent = client.get("/console/identity/sign-in", follow_redirects=False)
    assert sent.status_code == 303, sent.text
    return httpx.get(sent.headers["location"]).headers["location"]


def test_who_is_known_signs_in(client):
    assert "organisation" in client.get("/console/sign-in").text
    answer = client.get(at_the_provider(client))
    assert answer.status_code == 200
    assert 'http-equiv="refresh"' in answer.text
    assert is_in(client)


def test_the_same_answer_opens_nothing_a_second_time_or_in_another_browser(client):
    address = at_the_provider(client)
    kept = dict(client.cookies)
    client.get(address)
    client.cookies.clear()
    assert client.get(address).status_code == 403
    client.cookies.update(kept)
    assert client.get(address).status_code == 403
    assert not is_in(client)


def test_an_answer_to_another_attempt_is_refused(client):
    first = at_the_provider(client)
    at_the_provider(client)
    assert client.get(first).status_code == 403


@pytest.mark.parametrize("lie", ["nonce", "audience", "issuer", "expired", "none", "key"])
def test_a_token_that_cannot_be_believed_is_refused(client, provider, lie):
    httpx.get(f"{provider}/becomes", params={"lie": lie})
    answer = client.get(at_the_provider(client))
    assert answer.status_code == 403, lie
    assert "You are not signed in" in answer.text
    assert not is_in(client)


def test_who_is_known_there_alone_is_not_let_in(client, provider):
    httpx.get(f"{provider}/becomes", params={"login": "stranger"})
    answer = client.get(at_the_provider(client))
    assert answer.status_code == 403
    assert "nobody let you in here" in answer.text


def test_who_signs_in_there_has_no_password_here(client):
    assert sign_in(client, "ines", "-") == "403"


def test_a_provider_that_does_not_answer_is_told_of(sqlite_database, tmp_path):
    settings = Settings(data_dir=tmp_path / "data", oidc_issuer=f"http://127.0.0.1:{free_port()}", oidc_client_id="x")
    backend = Backend(settings, sqlite_database, BlobStorage.open(settings.storage))
    with TestClient(create_app(backend=backend)) as client:
        answer = client.get("/console/identity/sign-in", follow_redirects=False)
        assert answer.status_code == 502
        assert "does not answer" in answer.text
