"""Appeals at the console: seen by everybody, decided by another person than the first."""

import pytest
from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.app import create_app
from service.auth.scopes import Scope
from service.settings import Settings
from service.store.blobs import BlobStorage
from tests.service.api.caller import Caller, new_tenant
from tests.service.api.judging import judge
from tests.service.console.signing import HERE, person, sign_in

HTML = b"<html><script>alert(1)</script></html>"


@pytest.fixture
def client(sqlite_database, tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    backend = Backend(settings, sqlite_database, BlobStorage.open(settings.storage))
    with TestClient(create_app(backend=backend)) as opened:
        opened.backend = backend
        yield opened


def test_an_appeal_is_shown_written_to_and_decided_by_somebody_else(client):
    backend = client.backend
    caller = Caller.with_key(client, backend, new_tenant(backend, "Northern Lights"), list(Scope))
    for name, role in (("ines", ReviewerRole.REVIEWER), ("sam", ReviewerRole.SENIOR), ("otto", ReviewerRole.AUDITOR)):
        person(backend, name, role)
    track_id = caller.delivered(title="<b>\u202eTitle")
    case_id = judge(backend, track_id)
    sign_in(client, "ines")
    said = {"action": "hold", "policy_clause": "AI-2", "reason": "ai_confirmed", "confirm": "ai_detected"}
    assert client.post(f"/console/cases/{case_id}/decide", data=said, headers=HERE).status_code == 200
    appeal = caller.send("POST", "/v1/appeals", {"track_id": track_id, "text": "<i>mine</i>\u202e"}).json()["id"]
    files = {"files": ("<img src=x>.html", HTML)}
    file = client.post(f"/v1/appeals/{appeal}/files", files=files, headers=caller.headers).json()[0]["id"]
    path, outcome = (
        f"/console/appeals/{appeal}",
        {"outcome": "reversed", "reason": "ai_not_confirmed", "message": "Yes."},
    )

    assert "&lt;b&gt;" in client.get("/console/appeals").text
    shown = client.get(path).text
    assert "somebody else has to decide its appeal" in shown
    assert "&lt;i&gt;mine&lt;/i&gt;" in shown
    assert not {"<i>mine", "\u202e", "<img src"} & {part for part in ("<i>mine", "\u202e", "<img src") if part in shown}
    assert client.post(f"{path}/decide", data=outcome, headers=HERE).status_code == 409

    sign_in(client, "otto")
    assert client.get(path).status_code == 200
    assert client.post(f"{path}/decide", data=outcome, headers=HERE).status_code == 403

    sign_in(client, "sam")
    got = client.get(f"{path}/files/{file}")
    assert (got.content, got.headers["content-type"]) == (HTML, "application/octet-stream")
    assert client.post(f"{path}/messages", data={"text": " "}, headers=HERE).status_code == 422
    assert client.post(f"{path}/messages", data={"text": "Send stems."}, headers=HERE).status_code == 200
    assert client.post(f"{path}/decide", data=outcome | {"reason": "ai_confirmed"}, headers=HERE).status_code == 422
    elsewhere = client.post(f"{path}/decide", data=outcome, headers={"Origin": "https://elsewhere.example"})
    assert elsewhere.status_code == 403
    assert "<strong>reversed</strong> by sam" in client.post(f"{path}/decide", data=outcome, headers=HERE).text
    assert client.post(f"{path}/decide", data=outcome, headers=HERE).status_code == 409
    assert "reversed" in client.get("/console/appeals?state=reversed").text
    assert caller.get(f"/v1/tracks/{track_id}/labels").json()["action"] == "none"
