"""Whatever goes wrong is a problem document. Its text is part of the interface and is kept beside this file."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from schemas.problems import PROBLEMS, ProblemType
from service.api.backend import Backend
from service.app import create_app
from tests.service.api.caller import Caller, track_metadata

SNAPSHOT = Path(__file__).with_name("problems.snapshot.json")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def requests(caller: Caller) -> dict[str, Any]:
    """One request for each way of failing, by what is wrong with it."""
    track_id = caller.delivered()
    gone = caller.delivered(title="Gone")
    caller.send("DELETE", f"/v1/tracks/{gone}", If_Match='"1"')
    caller.deliver(key="used")
    decision = {"case_id": "cas_x", "action": "label", "policy_clause": "AI-2", "reason": "ai_confirmed"}
    return {
        "no such address": caller.get("/v1/nothing"),
        "no such method": caller.send("PUT", "/v1/tracks"),
        "no key": caller.client.get("/v1/tracks"),
        "no such track": caller.get("/v1/tracks/trk_x"),
        "no such release": caller.get("/v1/releases/rel_x"),
        "no such case": caller.send("POST", "/v1/decisions", decision),
        "no such decision": caller.get("/v1/decisions/dec_x"),
        "no such problem type": caller.get("/problems/nothing"),
        "wrong filter": caller.get("/v1/tracks", state="lost", limit=1000),
        "wrong cursor": caller.get("/v1/labels", cursor="x"),
        "missing filter": caller.get("/v1/recordings"),
        "wrong fields": caller.send("POST", "/v1/decisions", decision | {"action": "delete", "extra": 1}),
        "missing body": caller.send("POST", "/v1/decisions"),
        "body of another type": caller.client.post(
            "/v1/decisions", content=b"a=1", headers=caller.headers | {"Content-Type": "text/plain"}
        ),
        "broken JSON": caller.client.post(
            "/v1/releases", content=b'{"title": ', headers=caller.headers | {"Content-Type": "application/json"}
        ),
        "wrong release": caller.send("POST", "/v1/releases", {"upc": "036000291451"}),
        "wrong ISRC and UPC": caller.deliver(track_metadata(isrc="QZ1", release={"upc": "036000291451"})),
        "no form": caller.send("POST", "/v1/tracks", {}),
        "audio too large": caller.deliver(audio=b"\0" * 3_000_001),
        "empty audio": caller.deliver(audio=b""),
        "key used for another request": caller.deliver(track_metadata(title="Other"), key="used"),
        "no If-Match": caller.send("DELETE", f"/v1/tracks/{track_id}"),
        "old If-Match": caller.send("DELETE", f"/v1/tracks/{track_id}", If_Match='"7"'),
        "withdrawn track": caller.send("DELETE", f"/v1/tracks/{gone}", If_Match='"2"'),
        "declaration in a patch": caller.send("PATCH", f"/v1/tracks/{track_id}", {"declared_ai": {}}, If_Match='"1"'),
        "wrong declaration": caller.send(
            "PUT", f"/v1/tracks/{track_id}/declaration", {"VOCALS": "SOME", "DRUMS": "ALL"}, If_Match='"1"'
        ),
        "not ready": caller.get("/readyz"),
        "NUL in the address": caller.client.get("/v1/tracks/%00", headers=caller.headers),
    }


def test_problems_read_as_reviewed(caller: Caller) -> None:
    said = {}
    for wrong, answer in requests(caller).items():
        assert answer.headers["Content-Type"] == "application/problem+json", wrong
        problem = answer.json()
        assert problem["status"] == answer.status_code, wrong
        kind = ProblemType(problem["type"].removeprefix("/problems/"))
        assert (problem["status"], problem["title"]) == PROBLEMS[kind][:2], wrong
        assert problem.pop("instance") == "urn:uuid:" + answer.headers["X-Request-Id"], wrong
        said[wrong] = problem
    rendered = json.dumps(said, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(rendered, encoding="utf-8")
    assert rendered == SNAPSHOT.read_text(encoding="utf-8"), "if this is meant: UPDATE_SNAPSHOTS=1, and review the diff"


def test_the_address_of_a_problem_type_is_its_page(caller: Caller) -> None:
    problem = caller.client.get("/v1/tracks").json()
    page = caller.client.get(problem["type"])
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert problem["title"] in page.text
    assert problem["type"].rsplit("/", 1)[-1] in caller.client.get("/problems/").text


def test_a_wrong_method_names_the_right_ones(caller: Caller) -> None:
    assert set(caller.send("PUT", "/v1/tracks").headers["Allow"].split(", ")) == {"GET", "POST"}


def test_a_json_body_stops_at_its_limit(caller: Caller) -> None:
    for content in (b'{"title": "' + b"a" * 300_000 + b'"}', (b"x" * 10_000 for _ in range(30))):
        answer = caller.client.post(
            "/v1/releases", content=content, headers=caller.headers | {"Content-Type": "application/json"}
        )
        assert answer.status_code == 413
        assert answer.json()["detail"] == "The body may have 200000 bytes at most."


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"case_id": "\\u0000"}',
        b'{"case_id": "\\ud83d"}',
        b'{"case_id": "\xff"}',
        b'{"case_id": NaN}',
        b'{"case_id": ' + b"1" * 5000 + b"}",
        b'{"case_id": 1e400}',
        b'"text"',
        b"[]",
        b"null",
        b"\x00",
        b"\xef\xbb\xbf{}",
        b'{"title": {}, "upc": 1, "case_id": [], "note": 1}',
    ],
)
@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/decisions/dec_x/undo", "/v1/releases"])
def test_hostile_bodies_never_get_further_than_a_4xx(caller: Caller, path: str, body: bytes) -> None:
    answer = caller.client.post(path, content=body, headers=caller.headers | {"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/tracks/%00",
        "/v1/tracks?isrc=%00",
        "/v1/tracks?client_reference=%00",
        "/v1/tracks?client_reference=%ff%fe",
        "/v1/tracks/%ff",
        "/v1/tracks/..%2f..%2fetc%2fpasswd",
        "/v1/tracks/" + "x" * 5000,
        "/v1/tracks?cursor=" + "x" * 5000,
        "/v1/labels?cursor=-1",
        "/v1/labels?cursor=99999999999999999999",
        "/v1/labels?cursor=%D9%A1",
        "/v1/labels?limit=1e3",
        "/v1/cases?queue=" + "q" * 101,
        "/v1/recordings?isrc=" + "Q" * 5000,
        "/v1/tracks/",
        "//v1/tracks",
        "/problems/..%2fREADME",
    ],
)
def test_hostile_addresses_are_answered_like_any_other(caller: Caller, path: str) -> None:
    answer = caller.client.get(path, headers=caller.headers)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert len(answer.content) < 3000


def failing_app(backend: Backend, error: Exception) -> FastAPI:
    app = create_app(backend=backend)

    @app.get("/fails")
    def fails() -> None:
        raise error

    return app


def test_an_unexpected_error_is_logged_in_full_and_tells_nothing(backend: Backend) -> None:
    secret = RuntimeError("postgresql://user:secret@db/earmark")
    app = failing_app(backend, secret)
    with capture_logs() as logged, TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/fails")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/internal-error"
    assert problem["instance"] == "urn:uuid:" + answer.headers["X-Request-Id"]
    for told in ("secret", "RuntimeError", "Traceback"):
        assert told not in answer.text
    (line,) = [line for line in logged if line["log_level"] == "error"]
    assert (line["instance"], line["exc_info"]) == (problem["instance"], secret)


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (OSError(28, "No space left on device"), 507, "storage-full"),
        (OSError(13, "Permission denied"), 500, "internal-error"),
        (RecursionError(), 500, "internal-error"),
    ],
)
def test_errors_of_the_machine_have_types_of_their_own(
    backend: Backend, error: Exception, status: int, kind: str
) -> None:
    app = failing_app(backend, error)
    with capture_logs() as logged, TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/fails")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert [line["problem"] for line in logged if "problem" in line] == [kind]


def test_every_answer_has_an_id_of_ours_and_safe_headers(caller: Caller) -> None:
    for path in ("/v1/tracks", "/v1/nothing", "/healthz", "/openapi.json"):
        answer = caller.client.get(path, headers=caller.headers | {"X-Request-Id": "theirs"})
        assert len(answer.headers["X-Request-Id"]) == 36
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
