"""Overlapping segments become one course, and its runs and shares count no second twice."""

import pytest

from schemas.evidence import AiSegment
from schemas.in_time import Stretch, course, longest_run_s, runs, share


def overlapping(*probabilities: float) -> list[AiSegment]:
    """Segments of 4 s, one every 2 s."""
    return [
        AiSegment(start_s=2.0 * number, end_s=2.0 * number + 4.0, probability=probability)
        for number, probability in enumerate(probabilities)
    ]


def test_a_moment_under_two_segments_has_the_mean_of_both():
    assert course(overlapping(1.0, 0.5)) == [Stretch(0, 2, 1.0), Stretch(2, 4, 0.75), Stretch(4, 6, 0.5)]


def test_the_course_has_no_overlaps_and_no_second_twice():
    pieces = course(overlapping(0.9, 0.1, 0.9, 0.2, 0.7))
    assert [piece.start_s for piece in pieces] == [0, 2, 4, 6, 8, 10]
    assert sum(piece.end_s - piece.start_s for piece in pieces) == 12


def test_segments_of_older_evidence_that_only_follow_one_another_stay_as_they_are():
    segments = [AiSegment(start_s=0, end_s=10, probability=0.9), AiSegment(start_s=10, end_s=40, probability=0.2)]
    assert course(segments) == [Stretch(0, 10, 0.9), Stretch(10, 40, 0.2)]
    assert share(segments) == pytest.approx(0.25)


def test_runs_join_what_follows_without_a_break():
    assert runs(overlapping(0.9, 0.9, 0.0, 0.0, 0.0, 0.8, 0.8)) == [Stretch(0, 4, 0.9), Stretch(12, 16, 0.8)]
    assert longest_run_s(overlapping(0.9, 0.9, 0.9, 0.0, 0.0, 0.8)) == 6


def test_what_no_segment_covers_breaks_a_run_and_counts_for_nothing():
    segments = [AiSegment(start_s=0, end_s=5, probability=0.9), AiSegment(start_s=8, end_s=13, probability=0.9)]
    assert runs(segments) == [Stretch(0, 5, 0.9), Stretch(8, 13, 0.9)]
    assert share(segments) == 1.0


def test_without_segments_nothing_is_known_and_without_a_run_it_is_nothing():
    assert share([]) is None
    assert longest_run_s([]) is None
    assert longest_run_s(overlapping(0.1, 0.2)) == 0.0
    assert runs([]) == []
