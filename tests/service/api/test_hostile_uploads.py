"""Everything that is sent to break intake: each a clear problem that names what is wrong, and nothing half-stored."""

import json
from typing import Any

import pytest

from service.api.backend import Backend
from service.store.jobs import Jobs
from tests.service.api.caller import AUDIO, Caller, track_metadata

HOSTILE_TITLE = "<script>alert(1)</script>\u202e{{7*7}}" * 3000


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is refused never reaches the database, so one kind is enough."""
    return sqlite_url


def stored_anything(backend: Backend) -> bool:
    staging = backend.settings.data_dir / "blobs" / "staging"
    with backend.database.read() as session:
        return bool(list(staging.iterdir()) or list(backend.blobs.contents()) or Jobs(session).unsettled())


HOSTILE_METADATA: list[tuple[Any, int, str, str]] = [
    (track_metadata(title=HOSTILE_TITLE), 422, "metadata.title", "has more than 2000 characters"),
    (track_metadata(title=""), 422, "metadata.title", "must not be empty"),
    (track_metadata(title=None), 422, "metadata.title", "must be a string"),
    (track_metadata(title="a\0b"), 422, "metadata.title", "holds a NUL character"),
    (track_metadata(isrc="QZEM6260001"), 422, "metadata.isrc", "an ISRC has 12 characters"),
    (track_metadata(isrc="QZEM6260000\u0661"), 422, "metadata.isrc", "an ISRC has 12 characters"),
    (track_metadata(release={"upc": "036000291451"}), 422, "metadata.release.upc", "1 is written, 2 is right"),
    (track_metadata(release={"upc": 36000291452}), 422, "metadata.release.upc", "must be a string"),
    (track_metadata(iswc="T0345246802"), 422, "metadata.iswc", "check digit of this ISWC is wrong"),
    (track_metadata(declared_ai={"DRUMS": "NONE"}), 422, "metadata.declared_ai.DRUMS", "must be one of VOCALS"),
    (track_metadata(declared_ai={"VOCALS": "none"}), 422, "metadata.declared_ai.VOCALS", "must be one of UNDECLARED"),
    (track_metadata(declared_ai="NONE"), 422, "metadata.declared_ai", "must be an object"),
    (track_metadata(artists=[{"name": "A"}] * 201), 422, "metadata.artists", "at most 200"),
    (track_metadata(artists=[]), 422, "metadata.artists", "needs at least 1"),
    (track_metadata(artists=[{"name": "A", "isni": "0"}]), 422, "metadata.artists[0].isni", "an ISNI has 16"),
    (track_metadata(language="e" * 50), 422, "metadata.language", "does not have the right form"),
    (track_metadata(release={"release_date": "2026-02-30"}), 422, "metadata.release.release_date", "must be a date"),
    (track_metadata(own="x" * 250_000), 413, "metadata", "200000 bytes at most"),
    (track_metadata(own=2**64), 400, "metadata", "integer beyond 64 bits"),
    ("", 400, "metadata", "is not valid JSON"),
    ("{", 400, "metadata", "is not valid JSON"),
    ("[]", 422, "metadata", "must be an object"),
    ("null", 422, "metadata", "must be an object"),
    ('{"title": NaN}', 400, "metadata", "is not valid JSON"),
    ('{"own": -Infinity}', 400, "metadata", "is not valid JSON"),
    ('{"own": 1e400}', 400, "metadata", "is not valid JSON"),
    ('{"own": ' + "9" * 5000 + "}", 400, "metadata", "is not valid JSON"),
    ('{"own": ' + "[" * 50_000 + "]" * 50_000 + "}", 400, "metadata", "is not valid JSON"),
    ('{"own": ' + '{"a":' * 500 + "1" + "}" * 500 + "}", 400, "metadata", "nested deeper"),
    ('{"title": "A", "title": "B"}', 400, "metadata", "has the key 'title' twice"),
    (b'{"title": "\xff\xfe"}', 400, "metadata", "is not valid JSON"),
    ('{"title": "\\ud800"}', 400, "metadata", "is not valid JSON"),
    ("\ufeff{}", 400, "metadata", "is not valid JSON"),
]


@pytest.mark.parametrize(("metadata", "status", "field", "said"), HOSTILE_METADATA)
def test_bad_metadata_is_a_problem_with_its_field(
    caller: Caller, backend: Backend, metadata: Any, status: int, field: str, said: str
) -> None:
    answer = caller.deliver(metadata)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert field in [error["field"] for error in problem["errors"]]
    assert said in next(error["message"] for error in problem["errors"] if error["field"] == field)
    assert len(answer.content) < 10_000
    assert "\u202e" not in answer.text
    assert not stored_anything(backend)


def test_all_wrong_fields_are_told_at_once(caller: Caller) -> None:
    answer = caller.deliver(track_metadata(isrc="x", release={"upc": "1"}, declared_ai={"DRUMS": "NONE"}, title=""))
    assert {error["field"] for error in answer.json()["errors"]} == {
        "metadata.title",
        "metadata.isrc",
        "metadata.release.upc",
        "metadata.declared_ai.DRUMS",
    }


def test_many_unknown_keys_are_kept_and_warned_of_in_moderation(caller: Caller) -> None:
    answer = caller.deliver(track_metadata(**{f"own{number}": number for number in range(1000)}))
    assert answer.status_code == 202
    assert len(answer.json()["warnings"]) == 21
    assert answer.json()["warnings"][-1] == "980 more keys are not known; they were kept as sent"
    assert caller.get(f"/v1/tracks/{answer.json()['id']}").json()["metadata"]["own999"] == 999


def part(name: str, content: bytes, headers: bytes = b"") -> bytes:
    disposition = f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n'.encode()
    return disposition + headers + b"\r\n" + content + b"\r\n"


METADATA = part("metadata", json.dumps(track_metadata()).encode())
SOUND = part("audio", AUDIO)
END = b"--B--\r\n"


@pytest.mark.parametrize(
    ("body", "status", "field", "said"),
    [
        (b"", 400, "body", "breaks off"),
        (METADATA + END, 422, "audio", "is required"),
        (SOUND + END, 422, "metadata", "is required"),
        (METADATA + SOUND, 400, "body", "breaks off"),
        (METADATA + SOUND[:-2000], 400, "body", "breaks off"),
        (METADATA + METADATA + SOUND + END, 400, "metadata", "is there twice"),
        (SOUND + SOUND + METADATA + END, 400, "audio", "is there twice"),
        (METADATA + part("audio", b"") + END, 422, "audio", "the file is empty"),
        (METADATA + SOUND + part("artwork", b"") + END, 422, "artwork", "the file is empty"),
        (METADATA + part("audio", b"\0" * 3_000_001) + END, 413, "audio", "3000000 bytes at most"),
        (METADATA + SOUND + part("artwork", b"\0" * 20_001) + END, 413, "artwork", "20000 bytes at most"),
        (b"--X\r\n" + METADATA + SOUND + END, 400, "body", "RFC 7578"),
        (b"--B\r\n\r\n\r\n" + END, 400, "body", "a part has no name"),
        (part("x", b"") * 30 + METADATA + SOUND + END, 400, "body", "more than 20 parts"),
    ],
)
def test_a_bad_form_is_a_problem(
    caller: Caller, backend: Backend, body: bytes, status: int, field: str, said: str
) -> None:
    answer = caller.client.post(
        "/v1/tracks",
        content=body,
        headers=caller.headers | {"Content-Type": "multipart/form-data; boundary=B", "Idempotency-Key": "k"},
    )
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert said in error["message"]
    assert not stored_anything(backend)
    assert caller.deliver(key="k").status_code == 202


def test_parts_come_in_any_order_and_unknown_ones_are_dropped_with_a_warning(caller: Caller, backend: Backend) -> None:
    body = part("lyrics<b>", b"la" * 50_000) + SOUND + METADATA + END
    answer = caller.client.post(
        "/v1/tracks", content=body, headers=caller.headers | {"Content-Type": "multipart/form-data; boundary=B"}
    )
    assert answer.status_code == 202
    assert answer.json()["warnings"] == ["the part 'lyrics<b>' is not known and was not kept"]
    assert len(list(backend.blobs.contents())) == 1


def test_a_file_name_is_never_a_path(caller: Caller) -> None:
    for name in ["../../etc/passwd", "C:\\Windows\\x.wav", "a\\..\\b/x.wav", "\u202e.wav"]:
        form = {"metadata": (None, json.dumps(track_metadata())), "audio": (name, AUDIO)}
        track_id = caller.client.post("/v1/tracks", files=form, headers=caller.headers).json()["id"]
        shown = caller.get(f"/v1/tracks/{track_id}").json()["audio"]["file_name"]
        assert "/" not in shown
        assert "\\" not in shown
        assert "\u202e" not in shown


def test_another_content_type_is_refused(caller: Caller) -> None:
    answer = caller.send("POST", "/v1/tracks", track_metadata())
    assert answer.status_code == 415
    assert "multipart/form-data" in answer.json()["detail"]


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 256])
def test_a_malformed_idempotency_key_is_refused(caller: Caller, key: str) -> None:
    headers = caller.headers | {"Idempotency-Key": key.encode("latin-1")}
    form = {"metadata": (None, json.dumps(track_metadata())), "audio": ("a.wav", AUDIO)}
    answer = caller.client.post("/v1/tracks", files=form, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "header.Idempotency-Key"
