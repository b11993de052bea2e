"""Requests a minute, tracks a day, room on the disk: past them a clear refusal, and nothing stored."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.api import intake
from service.api.backend import Backend
from service.api.limits import Limits
from service.app import create_app
from service.auth.scopes import Scope
from service.settings import Settings
from service.store.clock import utc_now
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind, Lane
from service.store.tenants import Tenants
from tests.servers import redis_server
from tests.service.api.caller import Caller, track_metadata


def limited(backend: Backend, **settings: Any) -> Caller:
    """A tenant at an application with other limits."""
    other = Backend(backend.settings.model_copy(update=settings), backend.database, backend.blobs)
    client = TestClient(create_app(backend=other), raise_server_exceptions=False)
    client.__enter__()
    with backend.database.write() as session:
        tenant_id = Tenants(session).ensure("Limited", utc_now()).id
    return Caller.with_key(client, other, tenant_id, list(Scope))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def is_refused(answer: Any, status: int, problem: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}"), answer.text
    assert int(answer.headers["Retry-After"]) >= 1


def test_past_so_many_requests_a_minute_the_next_is_refused_of_this_tenant_alone(
    backend: Backend, stranger: Caller
) -> None:
    caller = limited(backend, requests_per_minute=3)
    assert [caller.get("/v1/tracks").status_code for _ in range(3)] == [200] * 3
    is_refused(caller.get("/v1/tracks"), 429, "too-many-requests")
    same_service = Caller.with_key(caller.client, backend, stranger.tenant_id, [Scope.TRACKS_READ])
    assert same_service.get("/v1/tracks").status_code == 200


def test_a_tenants_own_limit_goes_before_that_of_the_settings(backend: Backend) -> None:
    caller = limited(backend, requests_per_minute=1)
    with backend.database.write() as session:
        tenant = Tenants(session).get(caller.tenant_id)
        assert tenant is not None
        tenant.requests_per_minute = 0
    assert {caller.get("/v1/tracks").status_code for _ in range(5)} == {200}


def test_requests_are_counted_together_in_redis_and_a_redis_that_is_gone_limits_nobody(settings: Settings) -> None:
    with redis_server() as server:
        shared = settings.model_copy(update={"broker_url": server.url, "requests_per_minute": 2})
        one, other = Limits(shared), Limits(shared)
        one.check_requests("ten_1", None)
        other.check_requests("ten_1", None)
        with pytest.raises(Exception, match="2 requests a minute"):
            one.check_requests("ten_1", None)
        server.kill()
        one.check_requests("ten_1", None)
        other.check_requests("ten_1", None)


def test_past_the_quota_of_the_day_a_delivery_is_refused_before_its_audio_is_read(backend: Backend) -> None:
    caller = limited(backend, tracks_per_day=2)
    first = caller.deliver(key="k1")
    assert [first.status_code, caller.deliver().status_code] == [202, 202]
    is_refused(caller.deliver(), 429, "quota-reached")
    assert int(caller.deliver().headers["Retry-After"]) <= 86_400
    assert caller.deliver(key="k1").json() == first.json(), "what was answered is answered again"
    assert len(caller.get("/v1/tracks").json()["items"]) == 2


def test_what_is_refused_counts_nothing(backend: Backend) -> None:
    caller = limited(backend, tracks_per_day=1)
    assert caller.deliver(track_metadata(isrc="wrong")).status_code == 422
    assert caller.deliver().status_code == 202


def test_an_upload_that_would_fill_the_disk_is_refused(backend: Backend) -> None:
    caller = limited(backend, min_free_bytes=2**62)
    is_refused(caller.deliver(), 507, "storage-full")
    assert caller.get("/v1/tracks").json()["items"] == []
    assert list(backend.blobs.contents()) == []


def test_an_upload_ends_when_the_disk_fills_up_meanwhile(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = limited(backend, min_free_bytes=1000)
    free = iter([10**9])
    monkeypatch.setattr(intake, "CHECK_EVERY_BYTES", 1000)
    monkeypatch.setattr(type(backend.blobs), "free_bytes", lambda _: next(free, 10))
    is_refused(caller.deliver(audio=bytes(2_500_000)), 507, "storage-full")
    assert list((backend.settings.data_dir / "blobs" / "staging").iterdir()) == []


def lane_of_job(backend: Backend, track_id: str) -> int:
    with backend.database.read() as session:
        job = Jobs(session).of(JobKind.ANALYSE, track_id)
        assert job is not None
        return job.lane


def test_deliveries_take_their_lane(backend: Backend) -> None:
    caller = limited(backend, bulk_after_per_hour=3)
    today = utc_now().date()
    friday, old = (str(today + timedelta(days=days)) for days in (3, -4000))
    tracks = [caller.delivered(release={"release_date": date}) for date in (friday, old, None, friday, None)]
    assert [lane_of_job(backend, track) for track in tracks] == [
        Lane.RELEASE_DATE,
        Lane.BACK_CATALOGUE,
        Lane.NORMAL,
        Lane.NORMAL,
        Lane.BACK_CATALOGUE,
    ]
