"""The API takes an artist's key and never gives it back."""

from tests.service.api.caller import Caller, track_metadata

KEY = "eak_a-key-that-nobody-else-has"


def test_a_key_is_neither_echoed_nor_shown(caller: Caller) -> None:
    answer = caller.deliver(track_metadata(artist_key=KEY), key="once")
    again = caller.deliver(track_metadata(artist_key=KEY), key="once")
    assert (answer.status_code, again.status_code) == (202, 202)
    shown = caller.get(f"/v1/tracks/{answer.json()['id']}")
    assert KEY not in answer.text + again.text + shown.text
    assert shown.json()["metadata"]["artist_key"] is None


def test_an_error_about_a_key_does_not_repeat_it(caller: Caller) -> None:
    for broken in (KEY * 20, [KEY], {"key": KEY}):
        answer = caller.deliver(track_metadata(artist_key=broken))
        assert answer.status_code == 422
        assert "artist_key" in answer.text
        assert KEY not in answer.text
