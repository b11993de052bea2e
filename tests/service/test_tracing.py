"""One trace from the delivery over HTTP to what a worker does about it, and none where nobody asked for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from service import tracing
from service.api.backend import Backend
from service.app import create_app
from service.auth.scopes import Scope
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.database import Database
from service.store.jobs import ClaimedJob, Jobs
from service.store.tables.jobs import JobKind
from tests.service.api.caller import Caller, new_tenant
from workers.ledger import work_through
from workers.lifecycle import Context


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.configure(Settings(), "test", exporter)
    yield exporter
    tracing.shut_down()


@pytest.fixture
def context(sqlite_url: str, tmp_path: Path) -> Iterator[Context]:
    opened = Context(Settings(data_dir=tmp_path, database_url=sqlite_url))
    yield opened
    opened.close()


@pytest.fixture
def caller(context: Context) -> Iterator[Caller]:
    settings = context.settings
    backend = Backend(settings, Database.open(settings.database), BlobStorage.open(settings.storage))
    with TestClient(create_app(backend=backend)) as client:
        yield Caller.with_key(client, backend, new_tenant(backend, "label"), list(Scope))
    backend.close()


def pass_on(context: Context, job: ClaimedJob) -> None:
    """What analysis does at its end: the verdict becomes necessary."""
    with context.database.write() as session:
        if job.kind is JobKind.ANALYSE:
            Jobs(session).enqueue(JobKind.DECIDE, job.subject_id)
        Jobs(session).finish(job.id, job.token)


def test_a_delivery_and_all_that_follows_from_it_are_one_trace(
    spans: InMemorySpanExporter, context: Context, caller: Caller
) -> None:
    track_id = caller.delivered()
    for kind in (JobKind.ANALYSE, JobKind.DECIDE):
        assert work_through(context, kind, pass_on, batch=1) == 1
    request, analyse, decide = spans.get_finished_spans()
    assert [request.name, analyse.name, decide.name] == ["POST /v1/tracks", "analyse", "decide"]
    assert len({span.context.trace_id for span in (request, analyse, decide)}) == 1
    assert analyse.parent is not None and analyse.parent.span_id == request.context.span_id
    assert decide.parent is not None and decide.parent.span_id == analyse.context.span_id
    assert decide.attributes is not None
    assert (decide.attributes["subject"], decide.attributes["outcome"]) == (track_id, "done")
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 202


def test_two_deliveries_are_two_traces_whatever_their_callers_claim(
    spans: InMemorySpanExporter, caller: Caller
) -> None:
    claimed = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for _ in range(2):
        caller.send("GET", "/v1/tracks", traceparent=claimed)
    first, second = spans.get_finished_spans()
    assert first.context.trace_id != second.context.trace_id
    assert int("4bf92f3577b34da6a3ce929d0e0e4736", 16) not in (first.context.trace_id, second.context.trace_id)
    assert first.parent is None


def test_nothing_is_traced_unless_a_setting_asks_for_it(context: Context, caller: Caller) -> None:
    track_id = caller.delivered()
    with context.database.read() as session:
        job = Jobs(session).of(JobKind.ANALYSE, track_id)
    assert job is not None and job.trace is None
    assert work_through(context, JobKind.ANALYSE, pass_on, batch=1) == 1
