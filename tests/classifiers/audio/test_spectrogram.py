"""A spectrogram has a bounded size and shows what sounds in its place, whatever the length."""

import io

import numpy as np
import pytest
from PIL import Image

from classifiers.audio.spectra import (
    ANALYSIS_RATE_HZ,
    FINE_HOP,
    FINE_N_FFT,
    FINE_THINNED_FROM,
    PowerFrames,
)
from classifiers.audio.spectrogram import HIGHEST_HZ, MOST_COLUMNS, ROWS, STEP_DB, STEPS, Spectrogram, levels
from tests.sounds import noise, tone


def picture(sound):
    """The steps of the picture of a sound, lowest row first."""
    frames = PowerFrames(FINE_N_FFT, FINE_HOP, thinned_from=FINE_THINNED_FROM)
    spectrogram = Spectrogram()
    for power in (*frames.feed(sound), *frames.finish()):
        spectrogram.feed_fine(power)
    return steps_of(spectrogram.finish())


def steps_of(png):
    with Image.open(io.BytesIO(png)) as opened:
        assert (opened.format, opened.mode) == ("PNG", "P")
        return np.asarray(opened)[::-1]


@pytest.mark.parametrize("frames", [1, 7, 120, 121, 400, 1_000, 20_000])
def test_the_size_is_bounded_whatever_the_length(frames):
    spectrogram, power = Spectrogram(), np.ones((8, FINE_N_FFT // 2 + 1), np.float32)
    for start in range(0, frames, 8):
        spectrogram.feed_fine(power[: min(8, frames - start)])
    png = spectrogram.finish()
    steps = steps_of(png)
    assert steps.shape[0] == ROWS
    assert 1 <= steps.shape[1] <= MOST_COLUMNS
    assert np.all(steps == STEPS - 1)
    assert len(png) < 20_000


def test_a_tone_is_the_brightest_row_at_its_height():
    steps = picture(tone(4.0, 5_000.0))
    row = int(5_000.0 / HIGHEST_HZ * ROWS)
    assert set(steps.argmax(axis=0)) == {row}
    assert steps[row].min() == STEPS - 1
    assert steps[row + 10].max() < 5


def test_what_starts_half_way_starts_half_way_in_the_picture_of_a_long_recording():
    late = np.concatenate([np.zeros(150 * ANALYSIS_RATE_HZ, np.float32), noise(150.0)])
    loud = picture(late).mean(axis=0) > STEPS / 2
    assert loud.mean() == pytest.approx(0.5, abs=0.01)
    assert not loud[: len(loud) // 2 - 2].any()


def test_a_step_is_three_decibels_under_the_loudest():
    power = np.array([[1.0, 10**-0.3, 10**-0.6, 10**-3.0, 0.0]], np.float32)
    assert levels(power).tolist() == [[STEPS - 1, STEPS - 2, STEPS - 3, STEPS - 1 - round(30 / STEP_DB), 0]]


def test_silence_is_dark_and_nothing_gives_nothing():
    assert picture(np.zeros(ANALYSIS_RATE_HZ, np.float32)).max() == 0
    assert Spectrogram().finish() == b""
