"""A reviewer's work in a real browser, on the real service: from signing in to an appeal that another one decides."""

import re
import time
from pathlib import Path

import httpx
import pyotp
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, insert, inspect, select
from sqlalchemy.orm import Session

from service import local
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.ids import Noun, new_id
from service.store.tables import Base
from service.store.tables.cases import CaseTrack
from service.store.tables.jobs import Job
from service.store.tables.tracks import Track
from service.store.tracks import Tracks
from tests.deliveries import cause, metadata
from tests.running import Running
from tests.service.console.signing import PASSWORD

FARM = 200
HOSTILE_FILE = b"<html><script>document.title='owned'</script></html>"
HOSTILE_NAME = "\u202egnp.<img src=x onerror=alert(1)>.html"


def sign_in(page: Page, name: str = "ines", password: str = PASSWORD) -> None:
    page.goto("/console/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_nobody_gets_in_without_a_password(page: Page) -> None:
    page.goto("/console/cases")
    expect(page).to_have_url(re.compile("/console/sign-in$"))
    sign_in(page, password="something else")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    assert page.request.get("/console/cases", max_redirects=0).status == 303


def test_a_case_is_heard_decided_by_keyboard_and_undone(page: Page) -> None:
    sign_in(page)
    expect(page.get_by_role("heading", name="Cases")).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    first_case = page.url
    expect(page.locator(".trace").first).to_contain_text("provenance.says_ai")
    page.keyboard.press("Space")
    expect(page.locator(".player audio").first).to_have_js_property("paused", False)
    expect(page.locator(".player audio").first).to_have_js_property("volume", 0.5)
    page.keyboard.press("s")
    expect(page.locator(".player audio").first).to_have_js_property("paused", False)
    page.keyboard.press("2")
    page.keyboard.press("d")
    expect(page.locator("[data-flash]")).to_contain_text("Decided.")
    page.goto(first_case)
    expect(page.locator("aside")).to_contain_text("label under AI-2, ai confirmed, by ines")
    page.keyboard.press("u")
    expect(page.get_by_role("button", name="Decide")).to_be_visible()
    expect(page.locator("aside")).to_contain_text("undone")


def test_a_decision_needs_a_reason(page: Page) -> None:
    sign_in(page)
    page.locator("[data-row] a").first.click()
    page.get_by_role("button", name="Decide").click()
    expect(page.locator("select[name=reason]:invalid")).to_have_count(1)
    answer = page.request.post(
        page.url + "/decide", form={"action": "label", "policy_clause": "AI-2"}, headers={"origin": _origin(page)}
    )
    assert answer.status == 422
    assert "reason" in answer.text()


def test_the_second_of_two_decisions_is_told_of_the_first(page: Page) -> None:
    sign_in(page)
    page.locator("[data-row] a").last.click()
    form = {"action": "label", "policy_clause": "AI-2", "reason": "ai_confirmed"}
    headers = {"origin": _origin(page)}
    assert page.request.post(page.url + "/decide", form=form, headers=headers, max_redirects=0).status == 303
    late = page.request.post(page.url + "/decide", form=form | {"action": "none"}, headers=headers, max_redirects=0)
    assert late.status == 409
    assert "You decided it already. Nothing of yours was stored" in late.text()


def test_a_hostile_title_does_nothing_and_hides_nothing(page: Page) -> None:
    sign_in(page)
    page.get_by_role("link", name=re.compile("owned")).click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text(
        "<script>document.title='owned'</script>⟨U+202E⟩"
    )
    assert page.title() != "owned"


def test_an_auditor_reads_and_cannot_decide(page: Page) -> None:
    sign_in(page, "otto")
    page.locator("[data-row] a").first.click()
    expect(page.get_by_text("Your role may read, but not decide.")).to_be_visible()
    answer = page.request.post(page.url + "/decide", form={"action": "none"}, headers={"origin": _origin(page)})
    assert answer.status == 403


def test_a_form_from_another_site_is_refused(page: Page) -> None:
    sign_in(page)
    page.locator("[data-row] a").first.click()
    form = {"action": "none", "policy_clause": "AI-2", "reason": "other"}
    answer = page.request.post(page.url + "/decide", form=form, headers={"origin": "https://elsewhere.example"})
    assert answer.status == 403


def test_audio_is_for_the_signed_in_alone(page: Page, service: Running) -> None:
    sign_in(page)
    page.locator("[data-row] a").first.click()
    source = page.locator(".player audio").first.get_attribute("src")
    assert source is not None
    part = page.request.get(source, headers={"range": "bytes=0-9"})
    assert (part.status, len(part.body())) == (206, 10)
    page.context.clear_cookies()
    assert page.request.get(source, max_redirects=0).status == 303


def test_every_page_fits_a_narrow_screen(page: Page) -> None:
    sign_in(page)
    page.set_viewport_size({"width": 768, "height": 1000})
    for address in ("/console/cases", page.locator("[data-row] a").first.get_attribute("href")):
        page.goto(str(address))
        assert page.locator("html").evaluate("node => node.scrollWidth <= node.clientWidth")


def _origin(page: Page) -> str:
    return page.url.partition("/console")[0]


def test_a_case_in_somebodys_hands_is_shown_to_others_and_given_back_on_leaving(page: Page, service: Running) -> None:
    sign_in(page)
    page.locator("[data-row] a").last.click()
    expect(page.locator("[data-claim]")).to_have_text("in your hands")
    case = page.url
    other = page.context.browser.new_context(base_url=service.address)
    second = other.new_page()
    sign_in(second, "nora")
    expect(second.get_by_text("with ines").last).to_be_visible()
    second.goto(case)
    expect(second.get_by_text("ines has had this case in hand")).to_be_visible()
    expect(second.get_by_role("button", name="Decide")).to_have_count(0)
    form = {"action": "none", "policy_clause": "AI-2", "reason": "other"}
    refused = second.request.post(case + "/decide", form=form, headers={"origin": _origin(page)})
    assert refused.status == 409
    assert "somebody else has this case" in refused.text()
    page.keyboard.press("q")
    expect(page.get_by_role("heading", name="Cases")).to_be_visible()
    second.goto(case)
    expect(second.locator("[data-claim]")).to_have_text("in your hands")
    other.close()


def test_a_plain_case_takes_three_keys_from_the_queue(page: Page) -> None:
    sign_in(page)
    expect(page.get_by_role("heading", name="Cases")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Decide")).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("1")
    expect(page.locator("select[name=reason]")).not_to_have_value("")
    page.keyboard.press("d")
    expect(page.locator("[data-flash]")).to_contain_text("Decided.")
    page.keyboard.press("u")
    expect(page.locator("[data-flash]")).to_contain_text("The decision is taken back.")


def test_the_keys_that_help_lists_are_shown_and_the_next_case_is_reached_by_one(page: Page) -> None:
    sign_in(page)
    expect(page.get_by_role("heading", name="Cases")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("take the decision back")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/console/cases/cas_"))


def test_asking_for_every_queue_and_priority_shows_them_all(page: Page) -> None:
    sign_in(page)
    expect(page.locator("[data-row]").first).to_be_visible()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("[data-row]").first).to_be_visible()
    assert page.url.endswith("priority=")


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


@pytest.fixture
def farm(service: Running) -> None:
    """Two hundred deliveries of a recording that came in, by one sender, and a case about each: one, and its copies."""
    database, now = service.database(), utc_now()
    with database.write() as session:
        heard = session.scalars(select(Track).where(Track.title == "Iron Causeway")).one()
        whose, audio = heard.tenant_id, heard.audio_sha256
        said = metadata("Rain 0", "Cloud", sender={"id": "farm 7"})
        track = Tracks(session).accept(tenant_id=whose, metadata=said, audio_sha256=audio, now=now)
        asked = cause(track.id, "rain", queue="farms", reason="one of many")
        [case] = Cases(session).reconcile(track, [asked], content="1", now=now)
        session.execute(delete(Job).where(Job.subject_id == track.id))
        ids = [(new_id(Noun.TRACK), new_id(Noun.CASE)) for _ in range(1, FARM)]
        copy(session, track, [{"id": one, "title": f"Rain {n}"} for n, (one, _) in enumerate(ids, 1)])
        copy(session, Tracks(session).revision(track.id), [{"track_id": one} for one, _ in ids])
        copy(session, case, [{"id": about, "subject_key": one} for one, about in ids])
        member = session.get_one(CaseTrack, (case.id, track.id))
        copy(session, member, [{"track_id": one, "case_id": about} for one, about in ids])
    database.dispose()


def copy(session: Session, row: Base, changes: list[dict[str, str]]) -> None:
    """Rows like one, each with its changes; the database counts on where it counts rows."""
    columns = [column.key for column in inspect(type(row)).columns if column.key != "accepted_seq"]
    session.execute(insert(type(row)), [{key: getattr(row, key) for key in columns} | one for one in changes])


def test_a_farm_of_200_tracks_is_decided_and_taken_back_by_keyboard(page: Page, farm: None) -> None:
    sign_in(page)
    page.goto("/console/cases?queue=farms")
    page.locator("[data-row] a").filter(has_text="Rain").first.click()
    page.wait_for_load_state("load")
    page.keyboard.press("c")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Decide 200 cases together: 200 tracks of 1 sender")
    page.wait_for_load_state("load")
    page.keyboard.press("5")
    expect(page.locator("select[name=reason]")).to_have_value("ai_confirmed")
    page.select_option("[data-template]", "ai-labelled")
    expect(page.locator("textarea[name=message]")).to_have_value(re.compile("and 199 more"))
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("d")
    expect(heading).to_have_text("200 cases decided together: 200 tracks")
    page.wait_for_load_state("load")
    page.keyboard.press("u")
    expect(page.get_by_text("Nothing of it stands any more.")).to_be_visible()
