"""A waveform has a bounded size and shows where a recording is loud."""

import numpy as np
import pytest

from classifiers.audio.waveform import MOST, Waveform


@pytest.mark.parametrize("frames", [1, 1_000, 44_100, 10_000_000])
def test_the_size_is_bounded_whatever_the_length(frames):
    waveform = Waveform()
    for start in range(0, frames, 65_536):
        waveform.feed(np.full(min(65_536, frames - start), 0.5, np.float32))
    peaks = waveform.finish()
    assert 1 <= len(peaks) <= MOST
    assert set(peaks) == {127}


def test_a_loud_moment_shows_in_its_place():
    sound = np.zeros(4_410_000, np.float32)
    sound[2_205_000] = -1.0
    waveform = Waveform()
    for block in np.array_split(sound, 77):
        waveform.feed(block)
    peaks = waveform.finish()
    assert max(peaks) == 255
    assert peaks.index(255) == pytest.approx(len(peaks) / 2, abs=len(peaks) * 0.02)


def test_nothing_gives_nothing():
    assert Waveform().finish() == b""
