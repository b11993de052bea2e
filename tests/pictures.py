"""Makes the pictures of the documentation: ``python -m tests.pictures``. A real service on the demo's recordings."""

import sys
import tempfile
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from service import local
from service.cli.demo_samples import make_samples
from tests import install_chromium
from tests.running import Running

DOCS = Path(__file__).parents[1] / "docs"
PASSWORD = "correct horse battery"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="earmark-pictures-") as name:
        folder = Path(name)
        samples = make_samples(folder / "samples", print)
        with Running(folder / "data") as service:
            delivered = service.earmark("deliver", samples, "--wait", "--json")
            assert delivered.code == 0, delivered.errors
            tenant = service.earmark("admin", "tenant", "list", "--json").lines[0]["name"]
            for person, role in (("ines", "reviewer"), ("adam", "administrator")):
                service.earmark("admin", "reviewer", "create", tenant, person, "--role", role, "--password", PASSWORD)
            declared = next(line for line in delivered.lines if "ai_declared" in line["labels"])
            asked = httpx.post(
                f"{service.address}/v1/tracks/{declared['track_id']}/declaration-requests",
                headers={"Authorization": f"Bearer {local.read(folder / 'data' / local.KEY)}"},
                json={},
            )
            take(service, declared["track_id"], asked.json()["url"])
    return 0


def take(service: Running, track_id: str, link: str) -> None:
    """Every page in turn."""
    path = install_chromium.find()
    assert path is not None, "no Chromium: run `make test-setup`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=service.address, viewport={"width": 1280, "height": 900})
        sign_in(page, "ines")
        picture(page, "console-queue")
        page.locator("[data-row] a").filter(has_text="Glass Orchard").first.click()
        page.get_by_role("heading", name="Why").first.wait_for()
        page.wait_for_timeout(1_500)
        picture(page, "console-case")
        page.keyboard.press("?")
        picture(page, "console-keys")
        page.goto("/console/appeals")
        picture(page, "console-appeals")
        page.goto("/console/cases")
        page.locator("[data-row] a").filter(has_text="sleep-harbor-media").first.click()
        page.get_by_role("heading", name="Why").first.wait_for()
        page.wait_for_load_state("load")
        page.goto("/console/uploader?sender=sleep-harbor-media")
        picture(page, "console-uploader")
        page.go_back()
        page.wait_for_load_state("load")
        page.keyboard.press("c")
        page.get_by_role("heading", level=1).filter(has_text="together").wait_for()
        picture(page, "console-bulk")
        other = browser.new_context(base_url=service.address, viewport={"width": 1280, "height": 900})
        take_desk(other.new_page())
        page.goto(f"/public/tracks/{track_id}/card")
        page.set_viewport_size({"width": 640, "height": 560})
        picture(page, "public-card")
        page.set_viewport_size({"width": 900, "height": 1_200})
        page.goto(link)
        picture(page, "declare")
        browser.close()


def sign_in(page: Page, name: str) -> None:
    page.goto("/console/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    picture(page, "console-sign-in")
    page.get_by_role("button", name="Sign in").click()
    page.locator("[data-row]").first.wait_for()


def take_desk(page: Page) -> None:
    """What an administrator sees besides: rules, deliveries, webhooks, notices, quality, numbers, people."""
    sign_in(page, "adam")
    page.goto("/console/policy")
    page.get_by_role("button", name="Count now").click()
    page.wait_for_load_state("load")
    picture(page, "console-policy")
    for name in ("deliver", "webhooks", "reports", "quality", "numbers", "people"):
        page.goto(f"/console/{name}")
        picture(page, f"console-{name}")


def picture(page: Page, name: str) -> None:
    page.screenshot(path=DOCS / f"{name}.png")
    print(f"docs/{name}.png")


if __name__ == "__main__":
    sys.exit(main())
