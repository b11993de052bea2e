import numpy as np
import pytest

from classifiers.duplicates.frames import RATE_HZ
from classifiers.duplicates.match import compare
from schemas.evidence import Relation
from tests.classifiers.duplicates.songs import backing, heard, noisy, played, song


def test_unrelated_songs_have_nothing_in_common(fingerprints):
    for one in range(4):
        for other in range(4):
            if one != other:
                assert compare(fingerprints[one], fingerprints[other]) is None


@pytest.mark.parametrize("speed", [0.8, 0.92, 0.99, 1.005, 1.03, 1.2])
def test_a_copy_at_another_speed_is_found_with_its_speed_and_pitch(songs, fingerprints, speed):
    match = compare(heard(played(songs[0], speed)), fingerprints[0])
    assert match is not None and match.relation is Relation.TRANSFORMED
    assert match.speed_ratio == pytest.approx(speed, rel=0.002)
    assert match.pitch_semitones == pytest.approx(12 * np.log2(speed), abs=0.1) or abs(speed - 1) < 0.01


def test_what_is_faster_one_way_is_slower_the_other_way(songs, fingerprints):
    faster = heard(played(songs[1], 1.1))
    back = compare(fingerprints[1], faster)
    assert back is not None and back.relation is Relation.TRANSFORMED
    assert back.speed_ratio == pytest.approx(1 / 1.1, rel=0.002)
    assert back.pitch_semitones == pytest.approx(-12 * np.log2(1.1), abs=0.1)


def test_an_excerpt_says_where_it_lies(songs, fingerprints):
    match = compare(heard(noisy(songs[2][7 * RATE_HZ : 19 * RATE_HZ], 15)), fingerprints[2])
    assert match is not None and match.relation is Relation.SAME_RECORDING
    (segment,) = match.segments
    assert segment.reference_start_s - segment.query_start_s == pytest.approx(7.0, abs=0.1)
    assert match.overlap_s == pytest.approx(12.0, abs=1.0)
    assert match.score == pytest.approx(1 - segment.bit_error_rate)


def test_a_copy_inside_another_recording_is_one_segment_of_it(songs, fingerprints):
    medley = np.concatenate([songs[0], songs[1][: 12 * RATE_HZ], songs[3]])
    match = compare(heard(medley), fingerprints[1])
    assert match is not None and match.relation is Relation.SAME_RECORDING
    assert match.segments[0].query_start_s == pytest.approx(24.0, abs=1.5)
    assert match.segments[-1].query_end_s == pytest.approx(36.0, abs=1.5)


def test_a_copy_with_its_middle_cut_out_is_found_on_both_sides_of_the_cut(songs):
    whole = np.concatenate([songs[0], songs[1]])
    edit = np.concatenate([whole[: 14 * RATE_HZ], whole[30 * RATE_HZ :]])
    match = compare(heard(edit), heard(whole))
    assert match is not None and match.relation is Relation.SAME_RECORDING
    assert match.overlap_s > 26
    shifts = sorted({round(segment.reference_start_s - segment.query_start_s) for segment in match.segments})
    assert shifts == [0, 16]


def test_two_songs_over_one_backing_are_no_copies():
    for seed in range(3):
        one, other = heard(song(100 + seed, over=seed)), heard(song(200 + seed, over=seed))
        match = compare(one, other)
        assert match is None or match.relation is Relation.SHARED_BACKING


def test_a_common_introduction_makes_no_copy():
    intro = backing(5, 24)[: 8 * RATE_HZ]
    one, other = (np.concatenate([intro, song(seed, 24, over=5)[8 * RATE_HZ :]]) for seed in (31, 32))
    match = compare(heard(one), heard(other))
    assert match is not None and match.relation is Relation.SHARED_BACKING


def test_equal_samples_are_identical_whatever_the_file_says(songs):
    one, other = heard(songs[0], pcm_sha256="ab"), heard(songs[0], pcm_sha256="ab")
    match = compare(one, other)
    assert match is not None and match.relation is Relation.IDENTICAL and match.score == 1.0
    assert match.segments[0].query_end_s == pytest.approx(one.duration_s, abs=0.1)


def test_silence_does_not_even_match_itself():
    quiet = heard(np.zeros(10 * RATE_HZ), pcm_sha256="00")
    assert compare(quiet, quiet) is None


def test_a_match_does_not_change_from_run_to_run(songs, fingerprints):
    query = heard(noisy(played(songs[3], 0.95), 12))
    assert compare(query, fingerprints[3]) == compare(heard(noisy(played(songs[3], 0.95), 12)), fingerprints[3])
