"""Makes the pictures of the documentation: ``python -m tests.pictures``. A real service on the demo's recordings.

Every page of the console is taken 1,280 wide into ``docs/`` and 1,920 wide into ``docs/wide/``.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import httpx
import pyotp
from playwright.sync_api import Page, sync_playwright

from service import local
from service.cli.demo_samples import make_samples
from tests import install_chromium
from tests.running import Running
from tests.waiting import until

DOCS = Path(__file__).parents[1] / "docs"
USUAL, WIDE = {"width": 1280, "height": 900}, {"width": 1920, "height": 1080}
PASSWORD = "correct horse battery"
APPEAL = "We played and sang this ourselves in March. The session files are with our label and can be sent."
NOTICE = {
    "kind": "impersonation",
    "role": "artist",
    "name": "Ann Ember",
    "email": "ann@ember.example",
    "statement": "This is released under my name, and I have nothing to do with it.",
    "good_faith": True,
}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="earmark-pictures-") as name:
        folder = Path(name)
        samples = make_samples(folder / "samples", print)
        with Running(folder / "data") as service:
            delivered = service.earmark("deliver", samples, "--wait", "--json")
            assert delivered.code == 0, delivered.errors
            tenant = service.earmark("admin", "tenant", "list", "--json").lines[0]["name"]
            for person, role in (("ines", "reviewer"), ("adam", "administrator"), ("sam", "reviewer")):
                service.earmark("admin", "reviewer", "create", tenant, person, "--role", role, "--password", PASSWORD)
            api = httpx.Client(
                base_url=service.address,
                headers={"Authorization": f"Bearer {local.read(folder / 'data' / local.KEY)}"},
            )
            declared = next(line for line in delivered.lines if "ai_declared" in line["labels"])
            asked = api.post(f"/v1/tracks/{declared['track_id']}/declaration-requests", json={})
            found = next(line for line in delivered.lines if "ai_mismatch" in line["labels"])
            lodged = api.post("/v1/appeals", json={"track_id": found["track_id"], "text": APPEAL})
            assert lodged.status_code == 201, lodged.text
            told = {**NOTICE, "track_id": found["track_id"]}
            assert api.post("/v1/reports", json=told).is_success
            take(service, samples, declared["track_id"], asked.json()["url"])
    return 0


def take(service: Running, folder: Path, track_id: str, link: str) -> None:
    """Every page in turn."""
    path = install_chromium.find()
    assert path is not None, "no Chromium: run `make test-setup`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=["--no-sandbox", "--disable-gpu"])
        page, other, third = (
            browser.new_context(base_url=service.address, viewport=USUAL).new_page() for _ in range(3)
        )
        sign_in(page, "ines")
        picture(page, "console-queue")
        page.goto("/console/cases?queue=undeclared-ai")
        page.locator("[data-row] a").filter(has_text="Glass Orchard").first.click()
        page.get_by_role("heading", name="Why").first.wait_for()
        page.wait_for_timeout(1_500)
        picture(page, "console-case")
        page.keyboard.press("?")
        picture(page, "console-keys")
        page.keyboard.press("Escape")
        page.goto("/console/appeals")
        picture(page, "console-appeals")
        page.locator("[data-row] a").first.click()
        page.wait_for_load_state("load")
        picture(page, "console-appeal")
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
        page.keyboard.press("1")
        page.keyboard.press("d")
        page.get_by_role("heading", level=1).filter(has_text="decided together").wait_for()
        picture(page, "console-bulk-done")
        page.goto("/console/cases?queue=duplicates")
        page.locator("[data-row] a").first.click()
        page.get_by_role("link", name=re.compile("^Compare with")).first.click()
        page.wait_for_load_state("load")
        picture(page, "console-compare")
        sign_in(other, "adam")
        take_two_at_one_case(page, other, third)
        take_desk(other)
        take_code(third)
        take_delivery(other, folder)
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
    """What others see besides: rules, deliveries, webhooks, notices, quality, numbers, people."""
    page.goto("/console/blind")
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)
    picture(page, "console-blind")
    page.goto("/console/policy")
    page.get_by_role("button", name="Count now").click()
    page.wait_for_load_state("load")
    picture(page, "console-policy")
    page.get_by_role("link", name="ai-declared", exact=True).click()
    picture(page, "console-policy-rule")
    page.get_by_role("link", name="Edit as a draft").click()
    text = page.locator("textarea[name=text]")
    pack = text.input_value()
    text.fill(pack.replace("declared.music_all", "declared.musik_all", 1))
    page.locator("[data-problems] button").first.click()
    picture(page, "console-policy-edit")
    text.fill(pack.replace("status: live", "status: shadow", 1))
    page.get_by_label("Why", exact=True).fill("it is tried in the shadow first")
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_role("button", name="Test on past tracks").click()
    page.get_by_role("heading", name="On past tracks").wait_for()
    picture(page, "console-policy-proposal")
    for name in ("deliver", "webhooks", "reports", "quality", "numbers", "people", "account"):
        page.goto(f"/console/{name}")
        if name == "numbers":
            until(
                lambda: page.reload() and "Nothing is counted yet" not in page.content(),
                "days are counted",
                longest_s=300,
            )
        picture(page, f"console-{name}")
    page.goto("/console/cases")
    case = str(page.locator("[data-row] a").first.get_attribute("href")).rpartition("/")[2]
    page.goto(f"/console/quality/golden/{case}")
    picture(page, "console-golden")


def take_two_at_one_case(page: Page, senior: Page, third: Page) -> None:
    """A decision that comes late, told of the one that stands; then a second look on that case by a third person."""
    page.goto("/console/cases?queue=undeclared-ai")
    page.locator("[data-row] a").filter(has_text="Glass Orchard").first.click()
    page.wait_for_load_state("load")
    case, late = page.url.rpartition("/")[2], page.context.new_page()
    late.goto(page.url)
    decide(page, "label", "ai_confirmed")
    page.wait_for_load_state("load")
    decide(late, "none", "ai_not_confirmed")
    late.locator("main").get_by_text("Nothing of yours was stored").wait_for()
    picture(late, "console-conflict")
    late.close()
    page.goto("/console/cases")
    senior.goto(f"/console/quality/golden/{case}")
    senior.locator("select[name=reason]").select_option("ai_confirmed")
    senior.get_by_label("Why").fill("The maker told us.")
    senior.locator("main form button.main").click()
    senior.wait_for_load_state("load")
    sign_in(third, "sam")
    third.goto("/console/looks/next")
    third.wait_for_load_state("load")
    third.wait_for_timeout(1_500)
    picture(third, "console-look")


def decide(page: Page, action: str, reason: str) -> None:
    page.locator(f"input[name=action][value={action}]").check()
    page.locator("select[name=reason]").select_option(reason)
    page.get_by_role("button", name=re.compile("^Decide")).click()


def take_code(page: Page) -> None:
    """One-time codes: setting them up, and being asked for one."""
    page.goto("/console/account")
    page.get_by_role("link", name="Set up one-time codes").click()
    page.get_by_role("img", name="QR code").wait_for()
    picture(page, "console-codes")
    secret = page.locator("code").first.inner_text()
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").fill("sam")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="One-time code").wait_for()
    picture(page, "console-code")


def take_delivery(page: Page, folder: Path) -> None:
    """Files that were handed over together, one of which is missing."""
    rows = ("file,title,artists", "here.mp3,Low Water,Ann Ember", "elsewhere.mp3,High Water,Ann Ember")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")
    shutil.copy(next(iter(sorted(folder.glob("*.mp3")))), folder / "here.mp3")
    page.goto("/console/deliver")
    page.locator("input[name=file]").set_input_files([folder / "manifest.csv", folder / "here.mp3"])
    page.get_by_role("button", name="Deliver the files").click()
    page.wait_for_url("**/console/deliver/dlv_*")
    page.wait_for_timeout(6_000)
    page.reload()
    picture(page, "console-delivery")


def picture(page: Page, name: str) -> None:
    """As it is; a page of the console also as on a wide screen."""
    page.screenshot(path=DOCS / f"{name}.png")
    print(f"docs/{name}.png")
    if name.startswith("console-"):
        page.set_viewport_size(WIDE)
        page.screenshot(path=DOCS / "wide" / f"{name}.png")
        page.set_viewport_size(USUAL)


if __name__ == "__main__":
    sys.exit(main())
