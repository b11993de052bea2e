"""Who leaves the console alone is signed out, who works stays, for a day's work at most; leaving gives cases back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.app import create_app
from service.console import sessions
from service.settings import Settings
from service.store.claims import Claims
from service.store.clock import utc_now
from service.store.reviewers import Reviewers
from service.store.tables.reviewers import ReviewerSession
from tests.service.api.caller import Caller, new_tenant
from tests.service.api.judging import judge

HEADERS = {"Cookie": f"{sessions.COOKIE}=t", "Origin": "http://testserver"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", console_idle_minutes=20)


@pytest.fixture
def client(backend: Backend) -> Iterator[TestClient]:
    with TestClient(create_app(backend=backend), follow_redirects=False) as opened:
        yield opened


def signed_in(backend: Backend, tenant: str, ago: timedelta = timedelta(0)) -> None:
    now = utc_now()
    with backend.database.write() as session:
        person = Reviewers(session).add(tenant, name="ines", password_hash="-", role=ReviewerRole.REVIEWER, now=now)
        Reviewers(session).sign_in(
            person,
            token_sha256=sessions.token_sha256("t"),
            now=now - ago,
            expires_at=now + timedelta(minutes=5),
        )


def ends_in(backend: Backend) -> timedelta:
    with backend.database.read() as session:
        return session.scalars(select(ReviewerSession.expires_at)).one() - utc_now()


def test_each_request_puts_the_end_off_until_nobody_asks(client: TestClient, backend: Backend) -> None:
    signed_in(backend, new_tenant(backend, "Label"))
    assert client.get("/console/cases", headers=HEADERS).status_code == 200
    assert timedelta(minutes=19) < ends_in(backend) <= timedelta(minutes=20)
    with backend.database.write() as session:
        session.execute(update(ReviewerSession).values(expires_at=utc_now() - timedelta(seconds=1)))
    answer = client.get("/console/cases", headers=HEADERS)
    assert (answer.status_code, answer.headers["location"]) == (303, sessions.SIGN_IN)


def test_no_session_outlasts_a_day_of_work(client: TestClient, backend: Backend) -> None:
    signed_in(backend, new_tenant(backend, "Label"), ago=sessions.LASTS - timedelta(minutes=8))
    assert client.get("/console/cases", headers=HEADERS).status_code == 200
    assert ends_in(backend) <= timedelta(minutes=8)


def test_signing_out_gives_back_the_cases_in_hand(client: TestClient, backend: Backend) -> None:
    tenant = new_tenant(backend, "Label")
    owner = Caller.with_key(client, backend, tenant, ["admin"])
    case_id = judge(backend, owner.delivered())
    signed_in(backend, tenant)
    assert "in your hands" in client.get(f"/console/cases/{case_id}", headers=HEADERS).text
    assert client.post("/console/sign-out", headers=HEADERS).status_code == 303
    with backend.database.read() as session:
        assert Claims(session, tenant).running([case_id], utc_now()) == {}
    assert client.get("/console/cases", headers=HEADERS).headers["location"] == sessions.SIGN_IN
