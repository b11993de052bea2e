"""Appeals by API and by link; files of strangers are taken whole, and only ever downloaded."""

import pytest

from schemas.attachments import MOST_BYTES, FileKind, file_kind
from schemas.review import ReviewerRole
from tests.service.api.judging import judge
from tests.service.api.test_people import own_key
from tests.service.console.signing import person

HTML = b"<html><script>alert(document.cookie)</script></html>"
REVERSED = {"outcome": "reversed", "reason": "ai_not_confirmed", "message": "You were right."}


@pytest.fixture
def track_id(caller, backend):
    """A track that was labelled by a person, ines."""
    track_id = caller.delivered()
    case_id = judge(backend, track_id)
    ines = own_key(caller.client, backend, person(backend))
    clause = caller.get(f"/v1/cases/{case_id}").json()["policy"]
    backend.__dict__["ines"] = ines
    said = {"case_id": case_id, "action": "label", "policy_clause": "AI-2", "reason": "ai_confirmed"}
    assert clause == "AI-2"
    assert ines.send("POST", "/v1/decisions", said | {"confirm_labels": ["ai_detected"]}).status_code == 201
    return track_id


@pytest.fixture
def appeal(caller, track_id):
    answer = caller.send("POST", "/v1/appeals", {"track_id": track_id, "text": "Mine."}, Idempotency_Key="one")
    assert answer.status_code == 201, answer.text
    again = caller.send("POST", "/v1/appeals", {"track_id": track_id, "text": "Mine."}, Idempotency_Key="one")
    assert again.json() == answer.json()
    return answer.json()


def test_an_appeal_is_decided_by_another_person_alone(caller, backend, appeal, track_id):
    path = f"/v1/appeals/{appeal['id']}/decision"
    program = caller.send("POST", path, REVERSED)
    assert (program.status_code, program.json()["type"]) == (403, "/problems/needs-a-person")
    first = backend.__dict__["ines"].send("POST", path, REVERSED)
    assert (first.status_code, first.json()["type"]) == (409, "/problems/not-now")
    sam = own_key(caller.client, backend, person(backend, "sam"))
    assert sam.send("POST", path, REVERSED | {"reason": "ai_confirmed"}).status_code == 422
    assert sam.send("POST", path, REVERSED).json()["decided_by"] == "sam"
    assert sam.send("POST", path, REVERSED).status_code == 409
    seen = caller.get(f"/v1/appeals/{appeal['id']}").json()
    assert (seen["state"], seen["decided_by"], seen["messages"][-1]["author"]) == ("reversed", None, "reviewer")
    assert caller.get(f"/v1/tracks/{track_id}/labels").json()["labels"] == []


def test_both_sides_write_until_it_is_decided(caller, backend, appeal):
    path = f"/v1/appeals/{appeal['id']}/messages"
    sam = own_key(caller.client, backend, person(backend, "sam", ReviewerRole.SENIOR))
    assert sam.send("POST", path, {"text": "Send the stems."}).status_code == 201
    said = caller.send("POST", path, {"text": "Here\u202e."}).json()["messages"]
    assert [one["side"] for one in said] == ["uploader", "reviewer", "uploader"]
    assert said[1]["author"] == "reviewer"
    sam.send("POST", f"/v1/appeals/{appeal['id']}/decision", REVERSED)
    assert caller.send("POST", path, {"text": "x"}).status_code == 409


def test_a_hostile_file_is_kept_whole_and_never_shown(caller, appeal):
    path = f"/v1/appeals/{appeal['id']}/files"
    name = '../../<img src=x onerror=alert(1)>".html'
    handed = caller.client.post(path, files={"files": (name, HTML, "text/html")}, headers=caller.headers)
    assert handed.status_code == 201, handed.text
    got = caller.get(f"{path}/{handed.json()[0]['id']}")
    assert got.content == HTML
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert got.headers["content-disposition"].endswith(".txt")
    assert "<" not in got.headers["content-disposition"]
    assert (got.headers["x-content-type-options"], "sandbox" in got.headers["content-security-policy"]) == (
        "nosniff",
        True,
    )


@pytest.mark.parametrize(
    ("content", "status"), [(b"MZ\x90\x00", 422), (b"\x7fELF", 422), (b"a" * (MOST_BYTES + 1), 413), (b"", 422)]
)
def test_files_that_are_not_taken_are_named_and_leave_nothing(caller, backend, appeal, content, status):
    path = f"/v1/appeals/{appeal['id']}/files"
    answer = caller.client.post(path, files={"files": ("x.pdf", content)}, headers=caller.headers)
    assert answer.status_code == status, answer.text
    assert caller.get(f"/v1/appeals/{appeal['id']}").json()["files"] == []
    assert list(backend.settings.data_dir.rglob("*.part")) == []


def test_five_files_at_a_time(caller, appeal):
    files = [("files", (f"{n}.txt", b"text")) for n in range(6)]
    answer = caller.client.post(f"/v1/appeals/{appeal['id']}/files", files=files, headers=caller.headers)
    assert (answer.status_code, "5 files at most" in answer.text) == (422, True)


def test_kinds_are_told_by_bytes():
    assert file_kind(b"%PDF-1.7") is FileKind.PDF
    assert file_kind("Größe".encode()) is FileKind.TEXT
    assert file_kind("ö".encode()[:1] + b"") is None
    assert file_kind(b"a" * 511 + "ö".encode()[:1]) is FileKind.TEXT
    assert file_kind(b"\x00\x01") is None


def test_an_uploader_appeals_by_link_without_an_account(caller, backend, track_id):
    made = caller.send("POST", f"/v1/tracks/{track_id}/appeal-link").json()
    client, path = caller.client, made["url"].removeprefix("http://testserver")
    assert "ai_detected" in client.get(path).text
    form = {"text": "<script>alert(1)</script>\u202edlrow"}
    sent = client.post(path, data=form, files={"files": ("a.html", HTML)}, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    shown = client.get(path).text
    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown
    assert "\u202e" not in shown
    assert "ines" not in shown
    (appeal,) = caller.get("/v1/appeals").json()["items"]
    assert (len(appeal["files"]), appeal["messages"][0]["author"]) == (1, "by link")
    assert client.post(path, data={"text": ""}, files={"files": ("", b"")}).status_code == 409
    assert client.post(path, content=b"x", headers={"content-type": "text/plain"}).status_code == 415
    for wrong in (path[:-1] + ("A" if path[-1] != "A" else "B"), "/appeal/x", "/appeal/%00", "/appeal/a.b"):
        assert client.get(wrong).status_code in (400, 404)
        assert client.post(wrong, data=form).status_code in (400, 404)


def test_a_link_takes_a_few_messages_an_hour(caller, track_id):
    path = caller.send("POST", f"/v1/tracks/{track_id}/appeal-link").json()["url"].removeprefix("http://testserver")
    sent = [
        caller.client.post(path, files={"text": (None, "again")}, follow_redirects=False).status_code for _ in range(21)
    ]
    assert sent == [303] * 20 + [429]


def test_strangers_find_no_appeal(stranger, appeal):
    assert stranger.get(f"/v1/appeals/{appeal['id']}").status_code == 404
    assert stranger.get("/v1/appeals").json()["items"] == []
