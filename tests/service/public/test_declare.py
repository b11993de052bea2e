"""Whoever holds the link declares for one track, and for no other; nobody else does."""

from datetime import timedelta

import pytest

from service.auth.signed_links import LinkPurpose
from service.store.clock import utc_now
from tests.service.api.caller import Caller

HOSTILE = "<script>alert(1)</script>\u202egnp"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def asked(caller: Caller, track_id: str) -> str:
    answer = caller.send("POST", f"/v1/tracks/{track_id}/declaration-requests", {"valid_days": 3})
    assert answer.status_code == 201, answer.text
    return "/declare/" + answer.json()["url"].rpartition("/")[2]


def test_an_artist_declares_by_a_link_and_the_track_is_judged_anew(caller: Caller) -> None:
    track_id = caller.delivered(title=HOSTILE, declared_ai={})
    link = asked(caller, track_id)
    waits = caller.get(f"/v1/tracks/{track_id}").json()["deadline"]
    assert (waits["waits_for"], waits["outcome"]) == ("declaration", "queue")
    assert caller.get(f"/v1/tracks/{track_id}/labels").json()["deadline"] == waits
    page = caller.client.get(link)
    assert page.status_code == 200
    assert "<script>" not in page.text and "\u202e" not in page.text
    stored = caller.client.post(link, data={"recording": "PARTLY", "parts": ["vocals", "mix"], "persona": "ai_persona"})
    assert (stored.status_code, "Thank you" in stored.text) == (200, True)
    track = caller.get(f"/v1/tracks/{track_id}").json()
    assert (track["revision"], track["deadline"]) == (2, None)
    said = {facet: level for facet, level in track["declaration"].items() if level != "UNDECLARED"}
    assert said == {"VOCALS": "PARTLY", "INSTRUMENTATION": "NONE", "POST_PRODUCTION": "PARTLY"}
    assert track["metadata"]["disclosure"] == {"persona": "ai_persona"}
    assert [event["kind"] for event in track["events"]] == [
        *("track.received", "track.declaration_requested", "track.revised")
    ]


def test_a_form_that_contradicts_itself_is_shown_again_with_the_reason(caller: Caller) -> None:
    track_id = caller.delivered()
    refused = caller.client.post(asked(caller, track_id), data={"recording": "PARTLY", "lyrics": "ALL"})
    assert refused.status_code == 422
    assert "Say which parts of the recording" in refused.text
    assert 'value="ALL" aria-describedby="about-lyrics" checked' in refused.text
    assert caller.get(f"/v1/tracks/{track_id}").json()["revision"] == 1


def test_links_that_open_nothing(caller: Caller, backend) -> None:
    track_id = caller.delivered()
    link = asked(caller, track_id)
    past, ahead = utc_now() - timedelta(seconds=1), utc_now() + timedelta(days=1)
    expired = "/declare/" + backend.links.token(LinkPurpose.DECLARATION, track_id, past)
    other = "/declare/" + backend.links.token(LinkPurpose.APPEAL, track_id, ahead)
    for address, status in ((expired, 410), (other, 404), (link[:-1], 404), ("/declare/x.y", 404)):
        assert caller.client.get(address).status_code == status, address
        assert caller.client.post(address, data={"recording": "ALL"}).status_code == status, address
    assert caller.client.post(link, content=b"{}", headers={"Content-Type": "application/json"}).status_code == 400
    assert caller.client.post(link, data={"recording": "A" * 20_000}).status_code == 400
    caller.send("DELETE", f"/v1/tracks/{track_id}", If_Match='"1"')
    assert caller.client.post(link, data={"recording": "ALL"}).status_code == 409


def test_the_form_s_answers_over_the_api(caller: Caller) -> None:
    track_id = caller.delivered()
    address = f"/v1/tracks/{track_id}/disclosure"
    assert caller.get("/v1/disclosure-form").json()[0]["name"] == "recording"
    assert caller.send("PUT", address, {"recording": "ALL"}).status_code == 428
    wrong = caller.send("PUT", address, {"recording": "PARTLY"}, If_Match='"1"')
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/invalid-request")
    stored = caller.send("PUT", address, {"recording": "ALL", "lyrics": "NONE"}, If_Match='"1"')
    assert (stored.status_code, stored.headers["etag"]) == (202, '"2"')
    assert caller.send("PUT", address, {"recording": "ALL"}, If_Match='"1"').status_code == 412
