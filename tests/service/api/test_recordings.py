from schemas.evidence import RecordingMatch, Relation
from service.api.backend import Backend
from service.store.clock import utc_now
from service.store.matches import Matches
from tests.service.api.caller import AUDIO, Caller, track_metadata


def link(backend: Backend, caller: Caller, one: str, other: str, relation: Relation) -> None:
    """What analysis would have found between two tracks' audio."""
    hashes = [caller.get(f"/v1/tracks/{track_id}").json()["audio"]["sha256"] for track_id in (one, other)]
    match = RecordingMatch(relation=relation, overlap_s=100.0, score=0.97)
    with backend.database.write() as session:
        Matches(session).record(hashes[0], hashes[1], match, utc_now())


def test_an_isrc_leads_to_the_recording_and_its_other_deliveries(caller: Caller, backend: Backend) -> None:
    one = caller.deliver(track_metadata(isrc="QZEM62600001"), AUDIO + b"1").json()["id"]
    copy = caller.deliver(track_metadata(isrc="QZEM62600009"), AUDIO + b"2").json()["id"]
    backing = caller.deliver(track_metadata(isrc="QZEM62600008"), AUDIO + b"3").json()["id"]
    link(backend, caller, one, copy, Relation.SAME_RECORDING)
    link(backend, caller, one, backing, Relation.SHARED_BACKING)
    (recording,) = caller.get("/v1/recordings", isrc="QZ-EM6-26-00001").json()["items"]
    assert recording["isrc"] == "QZEM62600001"
    assert [found["track"]["id"] for found in recording["tracks"]] == [one, copy]
    assert recording["tracks"][0]["match"] is None
    assert recording["tracks"][1]["match"]["relation"] == "same_recording"


def test_two_sounds_under_one_isrc_are_two_recordings(caller: Caller) -> None:
    for audio in (AUDIO + b"1", AUDIO + b"2"):
        caller.deliver(audio=audio)
    found = caller.get("/v1/recordings", isrc="QZEM62600001").json()["items"]
    assert len({recording["id"] for recording in found}) == 2


def test_another_tenants_copy_is_not_shown(caller: Caller, stranger: Caller) -> None:
    mine = caller.deliver().json()["id"]
    stranger.deliver()
    (recording,) = caller.get("/v1/recordings", isrc="QZEM62600001").json()["items"]
    assert [found["track"]["id"] for found in recording["tracks"]] == [mine]
    (theirs,) = stranger.get("/v1/recordings", isrc="QZEM62600001").json()["items"]
    assert theirs["id"] != recording["id"]
