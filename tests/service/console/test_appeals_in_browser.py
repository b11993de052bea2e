"""An appeal from the uploader's link to another reviewer's outcome, and one-time codes, in a real browser."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyotp
import pytest
from playwright.sync_api import Page, expect

from service import local
from tests.running import Running
from tests.service.console.conftest import PASSWORD
from tests.service.console.test_console import sign_in

HOSTILE_FILE = b"<html><script>document.title='owned'</script></html>"
HOSTILE_NAME = "\u202egnp.<img src=x onerror=alert(1)>.html"


@pytest.fixture(scope="module", autouse=True)
def sam(service: Running) -> Iterator[None]:
    tenant = service.earmark("admin", "tenant", "list", "--json").lines[0]["name"]
    made = service.earmark("admin", "reviewer", "create", tenant, "sam", "--password", PASSWORD, "--json")
    assert made.code == 0, made.errors
    yield


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/console/sign-in$"))


def decided_by_ines(page: Page, service: Running) -> str:
    """Ines blocks a track; the uploader's link."""
    sign_in(page)
    key = local.read(service.folder / local.KEY)
    api = httpx.Client(base_url=service.address, headers={"Authorization": f"Bearer {key}"})
    case = api.get("/v1/cases", params={"state": "open"}).json()["items"][0]
    track_id = api.get(f"/v1/cases/{case['id']}").json()["members"][0]["track"]["id"]
    form = {
        "action": "hold",
        "policy_clause": case["policy"],
        "reason": "ai_confirmed",
        "confirm": "ai_detected",
        "message": "We hold this track.",
    }
    answer = page.request.post(
        f"/console/cases/{case['id']}/decide", form=form, headers={"origin": service.address}, max_redirects=0
    )
    assert answer.status == 303, answer.text()
    made = api.post(f"/v1/tracks/{track_id}/appeal-link")
    assert made.status_code == 200, made.text
    sign_out(page)
    return str(made.json()["url"])


def test_an_appeal_with_a_hostile_file_is_decided_by_another_reviewer(
    page: Page, service: Running, tmp_path: Path
) -> None:
    link = decided_by_ines(page, service)
    page.goto(link)
    expect(page.get_by_text("We hold this track.")).to_be_visible()
    page.get_by_label("What is wrong with the decision, and why").fill("I sang this <b>myself</b>.\u202eevil")
    hostile = {"name": HOSTILE_NAME, "mimeType": "text/html", "buffer": HOSTILE_FILE}
    page.get_by_label(re.compile("^Files")).set_input_files(files=[hostile])
    page.get_by_role("button", name="Lodge the appeal").click()
    expect(page.get_by_role("heading", name="Your appeal")).to_be_visible()
    expect(page.get_by_text("I sang this <b>myself</b>.⟨U+202E⟩evil")).to_be_visible()
    page.screenshot(path=tmp_path / "appeal-link.png", full_page=True)

    sign_in(page)
    page.get_by_role("link", name="Appeals").click()
    page.locator("[data-row] a").first.click()
    expect(page.get_by_text("somebody else has to decide its appeal")).to_be_visible()
    expect(page.get_by_role("button", name="Decide the appeal")).to_have_count(0)
    forbidden = {"outcome": "upheld", "reason": "ai_confirmed", "message": "No."}
    forced = page.request.post(page.url + "/decide", form=forbidden, headers={"origin": service.address})
    assert forced.status == 409
    sign_out(page)

    sign_in(page, "sam")
    page.goto("/console/appeals")
    page.locator("[data-row] a").first.click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name=re.compile("gnp")).click()
    assert downloading.value.path().read_bytes() == HOSTILE_FILE
    assert downloading.value.suggested_filename.endswith(".txt")
    assert page.title() != "owned"
    page.screenshot(path=tmp_path / "appeal.png", full_page=True)
    page.get_by_label("reversed").check()
    page.get_by_label("Reason").select_option("ai_not_confirmed")
    page.get_by_role("textbox", name="To the uploader", exact=True).fill("You were right, we are sorry.")
    page.get_by_role("button", name="Decide the appeal").click()
    expect(page.locator("aside")).to_contain_text("reversed by sam")
    sign_out(page)

    page.goto(link)
    expect(page.get_by_text("The decision was reversed.")).to_be_visible()
    expect(page.get_by_text("You were right, we are sorry.").first).to_be_visible()
    assert not re.search(r"\bsam\b", page.content())


def test_one_time_codes_are_set_up_and_asked_for(page: Page, tmp_path: Path) -> None:
    sign_in(page, "otto")
    page.goto("/console/account")
    page.get_by_role("link", name="Set up one-time codes").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    page.screenshot(path=tmp_path / "one-time-codes.png")
    secret = page.locator("code").first.inner_text()
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="Go on").click()
    sign_out(page)
    sign_in(page, "otto")
    expect(page.get_by_role("heading", name="One-time code")).to_be_visible()
    page.get_by_label(re.compile("^Code of your")).fill(pyotp.TOTP(secret).at(time.time() + 30))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("link", name="Earmark")).to_be_visible()
    sign_out(page)
    sign_in(page, "otto")
    page.get_by_label(re.compile("^Code of your")).fill(recovery)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
