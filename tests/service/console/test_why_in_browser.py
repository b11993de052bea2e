"""Why, in one screen: what was found is seen and heard, in a real browser on the real service."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from schemas.review import ReviewerRole
from tests.running import Running
from tests.service.console.conftest import sit
from tests.service.console.desks import AXE
from tests.service.console.hearing import CUT_S, SPEED, write_delivery
from tests.service.console.signing import PASSWORD


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("why")
    write_delivery(folder / "in")
    with Running(folder / "data", {"worker_processes": 1}) as running:
        delivered = running.earmark("deliver", folder / "in", "--wait", "--json")
        assert delivered.code == 0, (delivered.lines, running.said())
        sit(running, {"ines": ReviewerRole.REVIEWER})
        sit(running, {"stranger": ReviewerRole.REVIEWER}, tenant="elsewhere")
        yield running


def sign_in(page: Page, name: str = "ines") -> None:
    page.goto("/console/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/cases*")


def open_case(page: Page, title: str) -> None:
    page.locator("[data-row] a").filter(has_text=title).first.click()
    expect(page.get_by_role("heading", name="Why").first).to_be_visible()
    page.wait_for_load_state("load")


def test_the_spectrogram_shows_what_was_found_and_says_it(page: Page) -> None:
    sign_in(page)
    open_case(page, "Glass Orchard")
    picture = page.get_by_role("img", name=re.compile("^Spectrogram from 0 to 22 kHz over 0:24; energy up to 1"))
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("node => node.naturalHeight") == 256
    expect(page.locator(".spectrum figcaption")).to_contain_text(re.compile(r"multiples of 137\.81|Lines every 137\.8"))
    expect(page.get_by_role("img", name=re.compile(r"^All \d+ places laid over one another"))).to_be_visible()
    box = page.locator("[data-spectrum]").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    audio = page.locator(".player audio").first
    expect(audio).to_have_js_property("paused", False)
    assert audio.evaluate("node => node.currentTime") == pytest.approx(12.0, abs=2.0)


def test_nobody_of_another_tenant_sees_the_picture(page: Page, browser: Browser, service: Running) -> None:
    sign_in(page)
    open_case(page, "Glass Orchard")
    address = page.locator("[data-spectrum] img").get_attribute("src")
    answer = page.request.get(address)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    context = browser.new_context(base_url=service.address)
    other = context.new_page()
    assert other.request.get(address, max_redirects=0).status == 303
    sign_in(other, "stranger")
    assert other.request.get(address).status == 404
    context.close()


BOTH = """() => [...document.querySelectorAll("[data-side]")].map(
    (one) => ({at: one.currentTime, muted: one.muted, rate: one.playbackRate, keeps: one.preservesPitch})
)"""


def hears(page: Page, side: int) -> None:
    """Waits until both run and A or B is heard; then both are in step."""
    page.wait_for_function(
        """(side) => {
            const sides = [...document.querySelectorAll("[data-side]")];
            return sides.every((one) => !one.paused && one.currentTime > 0.5 && !one.seeking) && !sides[side].muted;
        }""",
        arg=side,
    )
    a, b = page.evaluate(BOTH)
    assert (a["muted"], b["muted"]) == (side == 1, side == 0)
    assert (a["rate"], b["rate"], b["keeps"]) == (1.0, pytest.approx(SPEED, abs=0.005), False)
    assert b["at"] == pytest.approx(CUT_S + a["at"] * SPEED, abs=0.35)


def test_a_copy_and_its_original_run_in_step_and_one_key_switches(page: Page) -> None:
    sign_in(page)
    open_case(page, "Loud Harbour")
    expect(page.locator(".pair")).to_contain_text("A runs at 1.060 times the speed of B, pitch with it")
    page.keyboard.press("a")
    hears(page, 0)
    page.keyboard.press("a")
    hears(page, 1)
    expect(page.locator("[data-heard]")).to_have_text("You hear B.")
    page.keyboard.press("a")
    hears(page, 0)
    page.keyboard.press("Space")
    page.wait_for_function("() => [...document.querySelectorAll('audio')].every((one) => one.paused)")
    page.get_by_role("button", name="From 0:00").click()
    hears(page, 0)
    page.locator(".player audio").first.evaluate("node => node.play()")
    page.wait_for_function("() => [...document.querySelectorAll('[data-side]')].every((one) => one.paused)")


def test_two_deliveries_have_a_page_of_their_own_for_their_tenant_alone(
    page: Page, browser: Browser, service: Running
) -> None:
    sign_in(page)
    open_case(page, "Loud Harbour")
    page.get_by_role("link", name="Compare with Quiet Harbour").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Loud Harbour and Quiet Harbour")
    page.wait_for_load_state("load")
    assert Axe().run(page, options=AXE).response["violations"] == []
    page.keyboard.press("a")
    hears(page, 0)
    address, audio = page.url, page.locator("[data-side=b]").get_attribute("src")
    assert page.request.get(audio).status == 200
    assert page.request.get("/console/compare/trk_none/trk_none").status == 404
    context = browser.new_context(base_url=service.address)
    other = context.new_page()
    sign_in(other, "stranger")
    assert [other.request.get(one).status for one in (address, audio)] == [404, 404]
    context.close()


def test_the_uploaders_days_are_one_link_away(page: Page) -> None:
    sign_in(page)
    open_case(page, "Loud Harbour")
    expect(page.get_by_role("img", name=re.compile("^New recordings in 30 days: [01]"))).to_be_visible()
    page.get_by_role("link", name="harbour label 2", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Uploader harbour label 2")
    expect(page.get_by_role("row").filter(has_text="Loud Harbour")).to_contain_text("decided")
    assert page.request.get("/console/uploader?sender=nobody").status == 404


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_violation_and_fits(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    sign_in(page)
    for title in ("Glass Orchard", "Loud Harbour"):
        page.goto("/console/cases")
        open_case(page, title)
        found = Axe().run(page, options=AXE).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        for width in (768, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.locator("html").evaluate("node => node.scrollWidth <= node.clientWidth"), width
