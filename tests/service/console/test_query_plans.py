"""No page of the console scans a table that grows: every query of every page is explained by the database itself."""

import re

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from schemas.quality import GoldenIn
from schemas.review import ReviewerRole
from schemas.verdict import CaseScope
from service.api.backend import Backend
from service.app import create_app
from service.auth.scopes import Scope
from service.console.sessions import COOKIE
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.golden_cases import GoldenCases
from service.store.matches import Matches
from service.store.second_looks import SecondLooks
from tests.bench.console_load import TOKEN, furnish
from tests.bench.console_rows import id_of
from tests.deliveries import cause, deliver, match, sha
from tests.service.api.caller import Caller, new_tenant
from tests.service.api.judging import judge
from tests.service.console.signing import person, sign_in

GROWS = {
    "appeal",
    "appeal_message",
    "attachment",
    "case_claim",
    "daily_figure",
    "case_track",
    "decision",
    "decision_batch",
    "decision_track",
    "decision_undo",
    "event",
    "golden_case",
    "second_look",
    "evidence",
    "recording",
    "recording_edge",
    "report",
    "reporter",
    "review_case",
    "sender",
    "sender_tie",
    "sighting",
    "spectrogram",
    "track",
    "track_revision",
    "verdict",
}
"""Tables with a row for each track, case, decision or notice. Rules, versions, workers and people stay few."""

ALL_OF_A_TENANT = re.compile(
    r"SEARCH (track|review_case|hourly_count|decayed_count) .*\((tenant_id=\?( AND state=\?)?|state=\?)\)"
)
SCAN = re.compile(r"^SCAN (?:TABLE )?(\w+)")


@pytest.fixture
def client(database, tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    backend = Backend(settings, database, BlobStorage.open(settings.storage))
    with TestClient(create_app(backend=backend)) as opened:
        opened.backend = backend
        person(backend, "adam", ReviewerRole.ADMINISTRATOR)
        yield opened


def scans(database, statement, parameters):
    """Tables that grow and that a query reads from end to end. Aliases are told apart by the query's own text."""
    return (_scans_of_sqlite if database.dialect == "sqlite" else _scans_of_postgresql)(database, statement, parameters)


def _scans_of_sqlite(database, statement, parameters):
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    found = []
    for row in plan:
        if match := SCAN.match(row[3]):
            name = match[1]
            aliased = re.search(rf"(?:FROM|JOIN) (\w+) AS {name}\b", statement)
            if (aliased[1] if aliased else name) in GROWS:
                found.append(row[3])
    return found


def _by_tenant_alone(database, statement, parameters):
    """Tracks and cases that SQLite reads by no more than whose they are, or whose and in which state."""
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    return [row[3] for row in plan if ALL_OF_A_TENANT.match(row[3])]


def _each_by_tenant_alone(database, asked):
    """The same of many queries, without those that read less."""
    found = {query: _by_tenant_alone(database, query, values) for query, values in list(asked.items())}
    return {query: read for query, read in found.items() if read}


def _queries_of(database):
    """What is asked of a database from now on, by its text, with the last values."""
    asked: dict[str, object] = {}

    @event.listens_for(database.engine, "before_cursor_execute")
    def _keep(_connection, _cursor, statement, parameters, _context, _many):
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked[statement] = parameters

    return asked


def about_ring_and_recording(backend):
    """Cases of a ring and of a recording, each of three tracks."""
    with backend.database.write() as session:
        for n in range(3):
            sender = {"id": f"farm {n}", "payout_hash": "iban", "device_hash": "phone"}
            track = deliver(session, f"rain {n}", by="Northern Lights", title="Rain", sender=sender)
            if n:
                Matches(session).record(sha("rain 0"), sha(f"rain {n}"), match(), utc_now())
        asked = [
            cause(track.sender_key, scope=CaseScope.SENDER),
            cause(Matches(session).group_key(track.audio_sha256), scope=CaseScope.RECORDING),
        ]
        return [case.id for case in Cases(session).reconcile(track, asked, content="1", now=utc_now())]


def _scans_of_postgresql(database, statement, parameters):
    """Told that reading a table from end to end is dear, as with millions of rows, it does so where no index serves."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        [[plan]] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).all()
    return list(_read_whole(plan[0]["Plan"]))


def _read_whole(node):
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROWS:
        yield f"Seq Scan on {node['Relation Name']}"
    for part in node.get("Plans", []):
        yield from _read_whole(part)


def _fill(database):
    """Rows of another tenant, so that the planner has something to go by."""
    furnish(database, 300, 2_000, administrator="berta")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def test_no_page_scans_a_table_that_grows(client):
    backend = client.backend
    caller = Caller.with_key(client, backend, new_tenant(backend, "Northern Lights"), list(Scope))
    tracks = [caller.delivered(title=f"Song {n}", isrc=f"QZEM6260000{n}") for n in range(3)]
    cases = [judge(backend, track) for track in tracks]
    spam = {"case_ids": cases[1:2], "action": "block", "reason": "spam_confirmed"}
    batch = caller.send("POST", "/v1/decision-batches", spam).json()["id"]
    appeal = caller.send("POST", "/v1/appeals", {"track_id": tracks[1], "text": "Mine."}).json()["id"]
    said = {"kind": "spam", "track_id": tracks[2], "role": "user", "name": "A", "email": "a@b.example"}
    notice = caller.send("POST", "/v1/reports", said | {"statement": "A statement of some length.", "good_faith": True})
    case_of_notice = caller.get(f"/v1/reports/{notice.json()['id']}").json()["case_id"]
    known = GoldenIn(action="block", reason="spam_confirmed", why="the maker told us")
    with backend.database.write() as session:
        GoldenCases(session, caller.tenant_id).put(cases[1], known, by="sid", now=utc_now())
        look = SecondLooks(session, caller.tenant_id).next_for("adam", utc_now())
    if backend.database.dialect == "postgresql":
        _fill(backend.database)
    sign_in(client, "adam")
    pages = [
        "/console/looks/next",
        f"/console/looks/{look}",
        "/console/cases",
        "/console/cases?queue=disclosure&priority=P2",
        "/console/cases?state=decided",
        "/console/cases?after=2020-01-01T00:00:00%2B00:00~cas_0",
        "/console/next",
        f"/console/next?after={cases[0]}",
        f"/console/cases/{cases[0]}",
        f"/console/cases/{cases[1]}",
        f"/console/cases/{case_of_notice}",
        f"/console/compare/{tracks[0]}/{tracks[1]}",
        *(f"/console/cases/{case}" for case in about_ring_and_recording(backend)),
        "/console/uploader?sender=farm+1",
        "/console/uploader",
        *(f"/console/bulk?like={cases[0]}&common={common}" for common in ("sender", "recording", "cause")),
        f"/console/bulk?case={cases[0]}&case={cases[2]}",
        f"/console/bulk/{batch}",
        "/console/appeals",
        f"/console/appeals/{appeal}",
        "/console/reports",
        "/console/reports?before=rpt_z",
        "/console/policy",
        "/console/quality",
        f"/console/quality/golden/{cases[0]}",
        "/console/quality/judgements.jsonl",
        "/console/numbers",
        "/console/numbers/figures.csv",
        "/console/numbers/decisions.csv",
        "/console/people",
        "/console/account",
    ]
    asked = _queries_of(backend.database)

    sqlite = backend.database.dialect == "sqlite"
    known = "SELECT id FROM track AS t WHERE t.title = 'x'"
    assert scans(backend.database, known, ()) == ["SCAN t" if sqlite else "Seq Scan on track"]
    found, explained = {}, 0
    for address in pages:
        asked.clear()
        answer = client.get(address, follow_redirects=False)
        assert answer.status_code in (200, 303), (address, answer.status_code)
        explained += len(asked)
        for statement, parameters in list(asked.items()):
            if told := scans(backend.database, statement, parameters):
                found[address, " ".join(statement.split())] = told
    assert found == {}, "\n".join(f"{told} {where}: {query}" for (where, query), told in found.items())
    assert explained > 100


def test_a_bulk_page_reads_no_more_cases_than_it_is_about(sqlite_database, tmp_path):
    """Without statistics SQLite takes an index of all of a tenant's cases for the better one as soon as it may."""
    furnish(sqlite_database, 240, 60)
    settings = Settings(data_dir=tmp_path / "data")
    backend = Backend(settings, sqlite_database, BlobStorage.open(settings.storage))
    asked = _queries_of(sqlite_database)

    with TestClient(create_app(backend=backend)) as client:
        client.cookies.set(COOKIE, TOKEN)
        for common in ("sender", "recording", "cause"):
            assert client.get(f"/console/bulk?like={id_of('cas', 99)}&common={common}").status_code == 200
    all_of_it = "SELECT id FROM track WHERE tenant_id = 'x'"
    assert _by_tenant_alone(sqlite_database, all_of_it, ()) != []
    assert _each_by_tenant_alone(sqlite_database, asked) == {}


def test_accepting_tracks_and_opening_their_cases_reads_no_more_than_they_are_about(sqlite_database, tmp_path):
    """A year of hourly counts and a full queue cost a delivery nothing."""
    settings = Settings(data_dir=tmp_path / "data")
    backend = Backend(settings, sqlite_database, BlobStorage.open(settings.storage))
    asked = _queries_of(sqlite_database)

    about_ring_and_recording(backend)
    assert _each_by_tenant_alone(sqlite_database, asked) == {}
    assert any("hourly_count" in query for query in asked)
