"""The cover of a release comes with its message and is shown by its tracks, once its hash sum is right."""

import hashlib

import pytest

from service.store.tables.jobs import Job, JobKind
from service.store.tracks import Tracks
from tests.classifiers.artwork.pictures import cover, saved
from tests.service.api.caller import Caller
from tests.service.api.test_deliveries import BOTH, delivered, ern, live, send, work

__all__ = ["work"]

COVER = saved(cover(1, 60))
OTHER_COVER = saved(cover(2, 60))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def covers(backend, tracks):
    with backend.database.read() as session:
        return {isrc: Tracks(session).revision(track["id"]).artwork_sha256 for isrc, track in tracks.items()}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_every_track_of_the_release_shows_its_cover(caller: Caller, backend, work) -> None:
    files = {"message.xml": ern(cover=sha256(COVER)), "resources/cover.png": COVER, **BOTH}
    found = delivered(caller, work, files)
    assert (found["state"], found["messages"][0]["faults"]) == ("done", [])
    assert covers(backend, live(caller)) == dict.fromkeys(("QZEM62600001", "QZEM62600002"), sha256(COVER))


@pytest.mark.parametrize("wrong", ["missing", "other", "too large"])
def test_a_new_release_waits_for_the_cover_that_its_message_names(caller: Caller, backend, work, wrong) -> None:
    too_large = bytes(backend.settings.max_artwork_bytes + 1)
    sent = {"missing": b"", "other": OTHER_COVER, "too large": too_large}[wrong]
    pictures = {"resources/cover.png": sent} if sent else {}
    stated = "" if wrong == "too large" else sha256(COVER)
    found = delivered(caller, work, {"message.xml": ern(cover=stated), **pictures, **BOTH})
    [fault] = found["messages"][0]["faults"]
    status = {
        "missing": "ResourceMissing",
        "other": "SignatureOrHashSumWrongOrMissing",
        "too large": "ResourceNotMeetingSpecifications",
    }
    assert (found["state"], fault["status"], fault["file"]) == ("waiting", status[wrong], "resources/cover.png")
    assert live(caller) == {}, "nothing is half applied"
    place = f"/v1/deliveries/{found['id']}/files"
    assert send(caller, {"resources/cover.png": COVER}, place).status_code == 202
    work()
    assert caller.get(f"/v1/deliveries/{found['id']}").json()["state"] == "done"
    assert set(covers(backend, live(caller)).values()) == {sha256(COVER)}


def test_a_release_that_is_there_takes_a_new_cover_and_keeps_the_one_that_is_not_sent_again(
    caller: Caller, backend, work
) -> None:
    delivered(caller, work, {"message.xml": ern(cover=sha256(COVER)), "resources/cover.png": COVER, **BOTH})
    with backend.database.write() as session:
        session.query(Job).delete()
    update = ern("M2", created="2026-11-02T10:00:00Z", cover=sha256(COVER), files=False)
    assert delivered(caller, work, {"message.xml": update})["state"] == "done"
    assert {track["revision"] for track in live(caller).values()} == {1}, "nothing changed"
    update = ern("M3", created="2026-11-03T10:00:00Z", cover=sha256(OTHER_COVER), files=False)
    assert delivered(caller, work, {"message.xml": update, "resources/cover.png": OTHER_COVER})["state"] == "done"
    tracks = live(caller)
    assert set(covers(backend, tracks).values()) == {sha256(OTHER_COVER)}
    with backend.database.read() as session:
        due = {job.subject_id for job in session.query(Job).filter(Job.kind == JobKind.ANALYSE)}
    assert due == {track["id"] for track in tracks.values()}, "it is looked at"
