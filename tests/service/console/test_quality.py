"""The quality pages in a real browser: a golden case, a second look by keyboard, figures, and what each role sees."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from schemas.quality import GoldenIn, SharesIn
from schemas.review import DecisionIn, ReviewerRole
from schemas.verdict import Action
from service.store.clock import utc_now
from service.store.decisions import Decisions
from service.store.golden_cases import GoldenCases
from service.store.quality_shares import set_shares
from service.store.second_looks import SecondLooks
from service.store.unflagged_sample import look_at_some
from tests.deliveries import deliver, judgement
from tests.service.console.desks import TENANT, House, console, flaws, seated
from tests.service.console.signing import person
from tests.service.console.test_pages_in_browser import HOSTILE, case_of

ROLES = {"ann": "reviewer", "bob": "reviewer", "cyd": "reviewer", "sid": "senior", "otto": "auditor"}
YES = {"action": "label", "reason": "ai_confirmed", "policy_clause": "AI-1", "note": "", "confirm_labels": []}
NO = YES | {"action": "none", "reason": "ai_not_confirmed"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Forty cases that two people judged, of which they differ on eight; golden cases; one open case; a sample."""
    with console(tmp_path_factory.mktemp("quality")) as opened:
        people = {n: person(opened.backend, n, ReviewerRole(role), tenant=TENANT) for n, role in ROLES.items()}
        tenant_id, now = people["ann"].tenant_id, utc_now()
        with opened.backend.database.write() as session:
            set_shares(session, tenant_id, SharesIn(second_looks=1, unflagged=1), by="sid", now=now)
            looks = SecondLooks(session, tenant_id)
            for number in range(40):
                case = case_of(session, HOSTILE[number % 7], f"audio {number}", f"sender {number}")
                said = DecisionIn.model_validate(
                    YES | {"case_id": case.id} if number % 2 else NO | {"case_id": case.id}
                )
                if number < 3:
                    known = GoldenIn(action=Action.NONE, reason="ai_not_confirmed", why=HOSTILE[0])
                    GoldenCases(session, tenant_id).put(case.id, known, by="sid", now=now)
                Decisions(session).decide(tenant_id, said, decided_by="ann", now=now)
                look = looks.take(looks.next_for("bob", now), "bob", now)
                other = NO if number % 10 < 2 and number % 2 else YES if number % 10 < 2 else None
                judged = DecisionIn.model_validate((other or said.model_dump()) | {"case_id": case.id})
                looks.judge(look.id, judged, "bob", now + timedelta(seconds=number))
            track = deliver(session, "unflagged", title="Nothing Flagged", sender={"id": "s"}, at=now)
            sample = look_at_some(session, track, judgement(), now)
            assert sample is not None
            miss = DecisionIn.model_validate(YES | {"case_id": sample.id, "policy_clause": "AI-2"})
            Decisions(session).decide(tenant_id, miss, decided_by="ann", now=now)
        yield opened


def test_the_pages_are_accessible_and_fit(browser: Browser, house: House, tmp_path: Path) -> None:
    with seated(browser, house, "sid") as page:
        page.goto("/console/quality")
        golden = page.locator("a[href*='/quality/golden/']").first.get_attribute("href")
        page.goto("/console/looks/next")
        assert golden is not None
        assert flaws(page, ["/console/quality", golden, page.url]) == []
        page.screenshot(path=tmp_path / "look.png", full_page=True)
        page.goto("/console/quality")
        assert page.title() == "Quality · Earmark"
        page.screenshot(path=tmp_path / "quality.png", full_page=True)


def test_a_senior_sees_agreement_scores_misses_and_where_people_differ(browser: Browser, house: House) -> None:
    with seated(browser, house, "sid") as page:
        page.goto("/console/quality")
        everything = page.get_by_role("row", name="all 40")
        expect(everything).to_contain_text("0.60")  # 32 of 40 agree, halves upheld and cleared
        expect(page.locator("[aria-label='Where people differ'] tbody tr")).to_have_count(8)
        expect(page.get_by_role("row", name=re.compile("^ann "))).to_contain_text("67 % (21–94) of 3")
        expect(page.get_by_text("Missed: 100 %")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="All judgements as a data set").click()
        rows = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
        assert len(rows) == 41
        assert sum(len(row["judgements"]) for row in rows) == 81
        assert sum(row["golden"] is not None for row in rows) == 3


def test_a_reviewer_sees_only_their_own_figures(browser: Browser, house: House) -> None:
    with seated(browser, house, "bob") as page:
        page.goto("/console/quality")
        expect(page.get_by_text("of 3 known answers found by you")).to_be_visible()
        said = page.locator("main").inner_text()
        assert "ann" not in said and "Golden cases" not in said and "differ" not in said
        for address in ("/console/quality/judgements.jsonl", "/console/quality/golden/cas_x"):
            assert page.request.get(address).status == 403
        origin = {"origin": house.address}
        assert page.request.post("/console/quality/shares", form={"second_looks": "1"}, headers=origin).status == 403


def test_a_second_look_is_taken_by_keyboard_without_the_decision_in_view(browser: Browser, house: House) -> None:
    with seated(browser, house, "cyd") as page:
        page.goto("/console/quality")
        page.wait_for_load_state("load")
        page.keyboard.press("n")
        expect(page.get_by_role("heading", name="What would you decide?")).to_be_visible()
        said = page.locator("main").inner_text()
        assert "On record" not in said and "ann" not in said.split("What would you decide?")[0]
        look = page.url
        page.wait_for_load_state("load")
        page.keyboard.press("1")
        page.keyboard.press("d")
        expect(page.locator("[data-flash]")).to_contain_text("It changes nothing for the track")
        origin = {"origin": house.address}
        assert page.request.post(look, form=NO | {"confirm_labels": ""}, headers=origin).status == 409


def test_the_look_goes_to_others_once_the_case_was_opened(browser: Browser, house: House) -> None:
    with seated(browser, house, "sid") as page:
        page.goto("/console/looks/next")
        look = page.url
        with house.backend.database.read() as session:
            case = SecondLooks(session, person_tenant(house)).get(look.rsplit("/", 1)[-1]).case_id
        page.goto(f"/console/cases/{case}")
        expect(page.get_by_role("link", name="Make it a golden case")).to_be_visible()
        assert page.request.get(look).status == 409


def test_what_is_wrong_in_a_form_is_named(browser: Browser, house: House) -> None:
    with seated(browser, house, "sid") as page:
        origin = {"origin": house.address}
        page.goto("/console/quality")
        for form in ({"second_looks": "x", "unflagged": "1"}, {"second_looks": "101", "unflagged": "1"}, {}):
            answer = page.request.post("/console/quality/shares", form=form, headers=origin)
            assert answer.status == 422 and "numbers from 0 to 100" in answer.text()
        golden = page.locator("a[href*='/quality/golden/']").first.get_attribute("href")
        for form in ({}, {"action": "none", "reason": "other", "why": "", "looks": "1"}, {"action": "shout"}):
            assert page.request.post(golden, form=form, headers=origin).status == 422
        assert page.request.get("/console/quality/golden/cas_nothing").status == 404
        page.get_by_label("Decisions that a second person looks at").fill("2.5")
        page.get_by_role("button", name="Set", exact=True).click()
        expect(page.locator("[data-flash]")).to_contain_text("From now on so much")
        expect(page.get_by_label("Decisions that a second person looks at")).to_have_value("2.5")


def test_an_auditor_reads_and_sets_nothing(browser: Browser, house: House) -> None:
    with seated(browser, house, "otto") as page:
        page.goto("/console/quality")
        expect(page.get_by_role("heading", name="Agreement")).to_be_visible()
        assert page.get_by_role("button", name="Set", exact=True).count() == 0
        assert page.request.get("/console/looks/next").status == 403


def person_tenant(house: House) -> str:
    from service.store.reviewers import Reviewers

    with house.backend.database.read() as session:
        return Reviewers(session).by_name("sid").tenant_id
