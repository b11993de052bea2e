"""Cases heard without the score, in a real browser."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.running import Running
from tests.service.console.test_console import sign_in


def test_a_case_is_heard_blind_and_decided_by_two_keys(page: Page, service: Running, screenshots: Path) -> None:
    sign_in(page)
    page.get_by_role("link", name="Hear one blind").click()
    expect(page.get_by_role("heading", name="Was it generated?")).to_be_visible()
    case_id = re.search(r"cas_\w+", page.url).group()
    said = page.locator("main").inner_text()
    for word in ("likely", "%", "suno", "provenance", "ai_detected", "no evidence"):
        assert word not in said.lower(), said
    assert page.locator(".player").get_attribute("data-player").endswith('"segments": []}')
    assert page.locator("[data-seen]").count() == 0
    page.screenshot(path=str(screenshots / "blind.png"))
    page.keyboard.press("1")
    page.keyboard.press("d")
    expect(page.locator("[data-flash]")).to_contain_text("Decided.")
    assert case_id not in page.url
    assert basis_of(service, case_id) == "blind"


def test_whoever_saw_the_score_is_told_that_it_does_not_train(page: Page, service: Running) -> None:
    sign_in(page)
    page.get_by_role("link", name="Hear one blind").click()
    blind = page.url
    page.get_by_role("link", name="Look at the case with everything").click()
    expect(page.get_by_role("heading", name="Why").first).to_be_visible()
    page.goto(blind)
    expect(page.locator("[data-seen]")).to_contain_text("does not train")
    page.keyboard.press("2")
    page.keyboard.press("d")
    expect(page.locator("[data-flash], .empty, h1").first).to_be_visible()
    case_id = re.search(r"cas_\w+", blind).group()
    assert basis_of(service, case_id) is None


def test_the_queue_keeps_reasons_from_view_and_what_was_shown_cannot_be_heard_blind(page: Page) -> None:
    sign_in(page, "nora")
    expect(page.locator("[data-row]").first).to_contain_text("about generation")
    assert "generator" not in page.locator("table").inner_text()
    page.get_by_role("link", name="Show the reasons").click()
    expect(page.locator("[data-row]").first).to_contain_text("generator: suno")
    page.get_by_role("link", name="Hear one blind").click()
    expect(page.locator("[data-flash]")).to_contain_text("No case about generation is left")


def test_an_answer_that_is_none_and_a_case_that_is_none_are_refused(page: Page) -> None:
    sign_in(page, "nora")
    href = page.locator("[data-row] a").first.get_attribute("href")
    origin = "/".join(page.url.split("/")[:3])
    unsure = page.request.post(f"{href}/blind", form={"heard": "perhaps"}, headers={"origin": origin})
    assert unsure.status == 422 and "Say which of the two" in unsure.text()
    assert page.request.get("/console/cases/cas_nothing/blind").status == 404
    gone = page.request.post(
        "/console/cases/cas_nothing/blind", form={"heard": "generated"}, headers={"origin": origin}
    )
    assert gone.status == 404


def test_an_auditor_cannot_decide_blind_either(page: Page) -> None:
    sign_in(page, "otto")
    expect(page.get_by_role("heading", name="Cases")).to_be_visible()
    assert page.request.get("/console/blind").status == 403


def basis_of(service: Running, case_id: str) -> str | None:
    shown = service.earmark("cases", "show", case_id, "--json")
    return shown.lines[0]["decisions"][-1]["basis"]
