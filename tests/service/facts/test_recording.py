from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import RecordingMatch, Relation
from service.facts.recording import GroupMember, recording_facts

SAME = RecordingMatch(relation=Relation.SAME_RECORDING, overlap_s=60.0, score=0.98)


def member(seq, artist="ada", isrc="QZEM62600001", sender=None, p_line=None, match=None):
    artists = frozenset(artist.split("+")) if artist else frozenset()
    return GroupMember(f"trk_{seq}", seq, artists, isrc, sender, p_line, match)


def test_a_recording_that_nobody_delivered_before_matches_nothing():
    facts = recording_facts(member(1), [])
    assert facts.matches_earlier is False
    assert facts.other_artist_and_isrc is False
    assert facts.same_owner is None
    assert (facts.group_tracks, facts.group_artists, facts.group_isrcs, facts.group_senders) == (1, 1, 1, 0)


def test_the_later_accepted_is_the_duplicate_and_the_earlier_is_not():
    first, second = member(1), member(2, "bo", "QZEM62600002", match=SAME)
    assert recording_facts(second, [first]).other_artist_and_isrc is True
    assert recording_facts(first, [second]).other_artist_and_isrc is False
    assert recording_facts(first, [second]).matches_earlier is False
    assert recording_facts(first, [second]).group_artists == 2


def test_another_isrc_or_another_artist_alone_is_no_signal():
    first = member(1)
    assert recording_facts(member(2, "bo"), [first]).other_artist_and_isrc is False
    assert recording_facts(member(2, isrc="QZEM62600002"), [first]).other_artist_and_isrc is False


def test_an_unknown_isrc_is_not_another_one():
    assert recording_facts(member(2, "bo", isrc=None), [member(1)]).other_artist_and_isrc is False
    assert recording_facts(member(2, "bo"), [member(1, isrc=None)]).other_artist_and_isrc is False


def test_an_isrc_left_out_is_told_apart_so_that_it_hides_nothing():
    assert recording_facts(member(2, "bo", isrc=None), [member(1)]).other_artist_isrc_unknown is True
    assert recording_facts(member(2, "bo"), [member(1, isrc=None)]).other_artist_isrc_unknown is True
    assert recording_facts(member(2, isrc=None), [member(1)]).other_artist_isrc_unknown is False
    assert recording_facts(member(2, "bo", "QZEM62600002"), [member(1)]).other_artist_isrc_unknown is False


def test_a_featured_billing_shares_its_artist_with_the_solo_one():
    assert recording_facts(member(2, "ada+bo", "QZEM62600002"), [member(1)]).other_artist_and_isrc is False
    assert recording_facts(member(3, "bo+ada", "QZEM62600003"), [member(1), member(2, "bo")]).group_artists == 1


def test_the_owner_is_shown_by_sender_or_p_line_and_by_nothing_unknown():
    assert recording_facts(member(2, sender="s1"), [member(1, sender="s1")]).same_owner is True
    assert recording_facts(member(2, p_line="℗ 2026 Ember"), [member(1, p_line="2024 Ember")]).same_owner is True
    assert recording_facts(member(2), [member(1)]).same_owner is False
    assert recording_facts(member(2, sender="s1"), [member(1, sender="s2")]).same_owner is False


def test_relation_and_speed_are_those_of_the_earliest_match():
    sped_up = RecordingMatch(
        relation=Relation.TRANSFORMED, overlap_s=50.0, speed_ratio=1.03, pitch_semitones=0.5, score=0.9
    )
    later = member(4, match=SAME)
    facts = recording_facts(member(3), [later, member(2, match=SAME), member(1, match=sped_up)])
    assert (facts.relation, facts.speed_ratio, facts.pitch_semitones, facts.overlap_s) == ("transformed", 1.03, 0.5, 50)


@given(st.permutations(range(2, 8)), st.integers(2, 7))
def test_facts_do_not_depend_on_the_order_in_which_members_were_found(order, judged_seq):
    def build(seq):
        return member(seq, artist="abcdefgh"[seq], isrc=f"QZEM6260000{seq}", sender=f"s{seq % 3}")

    found = [build(seq) for seq in order]
    assert recording_facts(build(judged_seq), found) == recording_facts(
        build(judged_seq), [build(s) for s in range(2, 8)]
    )
