"""Notices from outside: by the form and by the API, merged into one case, decided to both sides."""

import pytest
from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.app import create_app
from service.auth.scopes import Scope
from service.settings import Settings
from service.store.blobs import BlobStorage
from tests.service.api.caller import Caller, new_tenant
from tests.service.console.signing import HERE, person, sign_in

FORM = {
    "kind": "impersonation",
    "isrc": "QZ-EM6-26-00001",
    "role": "artist",
    "name": "Ann <b>Ember</b>\u202e",
    "email": "Ann@Ember.example",
    "statement": "<script>alert(1)</script> This is on my profile and not mine.",
    "links": "https://ember.example/a\nhttps://ember.example/b",
    "good_faith": "yes",
}


@pytest.fixture
def client(sqlite_database, tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    backend = Backend(settings, sqlite_database, BlobStorage.open(settings.storage))
    with TestClient(create_app(backend=backend)) as opened:
        opened.backend, opened.tenant = backend, new_tenant(backend, "Northern Lights")
        opened.caller = Caller.with_key(opened, backend, opened.tenant, list(Scope))
        opened.track = opened.caller.delivered()
        person(backend, "sam", ReviewerRole.SENIOR)
        person(backend, "otto", ReviewerRole.AUDITOR)
        yield opened


def send(client, **changes):
    return client.post(f"/report/{client.tenant}", data=FORM | changes, follow_redirects=False)


def decide(client, case, action, reason):
    said = {"case_id": case, "action": action, "policy_clause": "IMP-1", "reason": reason}
    answer = client.caller.send("POST", "/v1/decisions", said)
    assert answer.status_code == 201, answer.text


def test_a_notice_by_the_form_gets_a_receipt_that_tells_the_outcome(client):
    assert "Report a track" in client.get(f"/report/{client.tenant}").text
    sent = send(client)
    assert sent.status_code == 303
    receipt = sent.headers["location"]
    shown = client.get(receipt).text
    assert "A person will look at it" in shown
    assert "<script>" not in shown
    [notice] = client.caller.get("/v1/reports").json()["items"]
    assert (notice["state"], notice["track_id"], notice["links"][1]) == (
        "open",
        client.track,
        "https://ember.example/b",
    )
    case = client.caller.get(f"/v1/cases/{notice['case_id']}").json()
    assert (case["queue"], case["priority"]) == ("reports", "P1")
    sign_in(client, "otto")
    page = client.get(f"/console/cases/{notice['case_id']}").text
    assert "Ann &lt;b&gt;Ember&lt;/b&gt;⟨U+202E⟩" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in client.get("/console/reports").text
    decide(client, notice["case_id"], "hold", "impersonation_confirmed")
    assert "Something follows from your notice" in client.get(receipt).text
    assert client.caller.get(f"/v1/reports/{notice['id']}").json()["state"] == "upheld"
    assert client.caller.get(f"/v1/tracks/{client.track}/labels").json()["action"] == "hold"


def test_notices_with_one_claim_are_one_case_and_the_same_reporter_is_heard_once(client):
    first, again = send(client), send(client, statement="The very same thing, said again.")
    other = send(client, email="rob@label.example", role="rights_holder")
    third = send(client, kind="spam")
    assert {answer.status_code for answer in (first, again, other, third)} == {303}
    items = client.caller.get("/v1/reports").json()["items"]
    assert [one["kind"] for one in items] == ["spam", "impersonation", "impersonation"]
    assert items[1]["case_id"] == items[2]["case_id"] != items[0]["case_id"]
    reason = client.caller.get(f"/v1/cases/{items[1]['case_id']}").json()["reason"]
    assert reason == "2 notices from outside: impersonation, by a rights holder"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"isrc": "QZEM62699999"}, "no track of this catalogue has this ISRC"),
        ({"isrc": "nonsense"}, "isrc"),
        ({"email": "nobody"}, "email"),
        ({"good_faith": ""}, "good faith"),
        ({"links": "javascript:alert(1)"}, "links"),
        ({"statement": "short"}, "statement"),
        ({"kind": "dislike"}, "kind"),
        ({"isrc": ""}, "name the track"),
    ],
)
def test_a_bad_notice_is_told_what_is_wrong_and_keeps_what_was_written(client, change, said):
    answer = send(client, **change)
    assert answer.status_code == 422
    assert said in answer.text.split('<form method="post">')[0]
    assert "Ann &lt;b&gt;" in answer.text
    assert client.caller.get("/v1/reports").json()["items"] == []


def test_too_many_notices_strange_forms_and_unknown_catalogues_are_refused(client):
    assert client.get("/report/ten_unknown").status_code == 404
    assert client.post("/report/ten_unknown", data=FORM).status_code == 404
    assert client.post(f"/report/{client.tenant}", json=FORM).status_code == 400
    assert client.get("/report/receipt/x.y").status_code == 404
    answers = [send(client, email=f"a{n}@b.example").status_code for n in range(11)]
    assert answers == [303] * 10 + [429]


def test_a_reporter_whose_notices_prove_unfounded_waits_behind_others_and_can_be_suspended(client):
    for n in range(5):
        track = client.caller.delivered(isrc=f"QZEM6260010{n}")
        body = {name: value for name, value in FORM.items() if name not in ("links", "isrc")}
        made = client.caller.send("POST", "/v1/reports", body | {"track_id": track, "good_faith": True})
        assert made.status_code == 201, made.text
        notice = client.caller.get(f"/v1/reports/{made.json()['id']}").json()
        decide(client, notice["case_id"], "none", "no_impersonation")
    send(client)
    [notice, *_] = client.caller.get("/v1/reports").json()["items"]
    assert (notice["reporter"]["rejected"], notice["reporter"]["notices"]) == (5, 6)
    assert client.caller.get(f"/v1/cases/{notice['case_id']}").json()["priority"] == "P3"
    sign_in(client, "sam")
    assert "mostly unfounded" in client.get("/console/reports").text
    assert client.post(f"/console/reports/{notice['id']}/reporter", headers=HERE).status_code == 200
    refused = send(client, kind="other")
    assert refused.status_code == 409
    assert "are not taken until" in refused.text
    client.post(f"/console/reports/{notice['id']}/reporter", data={"lift": "true"}, headers=HERE)
    assert send(client, kind="other").status_code == 303


def test_an_undone_decision_opens_the_notice_again(client):
    send(client)
    [notice] = client.caller.get("/v1/reports").json()["items"]
    decide(client, notice["case_id"], "none", "no_impersonation")
    [decision] = client.caller.get("/v1/decisions").json()["items"]
    assert client.caller.get(f"/v1/reports/{notice['id']}").json()["state"] == "rejected"
    client.caller.send("POST", f"/v1/decisions/{decision['id']}/undo")
    assert client.caller.get(f"/v1/reports/{notice['id']}").json()["state"] == "open"
