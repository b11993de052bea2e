"""Every page in a real browser: no violation that axe-core finds, no overflow at any width."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from schemas.reports import ReporterRole, ReportIn, ReportKind
from schemas.review import ReviewerRole
from schemas.verdict import CaseScope
from service.api.backend import Backend
from service.app import create_app
from service.policy_desk import PolicyDesk
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.database import Database
from service.store.matches import Matches
from service.store.reports import Reports
from service.store.tracks import Tracks
from tests.deliveries import cause, deliver, match, sha
from tests.servers import free_port
from tests.service.console.desks import AXE, AXE_COLOURS
from tests.service.console.signing import PASSWORD, person

HOSTILE = [
    "<script>document.title='owned'</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202e\u2066gnos\u2069 \u200b\u200d",
    "ﷺ" * 50 + " أغنية",
    "🎵" * 400,
    "W" * 2_000,
    "{{ 7 * 7 }} {% raw %} ${7*7}",
]


@dataclass
class Desk:
    address: str
    pages: list[str]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A console with hostile titles, a farm of cases, a notice and a proposal; on a server of its own."""
    folder = tmp_path_factory.mktemp("desk")
    database = Database.open(f"sqlite:///{folder / 'earmark.db'}")
    database.migrate()
    settings = Settings(data_dir=folder / "data")
    backend = Backend(settings, database, BlobStorage.open(settings.storage))
    person(backend, "adam", ReviewerRole.ADMINISTRATOR, tenant="harbour")
    with database.write() as session:
        shared = {"scope": CaseScope.SENDER, "subject_key": "stranger", "reason": HOSTILE[0]}
        [hostile] = {case_of(session, title, title, "stranger", **shared) for title in HOSTILE}
        farm = [case_of(session, f"Rain {n}", f"rain {n}", "farm 7") for n in range(12)]
        ring, cluster = ring_of_hostile_names(session), cluster_of_hostile_titles(session)
        track = Cases(session).tracks(hostile.id)[0]
        said = ReportIn(
            kind=ReportKind.IMPERSONATION,
            track_id=track.id,
            role=ReporterRole.ARTIST,
            name=HOSTILE[1],
            email="ann@ember.example",
            statement=HOSTILE[0] * 3,
            good_faith=True,
        )
        notice, _ = Reports(session, track.tenant_id).receive(said, via="form", now=utc_now())
        addresses = [f"/console/cases/{case}" for case in (hostile.id, farm[0].id, notice.case_id, ring, cluster)]
        addresses += [f"/console/uploader?{urlencode({'sender': name})}" for name in ("stranger", "farm 7", HOSTILE[0])]
    policy = PolicyDesk(database, settings)
    with database.read() as session:
        pack = policy.texts(session)[0]
    changed = pack.text.replace("in bulk by one sender", "in bulk, by one sender")
    proposal = policy.draft(pack.source, changed, HOSTILE[0], "olga", utc_now())
    server = uvicorn.Server(uvicorn.Config(create_app(backend=backend), port=free_port(), log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield Desk(
        f"http://127.0.0.1:{server.config.port}",
        [
            "/console/cases",
            "/console/cases?state=decided",
            *addresses,
            f"/console/bulk?like={farm[0].id}",
            "/console/appeals",
            "/console/reports",
            "/console/policy",
            "/console/policy/rules/ai-declared",
            f"/console/policy/proposals/{proposal.id}",
            f"/console/policy/edit?source={pack.source}",
            "/console/account",
            f"/report/{track.tenant_id}",
        ],
    )
    server.should_exit = True
    thread.join(10)
    database.dispose()


def case_of(session, title, audio, sender, **said):
    track = deliver(session, audio, title=title, sender={"id": sender}, at=utc_now())
    Tracks(session).find(track.id, lock=True)
    [case] = Cases(session).reconcile(
        track, [cause(**{"subject_key": track.id, "reason": title} | said)], content="1", now=utc_now()
    )
    return case


def ring_of_hostile_names(session):
    """A case of accounts that share a payout, a device and hostile names."""
    for n, name in enumerate(HOSTILE):
        sender = {"id": name[:255], "payout_hash": HOSTILE[1], "device_hash": f"phone {n // 3}"}
        track = deliver(session, f"ring {n}", title=name, sender=sender, at=utc_now())
    [case] = Cases(session).reconcile(
        track, [cause(track.sender_key, scope=CaseScope.SENDER, reason=HOSTILE[0])], content="1", now=utc_now()
    )
    return case.id


def cluster_of_hostile_titles(session):
    """A case of one recording that came under hostile titles."""
    for n, title in enumerate(HOSTILE):
        track = deliver(session, f"cluster {n}", title=title, sender={"id": title[:255]}, at=utc_now())
        if n:
            Matches(session).record(sha("cluster 0"), sha(f"cluster {n}"), match(segments=[]), utc_now())
    key = Matches(session).group_key(track.audio_sha256)
    [case] = Cases(session).reconcile(
        track, [cause(key, scope=CaseScope.RECORDING, reason=HOSTILE[0])], content="1", now=utc_now()
    )
    return case.id


@pytest.fixture
def seat(browser: Browser, desk: Desk) -> Iterator[Page]:
    """Somebody signed in; an error in the browser's console fails the test."""
    context = browser.new_context(base_url=desk.address, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto("/console/")
    page.get_by_label("Name").fill("adam")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/cases*")
    yield page
    context.close()
    assert [line for line in said if "status of 4" not in line] == []


def test_no_page_has_a_violation_in_light_or_dark(seat: Page, desk: Desk) -> None:
    axe, found = Axe(), []
    for address in desk.pages:
        seat.goto(address)
        for scheme, options in (("light", AXE), ("dark", AXE_COLOURS)):
            seat.emulate_media(color_scheme=scheme)
            results = axe.run(seat, options=options)
            found += [
                (scheme, address, one["id"], one["nodes"][0]["html"][:200]) for one in results.response["violations"]
            ]
            assert seat.title() != "owned"
    assert found == []


def test_no_page_overflows_at_any_width(seat: Page, desk: Desk) -> None:
    wide = []
    for width in (768, 1920):
        seat.set_viewport_size({"width": width, "height": 1000})
        for address in desk.pages:
            seat.goto(address)
            if not seat.locator("html").evaluate("node => node.scrollWidth <= node.clientWidth"):
                wide.append((width, address))
    assert wide == []
