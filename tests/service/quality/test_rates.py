"""False positives of all tracks with nothing to find, as a sample has it."""

import pytest

from service.quality.rates import counted, false_positive_rate


def test_the_sample_stands_for_all_that_was_not_flagged():
    found = false_positive_rate(wrong=50, unflagged=10_000, sampled=100, missed=5)
    assert found.share == pytest.approx(50 / (50 + 9_500))
    assert found.low < found.share < found.high
    assert found.low == pytest.approx(50 / (50 + 10_000 * (1 - 0.0215)), rel=0.01)


def test_without_a_sample_there_is_no_rate():
    assert false_positive_rate(50, 10_000, 0, 0).share is None


def test_a_sample_in_which_everything_was_missed_and_nothing_flagged_gives_no_rate():
    assert false_positive_rate(0, 100, 10, 10).share is None
    assert counted(0, 0).share is None
