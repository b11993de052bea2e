import itertools
import random
import threading

import pytest

from schemas.evidence import MatchedSegment, Relation
from service.facts.registry import ReferenceKind
from service.store.evidence import EvidenceStore
from service.store.matches import Matches, seen_from_reference
from service.store.references import Entry, References
from service.store.tables.fingerprints import FingerprintRow
from tests.deliveries import NOON, deliver, evidence, match, sha


def link(session, one, other, relation=Relation.SAME_RECORDING, **values):
    return Matches(session).record(sha(one), sha(other), match(relation, **values), NOON)


def test_the_group_is_the_same_whatever_the_order_in_which_matches_are_found(database):
    names = ["a", "b", "c", "d", "e"]
    pairs = [("a", "b"), ("c", "d"), ("b", "c"), ("d", "e")]
    with database.write() as session:
        for name in names:
            deliver(session, name)
    for seed in range(4):
        shuffled = random.Random(seed).sample(pairs, len(pairs))
        with pytest.raises(LookupError), database.write() as session:
            for one, other in shuffled:
                link(session, *random.Random(seed).sample((one, other), 2))
            keys = {Matches(session).group_key(sha(name)) for name in names}
            assert keys == {min(sha(name) for name in names)}
            raise LookupError("roll back and try another order")


def test_a_shared_backing_joins_no_group_but_is_known(database):
    with database.write() as session:
        song, other = deliver(session, "song"), deliver(session, "other song")
        assert link(session, "song", "other song", Relation.SHARED_BACKING)
        matches = Matches(session)
        assert matches.group_key(sha("song")) != matches.group_key(sha("other song"))
        assert [member.track_id for member in matches.group_of(song)] == [song.id]
        assert matches.edges(sha("song"))[sha("other song")].relation is Relation.SHARED_BACKING
        assert matches.track_ids(other.audio_sha256) == [other.id]


def test_a_track_sees_its_group_in_order_of_acceptance(database):
    with database.write() as session:
        first = deliver(session, "first", isrc="QZEM62600001", artist="Ann", p_line="2024 Ember")
        second = deliver(session, "second", isrc="QZEM62600002", artist="Bo", by="stranger", sender={"id": "s"})
        third = deliver(session, "first", artist="Cy")
        deliver(session, "unrelated")
        EvidenceStore(session).put(evidence("first", duration_s=200.0), NOON)
        link(session, "second", "first", Relation.TRANSFORMED, speed_ratio=1.25, pitch_semitones=2.0)
    with database.read() as session:
        seen = Matches(session).group_of(second)
        assert [member.track_id for member in seen] == [first.id, second.id, third.id]
        assert [member.accepted_seq for member in seen] == sorted(member.accepted_seq for member in seen)
        assert (seen[0].isrc, seen[0].p_line, seen[0].artists) == ("QZEM62600001", "2024 Ember", frozenset({"ann"}))
        assert seen[1].sender_id == f"{second.tenant_id}/s"
        assert seen[1].match is None
        assert seen[0].match.speed_ratio == pytest.approx(1.25)

        same_file = Matches(session).group_of(third)[0].match
        assert (same_file.relation, same_file.overlap_s) == (Relation.IDENTICAL, 200.0)
        other_side = Matches(session).group_of(first)[1].match
        assert other_side.speed_ratio == pytest.approx(1 / 1.25)
        assert other_side.pitch_semitones == -2.0
        assert Matches(session).track_ids(sha("second")) == [first.id, second.id, third.id]


def test_tracks_linked_only_through_others_have_no_match_of_their_own(database):
    with database.write() as session:
        first = deliver(session, "a")
        deliver(session, "b")
        deliver(session, "c")
        link(session, "a", "b")
        link(session, "b", "c")
        seen = Matches(session).group_of(first)
        assert [member.match is None for member in seen] == [True, False, True]


def test_the_same_match_again_is_nothing_new_and_a_better_one_replaces_it(database):
    with database.write() as session:
        deliver(session, "a")
        deliver(session, "b")
        assert link(session, "a", "b", score=0.8)
        assert not link(session, "a", "b", score=0.8)
        assert link(session, "a", "b", score=0.9)
        assert Matches(session).edges(sha("b"))[sha("a")].score == 0.9
        assert not link(session, "a", "a")
        assert sha("a") not in Matches(session).edges(sha("a"))


def test_a_match_seen_from_the_other_side_twice_is_the_match_itself():
    segment = MatchedSegment(
        query_start_s=0, query_end_s=50, reference_start_s=10, reference_end_s=60, bit_error_rate=0.1
    )
    found = match(speed_ratio=1.25, pitch_semitones=-3.0, segments=[segment])
    other = seen_from_reference(found)
    assert (other.segments[0].query_start_s, other.segments[0].reference_end_s) == (10, 50)
    assert other.overlap_s == 125.0
    assert seen_from_reference(other) == found


def test_groups_that_are_joined_from_both_ends_at_once_become_one(database):
    names = [f"copy {number}" for number in range(12)]
    with database.write() as session:
        for name in names:
            deliver(session, name)
    pairs = list(itertools.pairwise(names))

    def join(some):
        for one, other in some:
            database.attempt(lambda session, one=one, other=other: link(session, one, other))

    threads = [threading.Thread(target=join, args=(some,)) for some in (pairs[::2], pairs[1::2], pairs[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert {Matches(session).group_key(sha(name)) for name in names} == {min(map(sha, names))}


def test_evidence_is_written_once_for_each_audio_and_pipeline(database):
    with database.write() as session:
        deliver(session)
        store = EvidenceStore(session)
        assert store.put(evidence(noise=0.2), NOON)
        assert not store.put(evidence(noise=0.3), NOON)
        assert store.put(evidence(pipeline="test-2", noise=0.4), NOON.replace(hour=13))
        assert store.get(sha("audio"), "test-1").audio.noise == 0.2
        assert store.newest(sha("audio")).audio.noise == 0.4
        assert store.get(sha("audio"), "test-3") is None


def long_as(session, name: str, duration_s: float) -> None:
    session.add(
        FingerprintRow(
            audio_sha256=sha(name), algorithm="any", packed=b"", duration_s=duration_s, matchable=True, pcm_sha256=None
        )
    )


def test_a_mix_makes_no_group_of_its_songs_and_is_told_where_each_is_heard(database):
    lengths = {"mix": 3600.0, "one": 200.0, "other": 210.0, "excerpt": 30.0, "sampled": 200.0}
    with database.write() as session:
        tracks = {name: deliver(session, name) for name in lengths}
        for name, duration_s in lengths.items():
            long_as(session, name, duration_s)
        for song in ("one", "other"):
            assert link(session, "mix", song, overlap_s=195.0)
        link(session, "excerpt", "one", overlap_s=30.0)
        link(session, "sampled", "other", overlap_s=40.0)
        matches = Matches(session)
        assert matches.track_ids(sha("mix")) == [tracks["mix"].id]
        assert matches.track_ids(sha("one")) == [tracks["one"].id, tracks["excerpt"].id]
        assert matches.track_ids(sha("other")) == [tracks["other"].id]
        assert matches.holding(sha("one")) == [tracks[name].id for name in ("mix", "one", "excerpt")]
        assert set(matches.edges(sha("mix"))) == {sha("one"), sha("other")}


def test_a_protected_song_is_heard_in_a_mix_that_is_not_of_its_group(database):
    with database.write() as session:
        for name, duration_s in (("mix", 3600.0), ("master", 200.0)):
            deliver(session, name)
            long_as(session, name, duration_s)
        link(session, "mix", "master", overlap_s=195.0)
        References(session).put(sha("master"), Entry(kind=ReferenceKind.PROTECTED), NOON)
        heard = References(session).heard_in(sha("mix"), Matches(session).group_key(sha("mix")))
        assert heard is not None and heard[1].overlap_s == 195.0
