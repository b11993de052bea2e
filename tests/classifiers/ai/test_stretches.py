"""What the network hears of a recording: six stretches evenly over it, whatever its length and its blocks."""

import numpy as np
import pytest

from classifiers.ai.stretches import MOST, STRETCH_RATE_HZ, STRETCH_S, Stretches
from classifiers.audio.spectra import ANALYSIS_RATE_HZ


def heard(seconds: float, block: int = 30_000) -> np.ndarray:
    """Stretches of a sound whose level in each block of 4 s is the number of that block, from 1."""
    count = round(seconds * ANALYSIS_RATE_HZ)
    level = 1 + np.arange(count) // round(STRETCH_S * ANALYSIS_RATE_HZ)
    tone = (level * np.sin(np.arange(count) * 0.05)).astype(np.float32)
    stretches = Stretches()
    for start in range(0, count, block):
        stretches.feed(tone[start : start + block])
    return stretches.finish()


def numbers(stretches: np.ndarray) -> list[int]:
    return [round(float(np.abs(stretch).max())) for stretch in stretches]


def test_a_short_recording_is_heard_whole() -> None:
    assert numbers(heard(21.0)) == [1, 2, 3, 4, 5]


def test_a_long_one_is_heard_from_start_to_end_in_six_stretches() -> None:
    found = numbers(heard(600.0))
    assert len(found) == MOST
    assert found[0] == 1
    assert found[-1] >= 130
    assert max(np.diff(found)) <= 2 * min(np.diff(found))


@pytest.mark.parametrize("block", [1, 4_410, 1_000_000])
def test_the_size_of_the_blocks_changes_nothing(block: int) -> None:
    seconds = 9.0 if block == 1 else 90.0
    assert np.array_equal(heard(seconds, block), heard(seconds))


def test_what_is_shorter_than_a_stretch_gives_none() -> None:
    assert heard(3.9).shape == (0, round(STRETCH_S * STRETCH_RATE_HZ))
