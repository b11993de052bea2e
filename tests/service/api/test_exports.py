"""A track's label in every form; what a machine suspects is in none of them."""

import io
from dataclasses import replace

import pytest

from schemas.disclosure import Facet, Level
from schemas.ern.read import read_message
from schemas.exports.formats import ExportFormat
from service.api.backend import Backend
from tests.service.api.caller import Caller, track_metadata
from tests.service.api.judging import judge

DPID = "PADPIDA2013042401U"
ALL = {facet.value: "ALL" for facet in Facet}


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"dpid": DPID})


def export(caller: Caller, track_id: str, form: str, **query: str):
    return caller.get(f"/v1/tracks/{track_id}/exports/{form}", **query)


def test_every_form_is_listed_and_answers(caller: Caller) -> None:
    track_id = caller.deliver(track_metadata(declared_ai=ALL)).json()["id"]
    listed = caller.get(f"/v1/tracks/{track_id}/exports").json()
    assert [entry["format"] for entry in listed] == [form.value for form in ExportFormat]
    for entry in listed:
        assert caller.get(entry["href"], recipient=DPID).status_code == 200, entry
    content = {
        form.value: export(caller, track_id, form.value).json()["content"]
        for form in ExportFormat
        if form is not ExportFormat.DDEX
    }
    assert content["apple"] == {"tags": ["Artwork", "Track", "Composition", "Music Video"]}
    assert [credit["role"] for credit in content["spotify"]["credits"]] == [
        *("Vocalist", "Instrumentalist", "Composer", "Lyricist", "Producer")
    ]
    assert content["iptc"]["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert content["eu_icon"]["icon"] == "FULLY_AI_GENERATED"
    assert '"Label":"2"' in content["china_aigc"]["metadata"]
    assert content["credits"]["declared"][0] == {"facet": "VOCALS", "level": "ALL", "text": "Vocals: made with AI"}
    spoken = export(caller, track_id, "eu_icon", language="de-AT").json()["content"]["first_exposure"]
    assert spoken.startswith("Diese Musik")


def test_the_ern_message_says_what_was_declared(caller: Caller) -> None:
    declared = {"VOCALS": "NONE", "INSTRUMENTATION": "PARTLY", "LYRICS": "ALL", "ARTWORK": "NONE"}
    track_id = caller.deliver(track_metadata(declared_ai=declared)).json()["id"]
    answer = export(caller, track_id, "ddex", recipient=DPID)
    assert answer.headers["content-type"].startswith("application/xml")
    message = read_message(io.BytesIO(answer.content))
    (track,) = message.tracks
    said = {facet.value: level.value for facet, level in track.declared_ai.items() if level is not Level.UNDECLARED}
    assert said == declared
    assert (message.sender, message.message_id) == (DPID, f"{track_id}-1")


def test_a_machine_s_suspicion_is_in_no_form_and_a_person_s_word_is(caller: Caller, backend: Backend) -> None:
    track_id = caller.delivered()
    before = export(caller, track_id, "eu_icon").json()
    case_id = judge(backend, track_id)
    assert export(caller, track_id, "eu_icon").json() == before
    card = export(caller, track_id, "credits").json()["content"]
    assert (card["confirmed"], card["detected"]) == ([], [])
    decision = {
        "case_id": case_id,
        "action": "label",
        "policy_clause": "AI-2",
        "reason": "ai_confirmed",
        "confirm_labels": ["ai_mismatch"],
    }
    assert caller.send("POST", "/v1/decisions", decision).status_code == 201
    assert export(caller, track_id, "eu_icon").json()["content"]["icon"] == "PARTIALLY_AI_MODIFIED"
    card = export(caller, track_id, "credits").json()["content"]
    assert card["confirmed"] == [
        "A reviewer confirmed traces of AI generation in the sound that the declaration denies."
    ]
    assert card["declared"][0]["level"] == "NONE"
    assert '"Label":"1"' in export(caller, track_id, "china_aigc").json()["content"]["metadata"]


def test_wrong_asks_are_told_what_is_wrong(caller: Caller, stranger: Caller, backend: Backend) -> None:
    track_id = caller.delivered()
    assert export(stranger, track_id, "apple").status_code == 404
    assert stranger.get(f"/v1/tracks/{track_id}/exports").status_code == 404
    assert export(caller, track_id, "tape").status_code == 422
    missing = export(caller, track_id, "ddex").json()
    assert missing["errors"][0]["field"] == "query.recipient"
    wrong = export(caller, track_id, "ddex", recipient="PADPIDA2013042401X").json()
    assert "check" in wrong["errors"][0]["message"]
    assert export(caller, track_id, "eu_icon", language="<b>").status_code == 422
    without = replace(backend, settings=backend.settings.model_copy(update={"dpid": None}))
    caller.client.app.state.backend = without
    refused = export(caller, track_id, "ddex", recipient=DPID)
    assert (refused.status_code, refused.json()["type"]) == (501, "/problems/not-offered")
