import pytest

from schemas.evidence import RecordingMatch, Relation
from service.api.backend import Backend
from service.facts.rings import TIES, Tie, TieRule
from service.store.artworks import Artworks
from service.store.clock import utc_now
from service.store.erasure import Erasure
from service.store.matches import Matches
from service.store.parties import Party
from service.store.tables.senders import SenderTie
from service.store.tracks import Tracks
from tests.service.api.caller import AUDIO, Caller, track_metadata
from tests.service.api.test_recordings import link
from tests.service.store.test_artworks import look


def deliver(caller: Caller, number: int, **files: bytes) -> str:
    sender = {"id": f"account {number}"}
    answer = caller.deliver(track_metadata(title=f"Title {number}", sender=sender), AUDIO + b"%d" % number, **files)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def share(backend: Backend, tie: Tie, value: str, track_ids: list[str]) -> None:
    """Let the senders of tracks show one value, as acceptance would have noted it."""
    with backend.database.write() as session:
        for track_id in track_ids:
            track = Tracks(session).find(track_id)
            assert track is not None
            row = SenderTie(
                tenant_id=track.tenant_id, kind=tie, value=value, sender_key=track.sender_key,
                first_seq=track.accepted_seq,
            )  # fmt: skip
            session.merge(row)


def test_edges_of_sound_lead_to_tracks_and_say_which_join(caller: Caller, backend: Backend) -> None:
    one, copy, backing, far = (deliver(caller, number) for number in range(4))
    link(backend, caller, one, copy, Relation.TRANSFORMED)
    link(backend, caller, one, backing, Relation.SHARED_BACKING)
    told = caller.get(f"/v1/tracks/{one}/edges").json()
    assert told["track_id"] == one and told["more"] is False
    assert [
        (edge["kind"], edge["track"]["id"], edge["joins"], edge["match"]["relation"]) for edge in told["edges"]
    ] == [
        ("recording", copy, True, "transformed"),
        ("recording", backing, False, "shared_backing"),
    ]
    assert caller.get(f"/v1/tracks/{far}/edges").json()["edges"] == []


def test_edges_of_accounts_lead_to_senders_and_hubs_join_nobody(
    caller: Caller, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TIES, Tie.DEVICE, TieRule(0.7, 0.3, most_accounts=2))  # type: ignore[arg-type]
    ids = [deliver(caller, number) for number in range(3)]
    share(backend, Tie.PAYOUT, "one payout", ids[:2])
    share(backend, Tie.DEVICE, "a shop's", ids)
    edges = caller.get(f"/v1/tracks/{ids[0]}/edges").json()["edges"]
    assert [(edge["kind"], edge["sender"], edge["joins"]) for edge in edges] == [
        ("payout", "account 1", True),
        ("device", "account 1", False),
        ("device", "account 2", False),
    ]


def test_edges_of_covers_say_how_far_apart_they_look(caller: Caller, backend: Backend) -> None:
    one, two = deliver(caller, 1), deliver(caller, 2)
    with backend.database.write() as session:
        covers = {}
        for track_id, flipped in ((one, 0), (two, 7)):
            track = Tracks(session).find(track_id)
            assert track is not None
            Tracks(session).revision(track_id).artwork_sha256 = track.audio_sha256
            covers[track_id] = track.audio_sha256
            Artworks(session).add(track.audio_sha256, look(1, flipped=flipped), utc_now())
    (edge,) = caller.get(f"/v1/tracks/{one}/edges").json()["edges"]
    assert (edge["kind"], edge["track"]["id"], edge["bits_apart"], edge["joins"]) == ("artwork", two, 7, True)


def test_another_tenants_track_is_neither_told_nor_shown(caller: Caller, stranger: Caller, backend: Backend) -> None:
    mine, theirs = deliver(caller, 1), deliver(stranger, 2)
    assert caller.get(f"/v1/tracks/{theirs}/edges").status_code == 404
    mine_sha = caller.get(f"/v1/tracks/{mine}").json()["audio"]["sha256"]
    theirs_sha = stranger.get(f"/v1/tracks/{theirs}").json()["audio"]["sha256"]

    with backend.database.write() as session:
        match = RecordingMatch(relation=Relation.SAME_RECORDING, overlap_s=100.0, score=0.97)
        Matches(session).record(mine_sha, theirs_sha, match, utc_now())
    assert caller.get(f"/v1/tracks/{mine}/edges").json()["edges"] == []


def test_equal_names_are_an_edge_that_joins_nobody_and_goes_with_erasure(caller: Caller, backend: Backend) -> None:
    first, again, other = (
        str(caller.deliver(track_metadata(title=title, sender={"id": title}), AUDIO + title.encode()).json()["id"])
        for title in ("Night  Río", "NIGHT RIO", "Night River")
    )
    edges = caller.get(f"/v1/tracks/{first}/edges").json()["edges"]
    assert [(edge["kind"], edge["track"]["id"], edge["joins"]) for edge in edges] == [("text", again, False)]
    assert caller.get(f"/v1/tracks/{other}/edges").json()["edges"] == []
    with backend.database.write() as session:
        track = Tracks(session).find(again)
        assert track is not None and track.names_sha256 is not None
        Erasure(session, Party(track.tenant_id, "NIGHT RIO")).some_tracks(10, utc_now())
    assert caller.get(f"/v1/tracks/{first}/edges").json()["edges"] == []
