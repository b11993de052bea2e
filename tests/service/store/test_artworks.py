import random

import pytest

from classifiers.artwork.look import BITS, NEAR, Look
from service.facts.rings import TIES, Tie
from service.store import artworks as artworks_module
from service.store.artworks import Artworks
from service.store.tables.artworks import ArtworkRow
from service.store.tables.senders import SenderTie
from service.store.ties import Ties
from service.store.tracks import Tracks
from tests.deliveries import NOON, deliver, metadata, sha, tenant


def look(seed: int, *, flipped: int = 0) -> Look:
    """A look like no other seed's, with some of its bits turned: each seed's own, spread over the whole."""
    bits = random.Random(seed).getrandbits(BITS)
    for place in random.Random(-1).sample(range(BITS), flipped):
        bits ^= 1 << place
    return Look(f"{bits:064x}")


def test_pictures_that_look_alike_are_one_whatever_came_first(database):
    looks = {"a": look(1), "b": look(1, flipped=9), "c": look(1, flipped=14), "d": look(2)}
    for seed in range(4):
        order = random.Random(seed).sample(sorted(looks), 4)
        with pytest.raises(LookupError), database.write() as session:
            artworks = Artworks(session)
            alike = [artworks.add(sha(name), looks[name], NOON) for name in order]
            assert alike.count(True) == 2
            one = min(sha(name) for name in "abc")
            assert artworks.pictures(map(sha, "abcd")) == {sha("a"): one, sha("b"): one, sha("c"): one} | {
                sha("d"): sha("d")
            }
            assert artworks.edges(sha("a")) == {sha("b"): 9, sha("c"): 14} and not artworks.edges(sha("d"))
            raise LookupError("roll back and try another order")


def test_a_picture_is_looked_at_once_and_what_is_far_is_another(database):
    with database.write() as session:
        artworks = Artworks(session)
        assert not artworks.add(sha("a"), look(1), NOON)
        assert not artworks.add(sha("a"), look(1), NOON)
        assert not artworks.add(sha("b"), look(1, flipped=NEAR + 1), NOON)
        assert artworks.is_known(sha("a")) and not artworks.is_known(sha("c"))


def test_plain_pictures_are_none_and_unread_ones_stand_for_themselves(database):
    with database.write() as session:
        artworks = Artworks(session)
        for name in ("black", "also black"):
            artworks.add(sha(name), None, NOON)
        artworks.add(sha("broken"), None, NOON, problem="not read as a picture")
        assert artworks.pictures([sha("black"), sha("broken"), sha("never seen"), None]) == {
            sha("black"): None,
            sha("broken"): sha("broken"),
            sha("never seen"): sha("never seen"),
        }


def shown(session, number: int, artwork: str, **said: object):
    """A track of an account of its own under a cover."""
    track = deliver(session, f"audio {number}", title=f"Title {number}", sender={"id": f"account {number}"}, **said)
    session.add(
        SenderTie(
            tenant_id=track.tenant_id,
            kind=Tie.COVER,
            value=sha(artwork),
            sender_key=track.sender_key,
            first_seq=track.accepted_seq,
        )
    )
    session.flush()
    return track


def test_accounts_with_one_picture_in_two_files_are_tied_by_it(database):
    with database.write() as session:
        one = shown(session, 1, "a")
        two = shown(session, 2, "b")
        for track in (one, two):
            session.add(
                SenderTie(
                    tenant_id=track.tenant_id, kind=Tie.NETWORK, value="1.2.3.0/24", sender_key=track.sender_key,
                    first_seq=track.accepted_seq,
                )
            )  # fmt: skip
            session.add(
                SenderTie(
                    tenant_id=track.tenant_id, kind=Tie.REGISTRANT, value="QZAAA", sender_key=track.sender_key,
                    first_seq=track.accepted_seq,
                )
            )  # fmt: skip
        shown(session, 3, "stranger")
        session.flush()
        before = Ties(session).rings(one.tenant_id, one.sender_key)
        assert Tie.COVER.value not in before.ties_within(before.ring_of(one.sender_key) | {two.sender_key})
        Artworks(session).add(sha("a"), look(1), NOON)
        Artworks(session).add(sha("b"), look(1, flipped=6), NOON)
        Artworks(session).add(sha("stranger"), look(3), NOON)
        after = Ties(session).rings(one.tenant_id, one.sender_key)
        assert "cover" in after.ties_within(frozenset({one.sender_key, two.sender_key}))


def test_a_stock_cover_on_many_accounts_joins_none_of_them(database):
    most = TIES[Tie.COVER].most_accounts
    with database.write() as session:
        tracks = [shown(session, number, f"copy {number}") for number in range(most + 3)]
        for number in range(most + 3):
            Artworks(session).add(sha(f"copy {number}"), look(1, flipped=number % 4), NOON)
        rings = Ties(session).rings(tracks[0].tenant_id, tracks[0].sender_key)
        pair = frozenset({tracks[0].sender_key, tracks[1].sender_key})
        assert "cover" not in rings.ties_within(pair)
        assert rings.ring_of(tracks[0].sender_key) == {tracks[0].sender_key}
        assert len(rings.accounts_on[Tie.COVER, min(row.sha256 for row in session.query(ArtworkRow))]) == most + 1


def test_tracks_are_found_by_the_picture_they_show_now(database):
    with database.write() as session:
        owner = tenant(session)
        tracks = {}
        for name, artwork in (("one", "a"), ("two", "b"), ("three", "c")):
            tracks[name] = Tracks(session).accept(
                tenant_id=owner.id,
                metadata=metadata(title=name),
                audio_sha256=deliver(session, name).audio_sha256,
                artwork_sha256=deliver(session, artwork).audio_sha256,
                now=NOON,
            )
        artworks = Artworks(session)
        for artwork, seed in (("a", 1), ("b", 1), ("c", 2)):
            artworks.add(sha(artwork), look(seed), NOON)
        assert set(artworks.track_ids(sha("a"))) == {tracks["one"].id, tracks["two"].id}
        assert artworks.cover_of(tracks["three"].id) == sha("c")
        assert artworks.cover_of("trk_unknown") is None


def test_near_pictures_are_found_however_many_share_a_piece_of_the_look(sqlite_database, monkeypatch):
    monkeypatch.setattr(artworks_module, "LOOKED_AT_ONCE", 3)
    wanted = look(1)
    with sqlite_database.write() as session:
        artworks = Artworks(session)
        for number in range(12):  # the first piece in common, and nothing else
            artworks.add(f"{number:064x}", Look(wanted.bits[:4] + look(100 + number).bits[4:]), NOON)
        artworks.add("f" * 64, look(1, flipped=5), NOON)
        assert artworks.add("e" * 64, wanted, NOON)
        assert artworks.edges("e" * 64) == {"f" * 64: 5}
