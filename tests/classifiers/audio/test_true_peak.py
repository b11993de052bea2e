"""True peak against signals whose highest point lies between the samples."""

import numpy as np
import pytest

from classifiers.audio.true_peak import PHASES, TruePeak
from tests.sounds import music, silence


def measured(sound: np.ndarray, rate_hz: int = 48_000, block: int = 65_536) -> float | None:
    planar = np.atleast_2d(sound.T).astype(np.float32)
    meter = TruePeak(rate_hz, len(planar))
    for start in range(0, planar.shape[1], block):
        meter.feed(planar[:, start : start + block])
    return meter.finish()


@pytest.mark.parametrize(("divisor", "phase_degrees"), [(4, 0), (4, 45), (6, 60), (8, 67.5)])
def test_a_sine_between_the_samples_reads_its_own_peak(divisor: int, phase_degrees: float) -> None:
    """EBU Tech 3341, cases 15 to 18: -6 dBTP within +0.2 and -0.4 dB."""
    steps = np.arange(48_000)
    sound = 0.5 * np.sin(2 * np.pi * steps / divisor + np.deg2rad(phase_degrees))
    fade = np.minimum(1, np.minimum(steps, steps[::-1]) / 2000)
    peak = measured(sound * fade)
    assert peak is not None
    assert -6.4 <= peak <= -5.8


@pytest.mark.parametrize("block", [65_536, 1_000, 16, 5])
def test_leaving_out_what_cannot_be_a_peak_changes_nothing(block: int) -> None:
    sound = np.tanh(3 * music(0.5, seed=6)).astype(np.float32)[:22_048]
    whole = max(
        float(np.abs(np.convolve(channel, taps)[: len(channel)]).max()) for channel in sound.T for taps in PHASES
    )
    assert measured(sound, 44_100, block) == pytest.approx(20 * np.log10(max(whole, np.abs(sound).max())), abs=1e-4)


def test_at_four_times_the_usual_rate_the_samples_are_the_peak() -> None:
    assert measured(np.array([0.1, -0.5, 0.2]), 192_000) == pytest.approx(-6.02, abs=0.01)


def test_digital_silence_has_no_peak() -> None:
    assert measured(silence(0.1)) is None


def test_the_interpolation_filter_is_that_of_the_standard() -> None:
    assert PHASES.shape == (4, 12)
    np.testing.assert_allclose(PHASES, PHASES[::-1, ::-1])
    np.testing.assert_allclose(PHASES.sum(axis=1), 1.0, atol=0.03)
