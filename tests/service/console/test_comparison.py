"""Two deliveries beside each other: what was done to the one is told, and what keeps them in step follows from it."""

import pytest

from schemas.evidence import MatchedSegment, Relation
from service.console.comparison import SHOWN_SEGMENTS, comparison, keeps_pitch
from service.store.case_queue import CaseQueue
from service.store.cases import Cases
from service.store.matches import Matches
from tests.deliveries import NOON, cause, deliver, match, sha


def segment(start_s=0.0, end_s=10.0, other_s=3.0, speed=1.0):
    return MatchedSegment(
        query_start_s=start_s,
        query_end_s=end_s,
        reference_start_s=other_s,
        reference_end_s=other_s + (end_s - start_s) * speed,
        bit_error_rate=0.1,
    )


@pytest.fixture
def two(sqlite_database):
    with sqlite_database.write() as session:
        return deliver(session, "a", title="A"), deliver(session, "b", title="B")


def test_a_faster_copy_is_played_with_its_pitch_along(two):
    found = match(
        Relation.TRANSFORMED, speed_ratio=1.06, pitch_semitones=1.0, overlap_s=10.0, segments=[segment(speed=1.06)]
    )
    seen = comparison(*two, found, 24.0)
    assert seen.told == (
        "Transformed: 10 s in common; A runs at 1.060 times the speed of B, pitch with it; 10 % of the marks differ."
    )
    assert seen.plan["segments"] == [pytest.approx([0.0, 10.0, 3.0, 13.6])]
    assert (seen.plan["speed"], seen.plan["keepsPitch"]) == (1.06, False)
    assert seen.segments[0].speed == pytest.approx(1.06)


@pytest.mark.parametrize(
    ("speed", "semitones", "kept"), [(1.06, 1.0, False), (1.06, 0.0, True), (0.8, -3.9, False), (1.0, 3.0, False)]
)
def test_a_changed_tempo_keeps_the_pitch(speed, semitones, kept):
    assert keeps_pitch(speed, semitones) is kept


def test_a_pitch_that_was_changed_alone_is_told_and_not_evened_out(two):
    seen = comparison(*two, match(pitch_semitones=-2.0, segments=[segment()]), 24.0)
    assert "A is 2.0 semitones lower, which is not evened out here" in seen.told
    assert seen.plan["speed"] == 1.0


def test_the_same_file_is_in_step_throughout(two):
    seen = comparison(two[0], two[0], None, 24.0)
    assert seen.plan["segments"] == [[0.0, 24.0, 0.0, 24.0]]
    assert seen.told.startswith("Identical: 24 s in common")


def test_what_is_linked_only_by_others_is_not_laid_over_one_another(two):
    seen = comparison(*two, None, 24.0)
    assert (seen.plan["segments"], seen.segments) == ([], [])
    assert "both play from their beginning" in seen.told


def test_of_many_stretches_the_first_are_shown_and_all_keep_step(two):
    many = [segment(float(n), n + 0.5, float(n)) for n in range(100)]
    seen = comparison(*two, match(segments=many), 200.0)
    assert (len(seen.segments), seen.more, len(seen.plan["segments"])) == (SHOWN_SEGMENTS, 76, 100)


@pytest.mark.parametrize("speed", [0.0001, 1_000.0])
def test_no_speed_is_asked_for_that_browsers_do_not_play(two, speed):
    assert 0.25 <= comparison(*two, match(speed_ratio=speed), 24.0).plan["speed"] <= 4.0


def test_a_tenants_copy_of_a_recording_in_a_case_may_be_heard_and_another_tenants_is_only_counted(database):
    with database.write() as session:
        track = deliver(session, "a")
        copy, alone = deliver(session, "b"), deliver(session, "c")
        strange = deliver(session, "d", by="elsewhere")
        queue, matches = CaseQueue(session, track.tenant_id), Matches(session)
        for other in "bd":
            matches.record(sha("a"), sha(other), match(), NOON)
        assert queue.heard(copy.id) is None, "no case yet"
        Cases(session).reconcile(track, [cause(track.id)], content="1", now=NOON)
        assert queue.heard(track.id) is not None
        assert queue.heard(copy.id) is not None
        assert queue.heard(alone.id) is None
        assert queue.heard(strange.id) is None
        assert CaseQueue(session, strange.tenant_id).heard(track.id) is None
        assert CaseQueue(session, strange.tenant_id).heard(strange.id) is None, "the case is another tenant's"
        key = matches.group_key(sha("a"))
        assert matches.group_keys({sha(one) for one in "abcd"}) == {
            sha(one): sha("c") if one == "c" else key for one in "abcd"
        }
        assert matches.elsewhere([key, sha("c")], but=track.tenant_id, most=5) == {key: 1, sha("c"): 0}
        firsts = matches.first_of_groups([key, sha("c")], tenant_id=track.tenant_id, limit=1)
        assert firsts == {key: [track], sha("c"): [alone]}
        for number in range(5):
            deliver(session, "d", by="elsewhere", title=f"Again {number}")
        assert matches.elsewhere([key], but=track.tenant_id, most=5) == {key: 5}
        assert set(matches.edges(sha("a"))) == {sha("b"), sha("d")}
        assert set(matches.edges_among([sha("a")], [sha("b"), sha("c")])) == {(sha("a"), sha("b"))}
        assert matches.edges_among([sha("b")], [sha("a")])[sha("b"), sha("a")] == matches.edges(sha("b"))[sha("a")]
