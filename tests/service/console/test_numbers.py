"""The numbers page in a real browser: charts with tables, ranges by address, CSV without a cap."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from schemas.numbers import Figure, Waited
from schemas.review import DecisionIn, ReviewerRole
from service.console.numbers import stretch_of
from service.store.clock import utc_now
from service.store.daily_figures import count_due
from service.store.decisions import Decisions
from service.store.tables.daily_figures import CountedDay, DailyFigure
from tests.deliveries import NOON
from tests.service.console.desks import TENANT, House, console, flaws, seated
from tests.service.console.signing import person
from tests.service.console.test_pages_in_browser import HOSTILE, case_of

YES = {"action": "label", "reason": "ai_confirmed", "policy_clause": "AI-1"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Figures of 120 days as the reconciler leaves them, and today's cases and decisions, counted by it."""
    with console(tmp_path_factory.mktemp("numbers")) as opened:
        tenant_id = person(opened.backend, "otto", ReviewerRole.AUDITOR, tenant=TENANT).tenant_id
        now = utc_now()
        with opened.backend.database.write() as session:
            for ago in range(1, 120):
                day = now.date() - timedelta(days=ago)
                wave = 40 + ago % 7 * 6
                values = {
                    (Figure.JUDGED, "none"): 900,
                    (Figure.JUDGED, "queue"): 100,
                    (Figure.AI, "declared"): 180 + ago,
                    (Figure.AI, "detected"): 300 + wave,
                    (Figure.AI, "undeclared"): 90,
                    (Figure.OPENED, "undeclared-ai"): 100 + wave,
                    (Figure.DECIDED, "undeclared-ai"): 95 + wave,
                    (Figure.ACTION, "label"): 95 + wave,
                    (Figure.IN_TIME, "yes"): 90,
                    (Figure.IN_TIME, "no"): 10,
                    (Figure.REVERSED, "taken_back"): ago % 5,
                    (Figure.REVERSED, "on_appeal"): ago % 3,
                    (Figure.FINDING, "upheld"): 80,
                    (Figure.FINDING, "cleared"): 15,
                    (Figure.SAMPLE, "upheld"): ago % 2,
                    (Figure.SAMPLE, "cleared"): 9,
                    (Figure.RULE_RIGHT, "ai-mismatch"): 60,
                    (Figure.RULE_WRONG, "ai-mismatch"): 5,
                    (Figure.RULE_WRONG, HOSTILE[0]): 1,
                } | {(Figure.WAITED, one.value): 10 * place for place, one in enumerate(Waited, start=1)}
                session.add(CountedDay(day=day, counted_at=now, final=True, took_s=0.1))
                for (figure, key), value in values.items():
                    session.add(DailyFigure(tenant_id=tenant_id, day=day, figure=figure, key=key, value=value))
            for number in range(3):
                case = case_of(session, HOSTILE[number], f"audio {number}", "=sender")
                said = DecisionIn.model_validate(YES | {"case_id": case.id})
                Decisions(session).decide(tenant_id, said, decided_by="=ann", now=utc_now())
            case_of(session, "Still Open", "audio open", "sender")
        assert count_due(opened.backend.database, utc_now()) == utc_now().date()
        yield opened


def test_the_page_is_accessible_and_fits(browser: Browser, house: House, tmp_path: Path) -> None:
    with seated(browser, house, "otto") as page:
        until = utc_now().date()
        long = f"/console/numbers?since={until - timedelta(days=119)}&until={until}"
        assert flaws(page, ["/console/numbers", long, "/console/numbers?since=2020-01-01&until=2020-01-03"]) == []
        page.emulate_media(color_scheme="light")
        page.goto("/console/numbers")
        page.screenshot(path=tmp_path / "numbers.png", full_page=True)


def test_charts_have_tables_and_shares_have_intervals(browser: Browser, house: House) -> None:
    with seated(browser, house, "otto") as page:
        page.goto("/console/numbers")
        assert page.get_by_role("img", name="AI in % of tracks judged").count() == 1
        page.get_by_text("As a table").nth(1).click()
        table = page.get_by_role("region", name="AI in % of tracks judged, as a table")
        expect(table.locator("tbody tr")).to_have_count(30)
        expect(page.get_by_role("region", name="Precision of each rule")).to_contain_text("92.3 % (91.0–93.4)")
        expect(page.get_by_label("In these days")).to_contain_text("1 open now")
        assert page.get_by_text("as the random sample has it").is_visible()


def test_the_range_is_in_the_address_and_long_ones_are_shown_by_week(browser: Browser, house: House) -> None:
    with seated(browser, house, "otto") as page:
        page.goto("/console/numbers")
        page.get_by_role("link", name="90 days").click()
        assert "since=" in page.url
        start = utc_now().date() - timedelta(days=118)
        page.get_by_label("From").fill(start.isoformat())
        page.get_by_role("button", name="Show").click()
        page.get_by_text("As a table").first.click()
        assert page.get_by_role("region", name="Cases opened and decided, as a table").locator("tbody tr").count() < 20
        page.goto("/console/numbers?since=1900-01-01")
        expect(page.get_by_text("The page shows 400 days at most")).to_be_visible()
        for odd in ("since=x&until=%20", "since=9999-12-31", "since=2026-02-30", "until=0001-01-01"):
            assert page.goto(f"/console/numbers?{odd}").status == 200


def test_everything_can_be_taken_away_as_csv(browser: Browser, house: House) -> None:
    with seated(browser, house, "otto") as page:
        page.goto("/console/numbers?since=2000-01-01")
        with page.expect_download() as download:
            page.get_by_role("link", name="All figures as CSV").click()
        rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
        assert len({row["day"] for row in rows}) == 120
        answer = page.request.get(f"/console/numbers/decisions.csv?since={utc_now().date()}")
        found = list(csv.DictReader(io.StringIO(answer.text())))
        assert len(found) == 3 and found[0]["decided_by"] == "'=ann"


def test_a_stretch_is_at_most_the_longest_and_never_in_the_future():
    today = NOON.date()
    assert (stretch_of("", "", today).since, stretch_of("", "", today).until) == (today - timedelta(days=29), today)
    assert stretch_of("2027-01-01", "2030-01-01", today).days == [today]
    assert len(stretch_of("2000-01-01", "", today).days) == 400
    assert stretch_of("2000-01-01", "", today, longest=None).since.year == 2000
