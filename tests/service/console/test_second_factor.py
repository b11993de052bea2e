"""A password alone opens nothing where one-time codes are set up or asked for."""

import re
import time

import pyotp
import pytest
from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.app import create_app
from service.console import second_factor, sessions
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.reviewers import Reviewers
from service.store.second_factors import SecondFactors
from tests.service.console.signing import HERE, is_in, person, sign_in


@pytest.fixture
def backend(database, tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    return Backend(settings, database, BlobStorage.open(settings.storage))


@pytest.fixture
def client(backend):
    with TestClient(create_app(backend=backend)) as opened:
        yield opened


def set_up(client):
    """Take the key over and confirm it; the key and the recovery codes."""
    shown = client.get("/console/account/codes").text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", shown)[1]
    answer = client.post("/console/account/codes", data={"code": pyotp.TOTP(secret).now()}, headers=HERE)
    assert answer.status_code == 200, answer.text
    return secret, re.findall(r"<code>([a-z0-9-]{14})</code>", answer.text)


def give(client, code):
    answer = client.post("/console/second-factor", data={"code": code}, headers=HERE, follow_redirects=False)
    return answer.status_code


def next_code(secret):
    """The code of the next step, which is taken early: that of this one was used to confirm the key."""
    return pyotp.TOTP(secret).at(time.time() + 30)


def test_a_code_is_asked_for_once_it_is_set_up_and_is_taken_once(client, backend):
    person(backend)
    assert sign_in(client) == "/console/"
    secret, _ = set_up(client)
    assert is_in(client)
    assert sign_in(client) == "/console/second-factor"
    assert not is_in(client)
    assert give(client, "000000") == 403
    code = next_code(secret)
    assert give(client, code) == 303
    assert is_in(client)
    sign_in(client)
    assert give(client, code) == 403
    assert not is_in(client)


def test_a_recovery_code_stands_in_once(client, backend):
    ines = person(backend)
    sign_in(client)
    _, codes = set_up(client)
    sign_in(client)
    assert give(client, codes[3].upper()) == 303
    assert is_in(client)
    sign_in(client)
    assert give(client, codes[3]) == 403
    with backend.database.read() as session:
        assert SecondFactors(session).recovery_codes_left(ines.id) == 9


def test_setting_codes_up_ends_every_other_session_and_changes_the_token(client, backend):
    person(backend)
    sign_in(client)
    elsewhere = client.cookies.get(sessions.COOKIE, path="/console")
    set_up(client)
    assert client.cookies.get(sessions.COOKIE, path="/console") != elsewhere
    client.cookies.clear()
    client.cookies.set(sessions.COOKIE, elsewhere, path="/console")
    assert not is_in(client)


def test_whoever_must_set_codes_up_gets_nowhere_before(database, backend, tmp_path):
    strict = Settings(data_dir=tmp_path / "data", require_totp=True)
    with TestClient(create_app(backend=Backend(strict, database, backend.blobs))) as client:
        person(backend)
        assert sign_in(client) == "/console/account/codes"
        assert not is_in(client)
        set_up(client)
        assert is_in(client)


def test_the_key_is_not_shown_again_nor_replaced_by_who_has_one(client, backend):
    person(backend)
    sign_in(client)
    set_up(client)
    answer = client.get("/console/account/codes", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/account")
    sign_in(client)
    assert client.get("/console/account/codes", follow_redirects=False).headers["location"] == "/console/sign-in"


def test_codes_are_guessed_a_few_times_a_minute(client, backend):
    person(backend, name="mara")
    sign_in(client, "mara")
    set_up(client)
    sign_in(client, "mara")
    assert [give(client, "000000") for _ in range(6)] == [403] * 5 + [429]


def test_a_second_use_at_the_same_moment_is_refused_by_the_database(client, backend):
    ines = person(backend)
    sign_in(client)
    secret, _ = set_up(client)
    with backend.database.write() as session:
        step = Reviewers(session).get(ines.id).totp_step + 1
        assert SecondFactors(session).take_step(ines.id, step)
        assert not SecondFactors(session).take_step(ines.id, step)
        assert not second_factor.takes(session, backend.seal, ines.id, next_code(secret))


@pytest.mark.parametrize("role", ReviewerRole)
def test_the_account_page_tells_each_role_what_it_may_do(client, backend, role):
    person(backend, name=role.value, role=role)
    sign_in(client, role.value)
    shown = client.get("/console/account").text
    assert ("decide cases and undo decisions" in shown) == role.may_decide


@pytest.mark.parametrize("path", ["second-factor", "account/codes", "sign-in", "sign-out"])
def test_forms_from_another_site_are_refused(client, backend, path):
    person(backend)
    sign_in(client)
    answer = client.post(f"/console/{path}", data={"code": "1"}, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
