"""Anybody may read how a released track was made, and nothing about one that is held, blocked, gone or unreleased."""

from datetime import timedelta

import pytest

from service.store.clock import utc_now
from tests.service.api.caller import Caller, track_metadata
from tests.service.api.judging import judge

HOSTILE = '<script>alert(1)</script>\u202egnp.exe "&'


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def decided(caller, backend, **metadata) -> str:
    track_id = caller.deliver(track_metadata(**metadata)).json()["id"]
    judge(backend, track_id)
    return track_id


def test_the_card_shows_declared_and_confirmed_and_no_suspicion(caller: Caller, backend) -> None:
    track_id = decided(caller, backend)
    answer = caller.client.get(f"/public/tracks/{track_id}")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    card = answer.json()
    assert {"track_id", "title", "artists", "declared", "undeclared", "confirmed", "detected"} <= set(card)
    assert (card["confirmed"], card["detected"]) == ([], [])
    page = caller.client.get(f"/public/tracks/{track_id}/card")
    assert page.headers["content-security-policy"].endswith("frame-ancestors *; base-uri 'none'")
    for suspicion in ("likely", "0.97", "suno", "50 Hz", "mismatch"):
        assert suspicion not in (page.text + answer.text).lower()
    assert "made without AI" in page.text


def test_a_hostile_title_is_shown_and_does_nothing(caller: Caller, backend) -> None:
    page = caller.client.get(f"/public/tracks/{decided(caller, backend, title=HOSTILE)}/card")
    assert "<script>" not in page.text
    assert "\u202e" not in page.text


def test_what_is_not_for_the_public_does_not_exist_for_it(caller: Caller, backend) -> None:
    tomorrow = (utc_now() + timedelta(days=2)).date().isoformat()
    undecided = caller.delivered()
    unreleased = decided(caller, backend, release={"release_date": tomorrow})
    withdrawn = decided(caller, backend)
    assert caller.send("DELETE", f"/v1/tracks/{withdrawn}", If_Match='"1"').status_code == 200
    held = caller.delivered()
    decision = {
        "case_id": judge(backend, held),
        "action": "hold",
        "policy_clause": "AI-2",
        "reason": "ai_confirmed",
    }
    assert caller.send("POST", "/v1/decisions", decision).status_code == 201
    for track_id in (undecided, unreleased, withdrawn, held, "trk_x"):
        for address in (f"/public/tracks/{track_id}", f"/public/tracks/{track_id}/card"):
            assert caller.client.get(address).status_code == 404, address
