import hashlib

import pytest

from service.api.backend import Backend
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind, JobState
from tests.service.api.caller import AUDIO, Caller, track_metadata


def blobs(backend: Backend) -> list[str]:
    """SHA-256 of everything that is stored."""
    return sorted(sha256 for sha256, _ in backend.blobs.contents())


def staged(backend: Backend) -> list[str]:
    """Names of unfinished uploads."""
    return [path.name for path in (backend.settings.data_dir / "blobs" / "staging").iterdir()]


def test_a_delivery_is_accepted_stored_and_queued(caller: Caller, backend: Backend) -> None:
    answer = caller.deliver(track_metadata(client_reference="order 1", mood="calm"), artwork=b"PNG")
    assert answer.status_code == 202
    body = answer.json()
    assert set(body) == {"id", "state", "revision", "warnings"}
    assert (body["state"], body["revision"]) == ("received", 1)
    assert body["id"].startswith("trk_")
    assert body["warnings"] == ["metadata.mood is not known; it was kept as sent"]
    assert answer.headers["Location"] == f"/v1/tracks/{body['id']}"
    assert blobs(backend) == sorted(hashlib.sha256(data).hexdigest() for data in (AUDIO, b"PNG"))
    assert staged(backend) == []
    with backend.database.read() as session:
        job = Jobs(session).of(JobKind.ANALYSE, body["id"])
    assert job is not None
    assert job.state is JobState.PENDING


def test_a_track_shows_all_that_was_sent(caller: Caller) -> None:
    sent = track_metadata(isrc="qz-em6-26-00001", client_reference="order 1", mood={"calm": 1}, release={"label": "L"})
    track_id = caller.deliver(sent, artwork=b"PNG").json()["id"]
    answer = caller.get(f"/v1/tracks/{track_id}")
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    track = answer.json()
    assert (track["id"], track["state"], track["revision"], track["pending"]) == (track_id, "received", 1, True)
    assert (track["isrc"], track["client_reference"], track["reason"]) == ("QZEM62600001", "order 1", None)
    assert track["metadata"]["mood"] == {"calm": 1}
    assert track["metadata"]["title"] == "Night Drive"
    assert track["declaration"]["VOCALS"] == "NONE"
    assert track["declaration"]["VIDEO"] == "UNDECLARED"
    assert track["audio"] == {
        "sha256": hashlib.sha256(AUDIO).hexdigest(),
        "size_bytes": len(AUDIO),
        "file_name": "night drive.wav",
        "erased_at": None,
    }
    assert track["artwork"]["sha256"] == hashlib.sha256(b"PNG").hexdigest()
    assert [(event["seq"], event["kind"]) for event in track["events"]] == [(1, "track.received")]
    assert track["evidence"] is None


def test_the_same_request_under_the_same_key_is_done_once(caller: Caller) -> None:
    first = caller.deliver(key="k1")
    again = caller.deliver(key="k1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert len(caller.get("/v1/tracks").json()["items"]) == 1


@pytest.mark.parametrize("change", ["metadata", "audio", "artwork"])
def test_another_request_under_the_same_key_is_refused(caller: Caller, backend: Backend, change: str) -> None:
    caller.deliver(key="k1")
    stored = blobs(backend)
    other = {
        "metadata": lambda: caller.deliver(track_metadata(title="Other"), key="k1"),
        "audio": lambda: caller.deliver(audio=AUDIO + b"x", key="k1"),
        "artwork": lambda: caller.deliver(artwork=b"PNG", key="k1"),
    }[change]()
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert blobs(backend) == stored
    assert len(caller.get("/v1/tracks").json()["items"]) == 1


def test_a_refused_request_leaves_its_key_free(caller: Caller) -> None:
    assert caller.deliver(track_metadata(isrc="wrong"), key="k1").status_code == 422
    assert caller.deliver(key="k1").status_code == 202


def test_a_key_belongs_to_its_tenant(caller: Caller, stranger: Caller) -> None:
    first, other = caller.deliver(key="k1").json(), stranger.deliver(key="k1").json()
    assert first["id"] != other["id"]


def test_without_a_key_each_request_is_a_delivery(caller: Caller) -> None:
    assert caller.deliver().json()["id"] != caller.deliver().json()["id"]


def test_tracks_come_in_pages_in_order_of_acceptance(caller: Caller, stranger: Caller) -> None:
    ids = []
    for number in range(5):
        ids.append(caller.delivered(title=f"Track {number}"))
        stranger.delivered(title=f"Other {number}")
    seen, cursor = [], None
    for _ in range(3):
        page = caller.get("/v1/tracks", limit=2, **({"cursor": cursor} if cursor else {})).json()
        seen += [track["id"] for track in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ids
    assert cursor is None


def test_tracks_are_found_by_state_isrc_and_reference(caller: Caller) -> None:
    one = caller.delivered(client_reference="a", isrc="QZEM62600001")
    two = caller.delivered(client_reference="b", isrc="QZEM62600002")
    caller.send("DELETE", f"/v1/tracks/{two}", If_Match='"1"')

    def found(**query: str) -> list[str]:
        return [track["id"] for track in caller.get("/v1/tracks", **query).json()["items"]]

    assert found(client_reference="a") == [one]
    assert found(isrc="QZ-EM6-26-00002") == [two]
    assert found(state="withdrawn") == [two]
    assert found(state="received") == [one]
    assert found(client_reference="c") == []


def test_what_is_no_filter_is_named(caller: Caller) -> None:
    for query, field in [
        ({"isrc": "X"}, "query.isrc"),
        ({"state": "lost"}, "query.state"),
        ({"limit": 0}, "query.limit"),
    ]:
        answer = caller.get("/v1/tracks", **query)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    for cursor in ["x", "trk_00000000000000000000000000", "../etc", "'; drop table track"]:
        assert caller.get("/v1/tracks", cursor=cursor).json()["errors"][0]["field"] == "query.cursor"


def test_hostile_text_within_the_limits_is_kept_as_it_is(caller: Caller) -> None:
    title = "<img src=x onerror=alert(1)> '; DROP TABLE track; -- \u202e\u0301 ${7*7} ../../etc/passwd \U0001f3b5"
    track_id = caller.delivered(title=title, own={"__proto__": {"a": 1}, "<b>": [None, True, 1.5]})
    answer = caller.get(f"/v1/tracks/{track_id}")
    assert answer.json()["title"] == title
    assert answer.json()["metadata"]["own"] == {"__proto__": {"a": 1}, "<b>": [None, True, 1.5]}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "application/json"
