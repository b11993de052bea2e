import pytest

from schemas.evidence import RecordingMatch, Relation
from schemas.recording_groups import is_one_recording


def match(overlap_s, relation=Relation.SAME_RECORDING, speed_ratio=1.0):
    return RecordingMatch(relation=relation, overlap_s=overlap_s, speed_ratio=speed_ratio, score=0.9)


@pytest.mark.parametrize(
    ("query_s", "reference_s", "overlap_s", "one"),
    [
        (180, 180, 175, True),
        (20, 240, 20, True),  # an excerpt
        (240, 20, 20, True),
        (200, 180, 60, False),  # a sample, or the same intro
        (3600, 180, 175, False),  # a mix and one of its songs
        (180, 3600, 180, False),
        (3600, 3500, 3400, True),  # the same mix again
        (700, 180, 600, True),  # a song in a loop of ten minutes
    ],
)
def test_half_of_the_shorter_makes_one_recording_unless_the_longer_is_a_mix(query_s, reference_s, overlap_s, one):
    assert is_one_recording(match(overlap_s), query_s, reference_s) is one


def test_the_overlap_is_measured_on_either_side_at_its_own_speed():
    assert is_one_recording(match(50, Relation.TRANSFORMED, speed_ratio=1.25), 120, 120)
    assert not is_one_recording(match(50), 120, 120)


def test_a_shared_backing_makes_none_and_equal_samples_always_do():
    assert not is_one_recording(match(180, Relation.SHARED_BACKING), 180, 180)
    assert is_one_recording(match(3, Relation.IDENTICAL), 3600, 10)


def test_what_is_not_known_does_not_count():
    assert is_one_recording(match(5), None, 180) and is_one_recording(match(5), 180, None)
