import hashlib
import json
from typing import Any

import pytest

from service.api.backend import Backend
from service.api.corrections import merged
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind
from tests.service.api.caller import AUDIO, Caller
from tests.service.api.judging import judge


def queued(backend: Backend, track_id: str) -> set[JobKind]:
    with backend.database.read() as session:
        return {kind for kind in JobKind if Jobs(session).of(kind, track_id) is not None}


def test_a_declaration_is_replaced_as_a_new_revision(caller: Caller, backend: Backend) -> None:
    track_id = caller.delivered()
    judge(backend, track_id)
    answer = caller.send("PUT", f"/v1/tracks/{track_id}/declaration", {"LYRICS": "ALL"}, If_Match='"1"')
    assert answer.status_code == 202
    assert answer.headers["ETag"] == '"2"'
    assert answer.json()["revision"] == 2
    track = caller.get(f"/v1/tracks/{track_id}").json()
    assert (track["declaration"]["LYRICS"], track["declaration"]["VOCALS"]) == ("ALL", "UNDECLARED")
    assert track["metadata"]["title"] == "Night Drive"
    assert "track.revised" in [event["kind"] for event in track["events"]]
    assert JobKind.DECIDE in queued(backend, track_id)


def test_a_patch_merges_into_the_metadata(caller: Caller) -> None:
    track_id = caller.delivered(release={"title": "R", "label": "L"}, own={"a": 1})
    patch = {"title": "Day Drive", "release": {"label": None, "type": "EP"}, "isrc": None}
    answer = caller.send("PATCH", f"/v1/tracks/{track_id}", patch, If_Match='"1"')
    assert answer.status_code == 202
    track = caller.get(f"/v1/tracks/{track_id}").json()
    assert (track["title"], track["isrc"]) == ("Day Drive", None)
    assert track["metadata"]["release"]["title"] == "R"
    assert track["metadata"]["release"]["label"] is None
    assert track["metadata"]["release"]["type"] == "EP"
    assert track["metadata"]["own"] == {"a": 1}
    assert track["declaration"]["VOCALS"] == "NONE"


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"isrc": "x"}, "metadata.isrc"),
        ({"title": None}, "metadata.title"),
        ({"artists": []}, "metadata.artists"),
        ({"release": {"upc": "036000291451"}}, "metadata.release.upc"),
        ({"declared_ai": {"VOCALS": "ALL"}}, "body.declared_ai"),
    ],
)
def test_a_patch_that_breaks_a_rule_changes_nothing(caller: Caller, patch: dict[str, Any], field: str) -> None:
    track_id = caller.delivered()
    answer = caller.send("PATCH", f"/v1/tracks/{track_id}", patch, If_Match='"1"')
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert caller.get(f"/v1/tracks/{track_id}").json()["revision"] == 1


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_patches_merge_as_in_the_appendix_of_rfc_7396(
    document: dict[str, Any], patch: dict[str, Any], result: dict[str, Any]
) -> None:
    assert merged(document, patch) == result


def test_new_audio_is_analysed_anew(caller: Caller, backend: Backend) -> None:
    track_id = caller.delivered()
    answer = caller.client.put(
        f"/v1/tracks/{track_id}/audio",
        files={"audio": ("new.flac", AUDIO + b"2")},
        headers=caller.headers | {"If-Match": '"1"'},
    )
    assert answer.status_code == 202
    assert answer.headers["ETag"] == '"2"'
    track = caller.get(f"/v1/tracks/{track_id}").json()
    assert track["audio"]["sha256"] == hashlib.sha256(AUDIO + b"2").hexdigest()
    assert track["audio"]["file_name"] == "new.flac"
    assert track["revision"] == 2
    assert JobKind.ANALYSE in queued(backend, track_id)


def test_audio_under_an_old_revision_is_refused_and_not_stored(caller: Caller, backend: Backend) -> None:
    track_id = caller.delivered()
    before = list(backend.blobs.contents())
    for if_match, status in [(None, 428), ('"9"', 412)]:
        headers = caller.headers | ({"If-Match": if_match} if if_match else {})
        answer = caller.client.put(f"/v1/tracks/{track_id}/audio", files={"audio": ("x", b"y")}, headers=headers)
        assert answer.status_code == status
    assert list(backend.blobs.contents()) == before


def test_a_withdrawn_track_is_readable_and_cannot_be_changed(caller: Caller) -> None:
    track_id = caller.delivered()
    answer = caller.send("DELETE", f"/v1/tracks/{track_id}", If_Match='"1"')
    assert (answer.status_code, answer.json()["state"], answer.json()["revision"]) == (200, "withdrawn", 2)
    track = caller.get(f"/v1/tracks/{track_id}").json()
    assert track["state"] == "withdrawn"
    assert [event["kind"] for event in track["events"]] == ["track.received", "track.revised", "track.withdrawn"]
    for method, path, body in [("DELETE", "", None), ("PATCH", "", {"title": "x"}), ("PUT", "/declaration", {})]:
        assert caller.send(method, f"/v1/tracks/{track_id}{path}", body, If_Match='"2"').status_code == 409


def test_a_withdrawn_track_leaves_its_cases(caller: Caller, backend: Backend) -> None:
    track_id = caller.delivered()
    case_id = judge(backend, track_id)
    assert caller.get(f"/v1/cases/{case_id}").json()["state"] == "open"
    caller.send("DELETE", f"/v1/tracks/{track_id}", If_Match="*")
    assert caller.get(f"/v1/cases/{case_id}").json()["state"] == "closed"
    assert caller.get(f"/v1/tracks/{track_id}/labels").json()["cases"] == []


def test_of_two_changes_on_the_same_revision_one_wins(caller: Caller) -> None:
    track_id = caller.delivered()
    first = caller.send("PATCH", f"/v1/tracks/{track_id}", {"title": "One"}, If_Match='"1"')
    second = caller.send("PATCH", f"/v1/tracks/{track_id}", {"title": "Two"}, If_Match='"1"')
    assert (first.status_code, second.status_code) == (202, 412)
    assert second.headers["ETag"] == '"2"'
    assert caller.get(f"/v1/tracks/{track_id}").json()["title"] == "One"


@pytest.mark.parametrize(("if_match", "status"), [("*", 202), ('"0", "1"', 202), ("1", 412), ('W/"1"', 412), ("", 412)])
def test_if_match_is_read_as_in_rfc_9110(caller: Caller, if_match: str, status: int) -> None:
    track_id = caller.delivered()
    answer = caller.send("PATCH", f"/v1/tracks/{track_id}", {"title": "x"}, If_Match=if_match)
    assert answer.status_code == status


def test_a_merge_patch_may_say_that_it_is_one(caller: Caller) -> None:
    track_id = caller.delivered()
    answer = caller.client.patch(
        f"/v1/tracks/{track_id}",
        content=json.dumps({"title": "x"}),
        headers=caller.headers | {"If-Match": "*", "Content-Type": "application/merge-patch+json"},
    )
    assert answer.status_code == 202


def test_what_could_lead_to_a_person_is_hashed_at_intake_and_in_a_correction(caller: Caller, backend: Backend) -> None:
    backend.settings.__dict__["hashing_key"] = "the operator's key"
    track_id = caller.delivered(sender={"id": "s", "ip": "203.0.113.7", "payout_hash": "iban-1"})
    before = caller.get(f"/v1/tracks/{track_id}").json()["metadata"]["sender"]
    patch = {"sender": {"device_hash": "dev-1"}}
    assert caller.send("PATCH", f"/v1/tracks/{track_id}", patch, If_Match="*").status_code == 202
    after = caller.get(f"/v1/tracks/{track_id}").json()["metadata"]["sender"]
    assert not any(plain in str((before, after)) for plain in ("203.0.113", "iban-1", "dev-1"))
    assert (before["ip"], before["payout_hash"]) == (after["ip"], after["payout_hash"])
