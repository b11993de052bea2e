import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from starlette.testclient import TestClient

from service import logs
from service.api.backend import Backend
from service.app import create_app
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.clock import utc_now
from service.store.database import Database
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind, Lane
from service.store.workers import Workers
from tests.servers import PostgresServer, RedisServer, postgres_server, redis_server
from tests.service.api.caller import Caller


def faults(client: TestClient) -> list[str]:
    """What is not ready, by name."""
    answer = client.get("/readyz")
    assert answer.status_code in (200, 503)
    if answer.status_code == 200:
        assert answer.json() == {"status": "ok"}
        return []
    assert answer.headers["Retry-After"] == "5"
    return [error["field"] for error in answer.json()["errors"]]


def beat(backend: Backend) -> None:
    with backend.database.write() as session:
        Workers(session).beat("worker@here:1", "worker", utc_now())


def test_ready_means_database_broker_and_a_worker(client: TestClient, backend: Backend) -> None:
    assert faults(client) == ["broker", "worker"]
    backend.settings.broker_dir.mkdir(parents=True)
    assert faults(client) == ["worker"]
    beat(backend)
    assert faults(client) == []


def test_a_worker_that_gives_signs_of_life_and_takes_no_work_is_not_ready(client: TestClient, backend: Backend) -> None:
    backend.settings.broker_dir.mkdir(parents=True)
    beat(backend)

    def ask(ago_s: float) -> None:
        with backend.database.write() as session:
            due_at = utc_now() - timedelta(seconds=ago_s)
            Jobs(session).enqueue(JobKind.ANALYSE, f"trk_{ago_s}", lane=Lane.NORMAL, run_after=due_at, now=due_at)

    ask(backend.settings.worker_silence_s - 15)
    assert faults(client) == []
    ask(backend.settings.worker_silence_s + 15)
    assert faults(client) == ["worker"]
    with backend.database.write() as session:
        Jobs(session).claim([JobKind.ANALYSE], limit=1, worker="worker@here:1", lease_s=60, now=utc_now())
    assert faults(client) == []


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    with postgres_server(durable=True) as server:
        yield server


def test_a_broker_that_is_gone_or_hangs_is_told(
    tmp_path: Path, sqlite_database: Database, own_redis: RedisServer
) -> None:
    settings = Settings(data_dir=tmp_path, broker_url=own_redis.url)
    backend = Backend(settings, sqlite_database, BlobStorage.open(settings.storage))
    beat(backend)
    with TestClient(create_app(backend=backend)) as client:
        assert faults(client) == []
        own_redis.pause()
        assert faults(client) == ["broker"]
        own_redis.resume()
        assert faults(client) == []
        own_redis.kill()
        assert faults(client) == ["broker"]
        assert client.get("/healthz").status_code == 200


def test_a_database_that_hangs_or_is_gone_is_told_and_never_an_error_of_ours(
    tmp_path: Path, own_postgres: PostgresServer
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=own_postgres.create_database())
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        settings.broker_dir.mkdir(parents=True)
        beat(client.app.state.backend)
        assert faults(client) == []
        own_postgres.pause()
        assert faults(client) == ["database", "worker"]
        hung = client.get("/v1/tracks", headers={"Authorization": "Bearer em_aaaaaaaaaaaa_" + "A" * 43})
        assert (hung.status_code, hung.json()["type"]) == (503, "/problems/not-ready")
        own_postgres.resume()
        assert faults(client) == []
        own_postgres.kill()
        assert faults(client) == ["database", "worker"]
        answer = client.get("/v1/tracks", headers={"Authorization": "Bearer em_aaaaaaaaaaaa_" + "A" * 43})
        assert answer.status_code == 503
        assert answer.json()["type"] == "/problems/not-ready"
        assert answer.json()["detail"] == "The database does not answer."
        assert client.get("/healthz").status_code == 200
        own_postgres.start()
        assert faults(client) == []


def test_the_figures_count_answers_by_route_and_waiting_jobs(caller: Caller) -> None:
    track_id = caller.delivered()
    caller.get(f"/v1/tracks/{track_id}")
    caller.get("/v1/tracks/trk_x")
    caller.get("/v1/nothing/at/all")
    figures = caller.client.get("/metrics")
    assert figures.headers["Content-Type"].startswith("text/plain")
    lines = figures.text.splitlines()
    assert 'earmark_http_requests_total{method="GET",route="/v1/tracks/{track_id}",status="200"} 1.0' in lines
    assert 'earmark_http_requests_total{method="GET",route="/v1/tracks/{track_id}",status="404"} 1.0' in lines
    assert 'earmark_http_requests_total{method="GET",route="other",status="404"} 1.0' in lines
    assert 'earmark_jobs{kind="analyse",state="due"} 1.0' in lines
    assert "trk_x" not in figures.text
    assert 'earmark_lane_oldest_due_job_seconds{kind="analyse",lane="back_catalogue"} 0.0' in lines
    assert "earmark_rules_braked 0.0" in lines
    assert any(line.startswith("earmark_free_bytes ") and float(line.split()[1]) > 0 for line in lines)


def test_a_line_of_the_log_names_the_request_that_the_answer_names(
    caller: Caller, capsys: pytest.CaptureFixture[str], backend: Backend
) -> None:
    logs.configure(backend.settings.model_copy(update={"log_format": "json", "log_level": "debug"}))
    structlog.configure(logger_factory=structlog.PrintLoggerFactory())
    answer = caller.deliver()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    [taken] = [line for line in lines if line["event"] == "track accepted"]
    assert taken["request_id"] == answer.headers["X-Request-Id"]
    assert taken["track"] == answer.json()["id"]
    [answered] = [line for line in lines if line["event"] == "answered"]
    assert (answered["route"], answered["status"]) == ("/v1/tracks", 202)
    structlog.reset_defaults()
