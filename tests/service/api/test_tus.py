"""Resumable uploads as the protocol has them: offsets, checksums, expiry, and nobody else's."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from service.api.backend import Backend
from service.store.clock import utc_now
from tests.service.api.caller import AUDIO, Caller, track_metadata
from workers.reconcile import Reconciler

BYTES = "application/offset+octet-stream"


def tus(caller: Caller, method: str, path: str, content: bytes | None = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {} if content is None else {"Content-Type": BYTES}
    sent = caller.headers | {"Tus-Resumable": "1.0.0"} | kind | named
    return caller.client.request(method, path, content=content, headers=sent)


def begun(caller: Caller, length: int, **headers: str) -> str:
    answer = tus(caller, "POST", "/v1/uploads", Upload_Length=str(length), **headers)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def finished(caller: Caller, content: bytes = AUDIO, name: str = "night drive.wav") -> str:
    encoded = base64.b64encode(name.encode()).decode()
    place = begun(caller, len(content), Upload_Metadata=f"filename {encoded}")
    assert tus(caller, "PATCH", place, content, Upload_Offset="0").status_code == 204
    return place


def deliver(caller: Caller, upload: str, key: str | None = None, **more: str) -> Any:
    import json

    parts = {"metadata": json.dumps(track_metadata()), "audio_upload": upload.rsplit("/", 1)[-1]} | more
    headers = caller.headers | ({"Idempotency-Key": key} if key else {})
    return caller.client.post(
        "/v1/tracks", files={name: (None, value) for name, value in parts.items()}, headers=headers
    )


def test_the_service_says_what_it_speaks_without_a_key(caller: Caller) -> None:
    answer = caller.client.options("/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation", "creation-with-upload", "expiration", "checksum", "termination",
    }  # fmt: skip
    assert int(answer.headers["tus-max-size"]) > 0
    assert "sha256" in answer.headers["tus-checksum-algorithm"]


def test_an_upload_in_pieces_becomes_the_audio_of_a_track(caller: Caller, backend: Backend) -> None:
    name = base64.b64encode("../../etc/na\u202echt.wav".encode()).decode()
    place = begun(caller, len(AUDIO), Upload_Metadata=f"filename {name},flag")
    for start in range(0, len(AUDIO), 4000):
        answer = tus(caller, "PATCH", place, AUDIO[start : start + 4000], Upload_Offset=str(start))
        assert (answer.status_code, answer.headers["tus-resumable"]) == (204, "1.0.0"), answer.text
        stand = tus(caller, "HEAD", place)
        assert int(stand.headers["upload-offset"]) == min(start + 4000, len(AUDIO))
    assert int(stand.headers["upload-length"]) == len(AUDIO)
    assert stand.headers["upload-metadata"] == f"filename {name},flag"
    assert "GMT" in stand.headers["upload-expires"]
    taken = deliver(caller, place)
    assert taken.status_code == 202, taken.text
    audio = caller.get(f"/v1/tracks/{taken.json()['id']}").json()["audio"]
    assert audio["sha256"] == hashlib.sha256(AUDIO).hexdigest()
    assert "/" not in audio["file_name"] and "\u202e" not in audio["file_name"]
    assert not list((backend.settings.data_dir / "blobs" / "uploads").rglob("*-*")), "its pieces are gone"


def test_an_upload_may_be_used_again_and_the_same_request_is_answered_the_same(caller: Caller) -> None:
    place = finished(caller)
    first = deliver(caller, place, "key")
    again = deliver(caller, place, "key")
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other = deliver(caller, place, "another-key")
    assert other.status_code == 202 and other.json()["id"] != first.json()["id"]
    direct = caller.deliver(track_metadata(), key="key")
    assert direct.json() == first.json(), "the same content, sent in another way"


def test_the_body_of_the_first_request_may_be_the_file(caller: Caller) -> None:
    answer = tus(caller, "POST", "/v1/uploads", AUDIO, Upload_Length=str(len(AUDIO)))
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(AUDIO)))
    assert deliver(caller, answer.headers["location"]).status_code == 202


def test_a_checksum_is_held_to_the_whole_body_and_what_does_not_match_is_dropped(caller: Caller) -> None:
    place = begun(caller, len(AUDIO))
    for algorithm in ("sha1", "sha256", "sha512", "md5"):
        right = base64.b64encode(hashlib.new(algorithm, AUDIO[:10]).digest()).decode()
        wrong = tus(caller, "PATCH", place, AUDIO[1:11], Upload_Offset="0", Upload_Checksum=f"{algorithm} {right}")
        assert (wrong.status_code, wrong.json()["type"]) == (460, "/problems/checksum-mismatch")
        assert tus(caller, "HEAD", place).headers["upload-offset"] == "0"
    good = tus(caller, "PATCH", place, AUDIO[:10], Upload_Offset="0", Upload_Checksum=f"md5 {right}")
    assert good.status_code == 204
    assert good.headers["upload-offset"] == "10"


@pytest.mark.parametrize(
    ("headers", "status", "field"),
    [
        ({}, 400, "Upload-Length"),
        ({"Upload_Length": "-1"}, 400, "Upload-Length"),
        ({"Upload_Length": "1e3"}, 400, "Upload-Length"),
        ({"Upload_Length": "9" * 18}, 413, "Upload-Length"),
        ({"Upload_Defer_Length": "1"}, 400, "Upload-Defer-Length"),
        ({"Upload_Concat": "partial", "Upload_Length": "1"}, 400, "Upload-Concat"),
        ({"Upload_Length": "1", "Upload_Metadata": "filename ***"}, 400, "Upload-Metadata"),
        ({"Upload_Length": "1", "Upload_Metadata": "a YQ==,a YQ=="}, 400, "Upload-Metadata"),
        ({"Upload_Length": "1", "Upload_Metadata": "a " + "YWFh" * 3000}, 400, "Upload-Metadata"),
        ({"Upload_Length": "1", "Upload_Checksum": "crc9 AAAA"}, 400, "Upload-Checksum"),
        ({"Upload_Length": "1", "Upload_Checksum": "sha1 AAAA"}, 400, "Upload-Checksum"),
    ],
)
def test_what_is_wrong_with_a_beginning_is_named(
    caller: Caller, headers: dict[str, str], status: int, field: str
) -> None:
    answer = tus(caller, "POST", "/v1/uploads", **headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["field"] == f"header.{field}"
    assert answer.headers["tus-resumable"] == "1.0.0"


def test_what_is_wrong_with_a_piece_leaves_the_upload_where_it_was(caller: Caller) -> None:
    place = begun(caller, 100)
    wrong: list[tuple[int, Any]] = [
        (409, tus(caller, "PATCH", place, b"x", Upload_Offset="5")),
        (400, tus(caller, "PATCH", place, b"x")),
        (413, tus(caller, "PATCH", place, b"x" * 101, Upload_Offset="0")),
        (415, tus(caller, "PATCH", place, b"x", Upload_Offset="0", Content_Type="audio/wav")),
        (412, tus(caller, "PATCH", place, b"x", Upload_Offset="0", Tus_Resumable="0.2.2")),
    ]
    for status, answer in wrong:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert wrong[-1][1].headers["tus-version"] == "1.0.0"
    assert wrong[0][1].headers["upload-offset"] == "0"
    assert tus(caller, "HEAD", place).headers["upload-offset"] == "0"


def test_what_is_wrong_with_an_upload_is_told_when_it_is_used(caller: Caller, stranger: Caller) -> None:
    unfinished = begun(caller, 100)
    for upload, message in [
        (unfinished, "not finished: 0 of 100"),
        ("upl_nothing", "no such upload"),
        (finished(stranger), "no such upload"),
        (finished(caller, b"x" * 3_000_001), "at most"),
        (begun(caller, 0), "empty"),
    ]:
        answer = deliver(caller, upload)
        assert answer.status_code in (413, 422), answer.text
        assert message in answer.json()["errors"][0]["message"]
        assert answer.json()["errors"][0]["field"] == "audio_upload"
    both = deliver(caller, finished(caller), audio="x")
    assert (both.status_code, both.json()["errors"][0]["field"]) == (422, "audio")


def test_an_upload_is_nobody_elses(caller: Caller, stranger: Caller) -> None:
    place = begun(caller, 10)
    for method, content in (("HEAD", None), ("PATCH", b"0123456789"), ("DELETE", None)):
        assert tus(stranger, method, place, content, Upload_Offset="0").status_code == 404
    assert tus(caller, "HEAD", place).headers["upload-offset"] == "0"


def test_an_upload_that_is_given_up_is_gone_with_its_bytes(caller: Caller, backend: Backend) -> None:
    place = finished(caller)
    assert tus(caller, "DELETE", place).status_code == 204
    assert tus(caller, "HEAD", place).status_code == 404
    assert deliver(caller, place).status_code == 422
    assert not list((backend.settings.data_dir / "blobs" / "uploads").rglob("*"))


def test_a_network_that_lets_only_post_through_is_no_obstacle(caller: Caller) -> None:
    place = begun(caller, 4)
    sent = tus(caller, "POST", place, b"RIFF", Upload_Offset="0", X_HTTP_Method_Override="PATCH")
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, "4")
    assert tus(caller, "POST", place, X_HTTP_Method_Override="HEAD").headers["upload-offset"] == "4"
    assert tus(caller, "POST", place, X_HTTP_Method_Override="DELETE").status_code == 204
    assert tus(caller, "POST", place).status_code == 405


def test_a_tenant_has_so_many_uploads_and_no_more(caller: Caller, backend: Backend) -> None:
    object.__setattr__(backend.settings, "uploads_per_tenant", 2)
    first, _ = begun(caller, 1), begun(caller, 1)
    refused = tus(caller, "POST", "/v1/uploads", Upload_Length="1")
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/quota-reached")
    tus(caller, "DELETE", first)
    begun(caller, 1)


def test_no_upload_begins_that_the_disk_cannot_hold(caller: Caller, backend: Backend) -> None:
    object.__setattr__(backend.settings, "max_upload_bytes", 2**60)
    refused = tus(caller, "POST", "/v1/uploads", Upload_Length=str(2**59))
    assert (refused.status_code, refused.json()["type"]) == (507, "/problems/storage-full")


def test_what_expired_says_so_and_its_bytes_are_swept_away(caller: Caller, backend: Backend) -> None:
    kept, old = finished(caller), finished(caller)
    with backend.database.write() as session:
        at = utc_now() - timedelta(seconds=1)
        session.execute(
            text("UPDATE upload SET expires_at = :at WHERE id = :id"),
            {"at": at.replace(tzinfo=None) if backend.database.dialect == "sqlite" else at, "id": old[-30:]},
        )
    gone = tus(caller, "PATCH", old, b"x", Upload_Offset="0")
    assert (gone.status_code, gone.json()["type"]) == (410, "/problems/upload-expired")
    assert "expired" in deliver(caller, old).json()["errors"][0]["message"]
    settings = backend.settings.model_copy(
        update={"database_url": str(backend.database.engine.url.render_as_string(False))}
    )
    Reconciler(settings, publish=lambda _kind: None)._sweep()
    folder = backend.settings.data_dir / "blobs" / "uploads"
    assert [path.name for path in folder.iterdir()] == [kept.rsplit("/", 1)[-1]]
    assert deliver(caller, kept).status_code == 202
