"""No page of the console scans a table that grows: every query of every page is explained by the database itself."""

import re

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import insert, select

from schemas.review import CaseState
from schemas.verdict import CaseScope
from service.console import routes
from service.console.sessions import COOKIE
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.database import Database
from service.store.matches import Matches
from service.store.tables.blobs import Blob
from service.store.tables.cases import Case
from service.store.tables.claims import CaseClaim
from service.store.tables.decisions import DecisionBatch
from service.store.tables.recordings import Recording
from tests.bench.console_load import TOKEN, furnish
from tests.bench.console_rows import LARGE, id_of
from tests.deliveries import cause, deliver, match, sha
from tests.service.api.furnished import CANARY, furnished
from tests.service.console.plans import Query, asked_of, scans, sized_up

BY_WHAT_WAITS = (
    "SELECT review_case.queue, count(*) AS count_1, min(review_case.opened_at) AS min_1 FROM review_case WHERE",
    "SELECT second_look.id FROM second_look WHERE second_look.tenant_id",
    "SELECT count(*) AS count_1 FROM (SELECT second_look.id AS id FROM second_look WHERE second_look.tenant_id",
)
"""Queries that read by tenant and state: how many cases are open in each queue, by an entry of an index for each, the
second look that waits longest of those that somebody may take, and how many wait, up to a thousand. They grow with what
waits for people, not with what ever came in."""
ELSEWHERE = {
    "/console/static/{name}",
    "/console/sign-in",
    "/console/second-factor",
    "/console/identity/sign-in",
    "/console/identity/answer",
    "/console/account/codes",
    "/console/appeals/{appeal_id}/files/{file_id}",
    "/console/policy/proposals/{proposal_id}",
    "/console/policy/proposals/{proposal_id}/edit",
}
"""Addresses that are no pages, or about nothing but people and rules."""
CASES, DECISIONS = 300, 2_000


@pytest.fixture
def house(database_url, tmp_path):
    """One tenant with a year's decisions, a queue, and something of everything besides."""
    database = Database.open(database_url)
    furnish(database, CASES, DECISIONS, tenant=CANARY)
    database.dispose()
    with furnished(database_url, tmp_path) as opened:
        opened.client.cookies.set(COOKIE, TOKEN)
        asked = opened.owner.send("POST", f"/v1/tracks/{opened.ids['track_id']}/declaration-requests", {})
        assert asked.status_code < 300, asked.text
        now = utc_now()
        with opened.backend.database.write() as session:
            for case in session.scalars(select(Case).where(Case.state == CaseState.OPEN).limit(200)).all():
                given = {"case_id": case.id, "tenant_id": case.tenant_id, "holder": "bert", "token": "t"}
                session.add(CaseClaim(**given, claimed_at=now, expires_at=now))
                batch = {"id": f"blk_{case.id}", "tenant_id": case.tenant_id, "decided_by": "bert", "decided_at": now}
                session.add(DecisionBatch(**batch, cases=1, tracks=1))
            session.execute(insert(Recording).from_select(["audio_sha256", "group_key"], select(*[Blob.sha256] * 2)))
        yield opened


def ring_and_recording(database, tenant):
    """Cases of a ring and of a recording, each of three tracks."""
    with database.write() as session:
        for n in range(3):
            sender = {"id": f"farm {n}", "payout_hash": "iban", "device_hash": "phone"}
            track = deliver(session, f"rain {n}", by=tenant, title="Rain", sender=sender)
            if n:
                Matches(session).record(sha("rain 0"), sha(f"rain {n}"), match(), utc_now())
        asked = [
            cause(track.sender_key, scope=CaseScope.SENDER),
            cause(Matches(session).group_key(track.audio_sha256), scope=CaseScope.RECORDING),
        ]
        return [case.id for case in Cases(session).reconcile(track, asked, content="1", now=utc_now())]


def pages(ids, groups):
    """Every page, and each in the ways that it can be asked for."""
    some, other, decided = id_of("cas", DECISIONS + 7), id_of("cas", DECISIONS + 20), id_of("cas", 999)
    track = id_of("trk", DECISIONS + 7)
    return [
        "/console/",
        "/console/cases",
        "/console/cases?queue=bulk",
        "/console/cases?priority=P2",
        "/console/cases?queue=bulk&priority=P2",
        "/console/cases?after=2020-01-01T00:00:00%2B00:00~cas_0",
        "/console/cases?state=decided",
        "/console/cases?state=decided&queue=bulk&priority=P2",
        "/console/cases?state=decided&after=2030-01-01T00:00:00%2B00:00~cas_0",
        "/console/next",
        f"/console/next?after={some}",
        "/console/next?queue=impersonation",
        *(f"/console/cases/{one}" for one in (some, other, decided, ids["case_id"], *groups)),
        f"/console/cases/{some}/blind",
        "/console/blind",
        f"/console/compare/{track}/{id_of('trk', DECISIONS + 20)}",
        f"/console/audio/{ids['track_id']}",
        f"/console/audio/{ids['track_id']}/spectrogram",
        "/console/uploader",
        "/console/uploader?sender=farm+1",
        f"/console/uploader?sender={LARGE.replace(' ', '+')}",
        *(f"/console/bulk?like={one}&common={by}" for one in (some, other) for by in ("sender", "recording", "cause")),
        f"/console/bulk?case={some}&case={other}",
        f"/console/bulk/{ids['batch_id']}",
        "/console/appeals",
        "/console/appeals?state=upheld",
        f"/console/appeals/{ids['appeal_id']}",
        "/console/reports",
        "/console/reports?before=rpt_z",
        "/console/policy",
        "/console/policy/rules/ai-mismatch",
        "/console/policy/edit?source=default",
        "/console/quality",
        f"/console/quality/golden/{some}",
        "/console/quality/judgements.jsonl",
        "/console/looks/next",
        f"/console/looks/{ids['look_id']}",
        "/console/numbers",
        "/console/numbers/figures.csv",
        "/console/numbers/decisions.csv",
        "/console/people",
        "/console/account",
        "/console/deliver",
        f"/console/deliver/{ids['delivery_id']}",
        "/console/webhooks",
        f"/console/webhooks/{ids['webhook_id']}",
    ]


def test_no_page_scans_a_table_that_grows(house):
    database = house.backend.database
    addresses = pages(house.ids, ring_and_recording(database, CANARY))
    visited = {address.partition("?")[0] for address in addresses}
    parts = [part.original_router for part in routes.router.routes if hasattr(part, "original_router")]
    offered = (one for part in parts for one in part.routes if isinstance(one, APIRoute))
    paths = {f"/console{one.path}" for one in offered if "GET" in one.methods}
    assert len(paths) > 30
    missed = {path for path in paths - ELSEWHERE if not any(_is_at(path, address) for address in visited)}
    assert not missed
    if database.dialect == "postgresql":
        sized_up(database)
    asked = asked_of(database.engine)

    asked_at = {}
    for address in addresses:
        answer = house.client.get(address, follow_redirects=False)
        assert answer.status_code in (200, 303, 404), (address, answer.status_code, answer.text)
        asked_at |= {query: asked_at.get(query, address) for query in asked}
    assert len(asked_at) > 150
    found = {}
    for query in list(asked.values()):
        said = " ".join(query.text.split())
        if not said.startswith(BY_WHAT_WAITS) and (told := scans(database, query)):
            found[said] = asked_at[query.text], told
    assert not found, "\n\n".join(f"{told} {address}: {query}" for query, (address, told) in found.items())


def _is_at(path, address):
    return re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)), address)


KNOWN = {
    "SELECT id FROM track AS t WHERE t.title = 'x'": True,
    "SELECT id FROM track WHERE tenant_id = 'x'": True,
    "SELECT id FROM review_case WHERE tenant_id = 'x' AND state = 'open'": True,
    "SELECT id FROM review_case WHERE tenant_id = 'x' AND state = 'open' ORDER BY reason LIMIT 5": True,
    "SELECT case_id FROM report WHERE report.tenant_id = 'x' AND report.name = 'x' ORDER BY id LIMIT 5": True,
    "SELECT id FROM report WHERE report.tenant_id = 'x' ORDER BY report.id DESC LIMIT 5": False,
    "SELECT id FROM track WHERE tenant_id = 'x' AND accepted_seq > 7": False,
    "SELECT id FROM track WHERE id = 'x'": False,
    "SELECT name FROM reviewer": False,
}
"""Queries, and whether they are scans."""


def test_what_reads_all_that_a_tenant_has_is_a_scan(database):
    furnish(database, 30, 200)
    if database.dialect == "postgresql":
        sized_up(database)
    assert {asked: bool(scans(database, Query(asked, ()))) for asked in KNOWN} == KNOWN


def test_accepting_tracks_and_opening_their_cases_reads_no_more_than_they_are_about(sqlite_database):
    """A year of hourly counts and a full queue cost a delivery nothing."""
    asked = asked_of(sqlite_database.engine)
    ring_and_recording(sqlite_database, "harbour")
    found = {query.text: told for query in list(asked.values()) if (told := scans(sqlite_database, query))}
    assert found == {}
    assert any("hourly_count" in query for query in asked)
