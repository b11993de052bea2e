"""One decision on many cases, several actions on one, messages from templates, and what stays benign."""

import re

import pytest
from starlette.testclient import TestClient

from schemas.review import CaseState, ReviewerRole
from schemas.verdict import Action, CaseScope, Priority
from service.api.backend import Backend
from service.app import create_app
from service.auth.scopes import Scope
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.cases import Cases, Cause
from service.store.clock import utc_now
from service.store.tracks import Tracks
from tests.service.api.caller import AUDIO, Caller, new_tenant
from tests.service.api.judging import judge
from tests.service.console.signing import HERE, person, sign_in

SPAM = {"action": "block", "reason": "spam_confirmed"}


@pytest.fixture
def client(sqlite_database, tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    backend = Backend(settings, sqlite_database, BlobStorage.open(settings.storage))
    with TestClient(create_app(backend=backend)) as opened:
        opened.backend = backend
        opened.caller = Caller.with_key(opened, backend, new_tenant(backend, "Northern Lights"), list(Scope))
        for name in ("ines", "nora"):
            person(backend, name)
        person(backend, "otto", ReviewerRole.AUDITOR)
        sign_in(opened)
        yield opened


def farm(client, size, sender="farm 7"):
    """Cases of one sender, one a track."""
    return [
        judge(client.backend, client.caller.deliver(
            {"title": f"Rain {n}", "artists": [{"name": f"Artist {n}"}], "sender": {"id": sender}}, AUDIO + bytes([n])
        ).json()["id"])
        for n in range(size)
    ]  # fmt: skip


def ring(client, size):
    """One case about a sender, with many tracks."""
    cause = Cause(
        scope=CaseScope.SENDER,
        subject_key="ring",
        cause="sender",
        policy="SPAM-2",
        queue="spam",
        priority=Priority.P1,
        action=Action.HOLD,
        reason="many",
    )
    tracks = [client.caller.delivered(title=f"Loop {n}") for n in range(size)]
    with client.backend.database.write() as session:
        for track_id in tracks:
            track = Tracks(session).find(track_id, lock=True)
            [case] = Cases(session).reconcile(track, [cause], content="1", now=utc_now())
        return case.id, tracks


def action_of(client, track_id):
    return client.caller.get(f"/v1/tracks/{track_id}/labels").json()["action"]


def state_of(client, case_id):
    return client.caller.get(f"/v1/cases/{case_id}").json()["state"]


def seen(html):
    return re.search(r'name="seen" value="(\w+)"', html)[1]


def test_a_cluster_is_previewed_with_its_count_decided_whole_and_taken_back_whole(client):
    cases = farm(client, 12)
    other = farm(client, 1, "somebody else")[0]
    shown = client.get(f"/console/bulk?like={cases[0]}&common=sender").text
    assert "Decide 12 cases together: 12 tracks of 1 sender" in shown
    form = SPAM | {"like": cases[0], "common": "sender", "seen": seen(shown), "message_template": "spam"}
    done = client.post("/console/bulk", data=form, headers=HERE)
    assert "12 cases decided together: 12 tracks" in done.text
    assert [state_of(client, case) for case in cases] == ["decided"] * 12
    assert state_of(client, other) == "open"
    told = client.caller.get("/v1/decisions", case_id=cases[3]).json()["items"][0]
    assert told["message"].startswith("We looked at 12 tracks")
    assert told["policy_clause"] == "AI-2"
    back = client.post(f"/console/bulk/{told['batch_id']}/undo", headers=HERE)
    assert "Nothing of it stands any more" in back.text
    assert {state_of(client, case) for case in cases} == {CaseState.OPEN.value}
    assert client.post(f"/console/bulk/{told['batch_id']}/undo", headers=HERE).status_code == 409


def test_what_changed_since_it_was_shown_is_not_decided_but_shown_anew(client):
    cases = farm(client, 3)
    shown = client.get(f"/console/bulk?like={cases[0]}").text
    farm(client, 5)
    late = client.post("/console/bulk", data=SPAM | {"like": cases[0], "seen": seen(shown)}, headers=HERE)
    assert late.status_code == 409
    assert "This has changed since it was shown" in late.text
    assert state_of(client, cases[0]) == "open"


def test_cases_in_other_hands_are_left_alone_and_named(client):
    cases = farm(client, 3)
    sign_in(client, "nora")
    client.get(f"/console/cases/{cases[1]}")
    sign_in(client)
    shown = client.get("/console/bulk", params={"case": cases}).text
    assert "1 case is in other hands and will be left alone: nora" in shown
    assert "Decide 2 cases" in shown
    done = client.post("/console/bulk", data=SPAM | {"case": cases, "seen": seen(shown)}, headers=HERE)
    assert "1 case was left as it is" in done.text
    assert [state_of(client, case) for case in cases] == ["decided", "open", "decided"]


def test_a_bulk_decision_needs_a_reason_a_role_and_this_site(client):
    cases = farm(client, 2)
    shown = seen(client.get("/console/bulk", params={"case": cases}).text)
    form = {"case": cases, "seen": shown, "action": "block", "reason": "spam_confirmed"}
    assert client.post("/console/bulk", data=form | {"reason": ""}, headers=HERE).status_code == 422
    assert client.post("/console/bulk", data=form | {"policy_clause": "NO-1"}, headers=HERE).status_code == 422
    assert client.post("/console/bulk", data=form, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    sign_in(client, "otto")
    assert client.post("/console/bulk", data=form, headers=HERE).status_code == 403
    assert client.get("/console/bulk", params={"case": cases}).status_code == 403
    assert {state_of(client, case) for case in cases} == {"open"}


def test_another_tenants_cases_and_batches_are_not_there(client):
    [case] = farm(client, 1)
    person(client.backend, "una", tenant="Somebody Else")
    sign_in(client, "una")
    assert client.get(f"/console/bulk?like={case}").status_code == 404
    assert "No open case is among them" in client.get(f"/console/bulk?case={case}").text
    assert client.get("/console/bulk/blk_0123").status_code == 404


def test_the_api_decides_many_once_however_often_it_is_asked(client):
    cases = farm(client, 3)
    body = SPAM | {"case_ids": [*cases, "cas_unknown"]}
    first = client.caller.send("POST", "/v1/decision-batches", body, Idempotency_Key="one")
    assert (first.status_code, first.json()["decided"]) == (201, 3)
    assert [one["case_id"] for one in first.json()["skipped"]] == ["cas_unknown"]
    assert client.caller.send("POST", "/v1/decision-batches", body, Idempotency_Key="one").json() == first.json()
    assert client.caller.send("POST", "/v1/decision-batches", body).status_code == 409
    undone = client.caller.send("POST", f"/v1/decision-batches/{first.json()['id']}/undo").json()
    assert (undone["standing"], undone["skipped"]) == (0, [])


def test_one_case_may_have_several_actions_and_a_reversed_appeal_frees_its_own_track_alone(client):
    case, tracks = ring(client, 4)
    form = {"action": "block", "policy_clause": "SPAM-2", "reason": "spam_confirmed"}
    otherwise = {"other": tracks[:1], "other_action": "label", "other_reason": "not_spam"}
    wrong = form | otherwise | {"other": ["trk_elsewhere"]}
    assert client.post(f"/console/cases/{case}/decide", data=wrong, headers=HERE).status_code == 409
    assert client.post(f"/console/cases/{case}/decide", data=form | otherwise, headers=HERE).status_code == 200
    assert [action_of(client, track) for track in tracks] == ["label", "block", "block", "block"]
    lodged = client.caller.send("POST", "/v1/appeals", {"track_id": tracks[1], "text": "Mine."}).json()["id"]
    sign_in(client, "nora")
    outcome = {"outcome": "reversed", "reason": "not_spam", "message": "You are right."}
    assert client.post(f"/console/appeals/{lodged}/decide", data=outcome, headers=HERE).status_code == 200
    assert [action_of(client, track) for track in tracks] == ["label", "none", "block", "block"]


def test_reviewed_and_benign_stays_until_the_content_changes(client):
    track_id = client.caller.delivered()
    case = judge(client.backend, track_id)
    form = {"action": "none", "policy_clause": "AI-2", "reason": "reviewed_benign"}
    client.post(f"/console/cases/{case}/decide", data=form, headers=HERE)
    other = {"scope": CaseScope.TRACK, "subject_key": track_id, "queue": "spam", "reason": "asked again"}

    def asked(action, scope=CaseScope.TRACK, content="another"):
        said = other | {"scope": scope, "cause": "META-1", "policy": "META-1", "priority": Priority.P2}
        with client.backend.database.write() as session:
            track = Tracks(session).find(track_id, lock=True)
            found = Cases(session).reconcile(track, [Cause(**said, action=action)], content=content, now=utc_now())
            return len(found)

    assert asked(Action.QUEUE) == 0
    assert asked(Action.HOLD) == 1
    assert asked(Action.QUEUE, CaseScope.SENDER) == 1
    client.caller.send("PATCH", f"/v1/tracks/{track_id}", {"title": "Another"}, If_Match='"1"')
    assert asked(Action.QUEUE) == 1


def test_a_template_is_filled_previewed_and_never_runs(client):
    track_id = client.caller.delivered(title="<script>alert(1)</script>\u202e")
    case = judge(client.backend, track_id)
    form = {"case": case, "action": "hold", "policy_clause": "AI-2", "message_template": "ai-labelled"}
    text = client.post("/console/messages/fill", data=form, headers=HERE).text
    assert "A declaration must agree with the evidence" in text
    assert "It is held back for now." in text
    assert "⟨U+202E⟩" in text
    shown = client.post("/console/messages/preview", data=form | {"reason": "ai_confirmed"}, headers=HERE)
    assert "&lt;script&gt;" in shown.text
    assert "<script>alert" not in shown.text
    assert client.post("/console/messages/preview", data=form, headers=HERE).status_code == 422
    unknown = client.post("/console/messages/fill", data=form | {"message_template": "x"}, headers=HERE)
    assert unknown.status_code == 404
