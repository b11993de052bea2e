"""The people page in a real browser and the same through the API: nobody locks everybody out, all is on record."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from schemas.review import ReviewerRole
from tests.service.console.desks import TENANT, House, console, flaws, seated
from tests.service.console.signing import person

ROLES = {"adam": "administrator", "ines": "reviewer", "otto": "auditor"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with console(tmp_path_factory.mktemp("people")) as opened:
        opened.ids = {n: person(opened.backend, n, ReviewerRole(role), tenant=TENANT).id for n, role in ROLES.items()}
        opened.ids["stranger"] = person(opened.backend, "zacharias", ReviewerRole.ADMINISTRATOR, tenant="other").id
        yield opened


def test_the_page_is_accessible_and_fits(browser: Browser, house: House, tmp_path: Path) -> None:
    with seated(browser, house, "adam") as page:
        assert flaws(page, ["/console/people"]) == []
        expect(page.get_by_role("row", name="adam you")).to_contain_text("less than a minute ago")
        assert page.get_by_text("zacharias").count() == 0
        page.screenshot(path=tmp_path / "people.png", full_page=True)


def test_a_role_is_changed_and_its_holder_signed_out_and_it_is_on_record(browser: Browser, house: House) -> None:
    with seated(browser, house, "ines") as hers, seated(browser, house, "adam") as page:
        page.goto("/console/people")
        page.get_by_label("Role of ines").select_option("senior")
        page.get_by_role("row", name="ines").get_by_role("button", name="Set").click()
        expect(page.locator("[data-flash]")).to_contain_text("Changed")
        expect(page.get_by_text("role: reviewer to senior")).to_be_visible()
        hers.goto("/console/cases")
        assert hers.url.endswith("/console/sign-in")


def test_somebody_is_shut_out_and_let_in_again(browser: Browser, house: House) -> None:
    with seated(browser, house, "adam") as page:
        page.goto("/console/people")
        page.get_by_role("button", name=re.compile("Shut out.*otto")).click()
        expect(page.get_by_role("row", name="otto").first).to_contain_text("shut out")
        page.get_by_role("button", name=re.compile("Let in again.*otto")).click()
        expect(page.get_by_role("button", name=re.compile("Shut out.*otto"))).to_be_visible()


def test_nobody_changes_themselves_strangers_or_the_page_without_being_an_administrator(
    browser: Browser, house: House
) -> None:
    origin = {"origin": house.address}
    with seated(browser, house, "adam") as page:
        mine = page.request.post(f"/console/people/{house.ids['adam']}", form={"active": "false"}, headers=origin)
        assert mine.status == 409 and "their own account" in mine.text()
        for odd in ({"role": "king"}, {"active": "perhaps"}):
            answer = page.request.post(f"/console/people/{house.ids['ines']}", form=odd, headers=origin)
            assert answer.status == 422
        nothing = page.request.post(f"/console/people/{house.ids['ines']}", form={}, headers=origin)
        assert nothing.status == 409 and "nothing was changed" in nothing.text()
        stranger = page.request.post(
            f"/console/people/{house.ids['stranger']}", form={"role": "auditor"}, headers=origin
        )
        assert stranger.status == 404
    with seated(browser, house, "otto") as page:
        assert page.request.get("/console/people").status == 403
        assert page.get_by_role("link", name="People").count() == 0
