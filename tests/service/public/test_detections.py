"""What analysis found becomes public by the tenant's choice, once the uploader was told and nobody replied in time."""

import json
from datetime import timedelta

import pytest
import typer
from typer.testing import CliRunner

from schemas.disclosure import Facet, Level
from service.cli import admin
from service.store.clock import utc_now
from service.store.tables.declaration_requests import DeclarationRequest
from service.store.tables.track_revisions import RevisionKind
from service.store.tenants import Tenants
from service.store.tracks import Tracks
from tests.service.api.caller import AUDIO, Caller, track_metadata
from tests.service.api.judging import judge
from workers.deadlines import end_waits

FOUND = "which the declaration denies. No person has confirmed it."


@pytest.fixture(autouse=True)
def publishing(caller: Caller, backend) -> None:
    choose(caller, backend, True)


def choose(caller, backend, publishes):
    with backend.database.write() as session:
        Tenants(session).get(caller.tenant_id).publishes_detections = publishes


@pytest.fixture
def track_id(caller: Caller, backend) -> str:
    made = caller.deliver(track_metadata(declared_ai={"VOCALS": "NONE"})).json()["id"]
    judge(backend, made)
    return made


def ask(caller, track_id):
    return caller.send("POST", f"/v1/tracks/{track_id}/declaration-requests", {"valid_days": 3}).json()


def run_out(backend, track_id):
    """Three days go by."""
    with backend.database.write() as session:
        row = session.get(DeclarationRequest, track_id)
        row.due_at = utc_now() - timedelta(seconds=1)
    end_waits(backend.database)


def public(caller, track_id):
    answer = caller.client.get(f"/public/tracks/{track_id}")
    assert answer.status_code == 200
    page = caller.client.get(f"/public/tracks/{track_id}/card")
    detected = answer.json()["detected"]
    assert ("Found by analysis, not confirmed" in page.text) is bool(detected)
    assert ("no-store" in answer.headers["cache-control"]) is bool(detected)
    return detected


def test_a_finding_is_told_waits_and_is_published_as_a_finding(caller: Caller, backend, track_id) -> None:
    assert public(caller, track_id) == [], "not before anybody was told"
    asked = ask(caller, track_id)
    assert asked["publishes"] == ["ai_detected", "ai_mismatch"]
    event = caller.get(f"/v1/tracks/{track_id}").json()["events"][-1]
    assert (event["kind"], event["data"]["publishes"]) == ("track.declaration_requested", asked["publishes"])
    form = caller.client.get("/declare/" + asked["url"].rpartition("/")[2])
    assert FOUND in form.text and "become public" in form.text
    assert public(caller, track_id) == [], "not before the time to reply ran out"
    run_out(backend, track_id)
    [sentence] = public(caller, track_id)
    assert sentence.endswith(FOUND)
    card = caller.client.get(f"/public/tracks/{track_id}").json()
    assert card["confirmed"] == [] and [line["level"] for line in card["declared"]] == ["NONE"], "kept apart"
    for suspicion in ("0.97", "likely", "suno", "50 Hz"):
        assert suspicion not in json.dumps(card)
    exported = caller.get(f"/v1/tracks/{track_id}/exports/eu_icon").json()["content"]
    assert exported["icon"] == "NONE", "a finding changes no declaration"
    choose(caller, backend, False)
    assert public(caller, track_id) == [], "the choice can be taken back"


def test_a_tenant_that_did_not_choose_it_publishes_nothing_that_it_asked_about(
    caller: Caller, backend, track_id
) -> None:
    choose(caller, backend, False)
    assert ask(caller, track_id)["publishes"] == []
    run_out(backend, track_id)
    choose(caller, backend, True)
    assert public(caller, track_id) == [], "the request told nobody that it would be published"


def test_who_was_asked_before_anything_was_found_was_told_of_nothing(caller: Caller, backend) -> None:
    undecided = caller.delivered()
    assert ask(caller, undecided)["publishes"] == []
    judge(backend, undecided)
    run_out(backend, undecided)
    assert public(caller, undecided) == []


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("answer", ["NONE", "ALL"])
def test_a_reply_in_time_or_late_takes_it_off(caller: Caller, backend, track_id, late, answer) -> None:
    link = "/declare/" + ask(caller, track_id)["url"].rpartition("/")[2]
    if late:
        run_out(backend, track_id)
        assert public(caller, track_id)
    assert caller.client.post(link, data={"recording": answer}).status_code == 200
    judge(backend, track_id)
    if not late:
        run_out(backend, track_id)
    assert public(caller, track_id) == []


def test_a_declaration_that_comes_with_other_metadata_is_a_reply(caller: Caller, backend, track_id) -> None:
    ask(caller, track_id)
    run_out(backend, track_id)
    changes = {"title": "Day Drive"}
    assert caller.send("PATCH", f"/v1/tracks/{track_id}", changes, If_Match='"1"').status_code == 202
    judge(backend, track_id)
    assert public(caller, track_id), "another title is none"
    with backend.database.write() as session:
        track = Tracks(session).find(track_id, lock=True)
        said = Tracks(session).metadata(track_id)
        said = said.model_copy(update={"title": "Drive", "declared_ai": {Facet.LYRICS: Level.NONE}})
        Tracks(session).revise(track, RevisionKind.METADATA, now=utc_now(), metadata=said)
    judge(backend, track_id)
    assert public(caller, track_id) == []


def test_an_open_appeal_takes_it_off_and_so_does_whoever_decides_it(caller: Caller, backend, track_id) -> None:
    ask(caller, track_id)
    run_out(backend, track_id)
    assert public(caller, track_id)
    appeal = caller.send("POST", "/v1/appeals", {"track_id": track_id, "text": "I sang this."})
    assert appeal.status_code == 201, appeal.text
    assert public(caller, track_id) == []


def test_an_appeal_before_the_end_keeps_it_private_at_the_end(caller: Caller, backend, track_id) -> None:
    ask(caller, track_id)
    assert caller.send("POST", "/v1/appeals", {"track_id": track_id, "text": "I sang this."}).status_code == 201
    run_out(backend, track_id)
    assert public(caller, track_id) == []


@pytest.mark.parametrize(("said", "confirmed"), [({"confirm_labels": ["ai_detected"]}, True), ({}, False)])
def test_once_a_person_decided_only_what_they_confirmed_is_shown(caller, backend, track_id, said, confirmed) -> None:
    ask(caller, track_id)
    run_out(backend, track_id)
    [case, *_] = caller.get("/v1/cases").json()["items"]
    decision = {"case_id": case["id"], "action": "none", "policy_clause": "AI-2", "reason": "other"} | said
    assert caller.send("POST", "/v1/decisions", decision).status_code == 201
    assert public(caller, track_id) == []
    assert bool(caller.client.get(f"/public/tracks/{track_id}").json()["confirmed"]) is confirmed
    caller.send("PATCH", f"/v1/tracks/{track_id}", {"title": "Day Drive"}, If_Match='"1"')
    judge(backend, track_id)
    assert public(caller, track_id) == [], "a new revision brings no finding back that a person has looked at"


def test_a_deadline_that_a_person_takes_back_publishes_nothing(caller: Caller, backend, track_id) -> None:
    ask(caller, track_id)
    run_out(backend, track_id)
    [lapsed] = caller.get("/v1/decisions").json()["items"]
    assert caller.send("POST", f"/v1/decisions/{lapsed['id']}/undo", {}).status_code in (200, 201)
    assert public(caller, track_id) == []
    ask(caller, track_id)
    assert public(caller, track_id) == [], "asked again, and the time runs anew"


def test_other_audio_is_something_else_than_what_was_told_of(caller: Caller, backend, track_id) -> None:
    ask(caller, track_id)
    run_out(backend, track_id)
    files = {"audio": ("other.wav", AUDIO + b"x", "audio/wav")}
    headers = caller.headers | {"If-Match": '"1"'}
    assert caller.client.put(f"/v1/tracks/{track_id}/audio", files=files, headers=headers).status_code == 202
    judge(backend, track_id)
    assert public(caller, track_id) == []


def test_nothing_of_a_withdrawn_track_is_public(caller: Caller, backend, track_id) -> None:
    ask(caller, track_id)
    run_out(backend, track_id)
    assert caller.send("DELETE", f"/v1/tracks/{track_id}", If_Match='"1"').status_code == 200
    assert caller.client.get(f"/public/tracks/{track_id}").status_code == 404
    assert caller.client.get(f"/public/tracks/{track_id}/card").status_code == 404
    assert caller.get(f"/v1/tracks/{track_id}/exports/credits").json()["content"]["detected"] == []


def test_the_operator_chooses_for_a_tenant(caller: Caller, backend, database_url, monkeypatch) -> None:
    monkeypatch.setenv("EARMARK_DATABASE_URL", database_url)
    app = typer.Typer()
    admin.register(app)
    run = CliRunner().invoke(app, ["admin", "tenant", "publishing", "Northern Lights", "--no-detections", "--json"])
    assert run.exit_code == 0, run.output
    listed = CliRunner().invoke(app, ["admin", "tenant", "list", "--json"])
    assert json.loads(listed.stdout)["publishes_detections"] is False
    assert CliRunner().invoke(app, ["admin", "tenant", "publishing", "Northern Lights"]).exit_code == 2
