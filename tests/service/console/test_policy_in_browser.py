"""A rule's way from a draft to the brake and back, at the policy desk of the real service, in a real browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from schemas.review import ReviewerRole
from tests.running import Running
from tests.service.console.conftest import sit
from tests.service.console.desks import AXE, seated
from tests.sounds import music, write_audio

SENDERS = 6
PACK = """
pack: house
title: What this house does by itself
policies:
  - {clause: SHORT-1, title: Very short tracks, text: Tracks of a few seconds are looked at.}
rules:
  - id: very-short
    status: live
    policy: SHORT-1
    when:
      - audio.duration_s < 1.0
    then: {action: queue, priority: P2, queue: volume, case: track}
    reason: "{audio.duration_s} s long"
    tests:
      - {given: {audio.duration_s: 0.5}, expect: match}
      - {given: {audio.duration_s: 90.0}, expect: no}
"""
OFTEN = "      - sender.tracks_24h >= 1\n"
"""What a rule that holds needs besides: behaviour."""
LONGER = (
    PACK.replace("status: live", "version: 2\n    status: shadow")
    .replace("audio.duration_s < 1.0\n", "audio.duration_s < 20.0\n" + OFTEN)
    .replace("action: queue", "action: hold")
    .replace("{audio.duration_s: 0.5}", "{audio.duration_s: 0.5, sender.tracks_24h: 2}")
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Six trusted labels with a short track each, under a policy of one rule that hits none of them."""
    folder = tmp_path_factory.mktemp("policy")
    pack = folder / "house.yaml"
    pack.write_text(PACK)
    settings = {"worker_processes": 1, "policy_packs": pack, "worker_silence_s": 8, "brake_interval_s": 1}
    with Running(folder / "data", settings) as running:
        assert set(deliver(running, folder / "first", 10).values()) == {("decided", "none")}
        sit(running, {"olga": ReviewerRole.POLICY_OWNER, "adam": ReviewerRole.ADMINISTRATOR})
        yield running


def deliver(running: Running, folder: Path, seed: int) -> dict[str, tuple[str, str]]:
    """A track of six seconds by each of the labels; state and action of each."""
    folder.mkdir()
    rows = []
    for n in range(SENDERS):
        write_audio(folder / f"{n}.mp3", music(6.0, seed=seed + n), bit_rate_kbps=128)
        sender = {"id": f"label {n}", "tier": "trusted", "payout_hash": f"payout {n}"}
        rows.append({"file": f"{n}.mp3", "title": f"{folder.name} {n}", "artists": [{"name": f"Artist {n}"}]})
        rows[-1]["sender"] = sender
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    delivered = running.earmark("deliver", folder, "--wait", "--json")
    assert delivered.code == 0, (delivered.lines, running.said())
    return {Path(line["file"]).name: (line["state"], line["action"]) for line in delivered.lines}


@pytest.fixture
def desks(browser: Browser, service: Running) -> Iterator[tuple[Page, Page]]:
    """The desks of two people; an error in a browser's console fails the test."""
    with seated(browser, service, "olga") as olga, seated(browser, service, "adam") as adam:
        yield olga, adam


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def proposed(maker: Page, second: Page) -> None:
    """A draft is tested on past tracks and handed over; the second person has it before them."""
    press(maker, "Test on past tracks")
    expect(maker.get_by_role("heading", name="On past tracks")).to_be_visible()
    press(maker, "Propose to a second person")
    expect(maker.get_by_text("It waits for a second person.")).to_be_visible()
    second.goto(maker.url)


def live_everywhere(page: Page, service: Running) -> None:
    """Reload the desk until every worker has told that it judges by what is in force."""
    waiting = page.locator(".stats .tag", has_text="not live yet")
    page.goto("/console/policy")
    while waiting.count():
        page.wait_for_timeout(300)
        page.reload()
    expect(page.locator(".stats .tag", has_text=re.compile("^live$"))).to_be_visible()


def test_a_rule_goes_from_a_draft_to_the_brake_and_back(
    desks: tuple[Page, Page], service: Running, tmp_path: Path
) -> None:
    olga, adam = desks
    live_everywhere(olga, service)

    olga.get_by_role("link", name="very-short").click()
    olga.get_by_role("link", name="Edit as a draft").click()
    problems, text = olga.locator("[data-problems]"), olga.locator("textarea[name=text]")
    expect(problems).to_contain_text("Sound")
    text.fill(LONGER.replace("audio.duration_s <", "audio.duratoin_s <"))
    expect(problems).to_contain_text("duratoin_s")
    expect(problems.get_by_role("button", name=re.compile("^line 12$"))).to_be_visible()
    text.fill(LONGER.replace(OFTEN, ""))
    expect(problems).to_contain_text("the sound alone may not hold a track")
    text.fill(LONGER)
    expect(problems).to_contain_text("Sound: form")
    olga.get_by_label("Why").fill("loops of a few seconds since November")
    press(olga, "Keep as a draft")
    expect(olga.get_by_text("is changed")).to_be_visible()
    proposed(olga, adam)
    expect(olga.get_by_role("cell", name="6", exact=True).first).to_be_visible()
    press(adam, "Approve and put in force")
    expect(adam.get_by_text("in force by adam", exact=False).first).to_be_visible()

    live_everywhere(olga, service)
    expect(olga.get_by_role("row").filter(has_text="very-short")).to_contain_text("shadow")
    assert set(deliver(service, tmp_path / "second", 20).values()) == {("decided", "none")}

    olga.get_by_role("link", name="very-short").click()
    olga.get_by_label(re.compile("^Raise it to live")).fill("it hit what it was meant for")
    press(olga, "Propose")
    proposed(olga, adam)
    assert olga.get_by_role("button", name="Approve and put in force").count() == 0
    press(adam, "Approve and put in force")
    expect(adam.get_by_role("alert")).to_contain_text("0 of its hits were reviewed; it needs 30")
    adam.get_by_label("despite the gate").check()
    press(adam, "Approve and put in force")
    live_everywhere(olga, service)
    expect(olga.get_by_role("cell", name=re.compile("despite the gate"))).to_be_visible()

    assert {state for state, _ in deliver(service, tmp_path / "third", 30).values()} == {"decided"}
    alarm = olga.get_by_role("alert")
    while not alarm.count():
        olga.wait_for_timeout(300)
        olga.reload()
    expect(alarm).to_contain_text("Rule 'very-short' hit")
    expect(alarm).to_contain_text("It acts as queue instead of hold until you decide.")
    expect(olga.get_by_text("braked from hold")).to_be_visible()
    assert Axe().run(olga, options=AXE).response["violations"] == []

    olga.get_by_label("Why back to version 1").fill("labels that we trust were hit")
    olga.get_by_role("row").filter(has=olga.get_by_label("Why back to version 1")).get_by_role("button").click()
    expect(olga.locator("[data-flash]")).to_contain_text("The earlier version is in force again.")
    live_everywhere(olga, service)
    expect(olga.get_by_role("row").filter(has_text="very-short").first).to_contain_text("shadow")
