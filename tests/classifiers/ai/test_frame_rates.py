"""Steady lines confirm a comb that stands on a rate that decoders are built with, and nothing else."""

import numpy as np
import pytest
import soxr

from classifiers.ai.agreement import Agreement
from classifiers.ai.calibration import Calibration
from classifiers.ai.clocks import Swing
from classifiers.ai.comb import SPACINGS_HZ
from classifiers.ai.cyclic import CyclicMeter
from classifiers.ai.frame_rates import COMB_RATES_HZ, for_frame_rate, frame_rate_of
from classifiers.ai.search import Comb
from classifiers.training.sounds import RATE_HZ, Sound
from tests.classifiers.ai.listening import coloured, detector_for, frames_of, lines
from tests.classifiers.ai.test_clocks import swinging

SPACING_HZ = 86.1328125


def comb_of(sound: Sound, *, clock_search: bool = True) -> Comb:
    detector = detector_for(clock_search=clock_search)
    detector.feed_sound(sound)
    for power in frames_of(sound):
        detector.feed_fine(power)
    comb = detector.finding().comb
    assert comb is not None
    return comb


def asked_of(sound: Sound) -> Agreement:
    meter = CyclicMeter()
    meter.feed(sound)
    stretches = meter.finish()
    return Agreement(Swing.of(stretches), meter.steady())


@pytest.mark.parametrize("known_hz", [21.533203125, 25.0, 43.06640625, 45.9375, 50.0, 75.0, 86.1328125, 93.75, 100.0])
def test_known_decoders_stand_on_the_list(known_hz: float) -> None:
    rate_hz = frame_rate_of(known_hz * (1 + 2e-5))
    assert rate_hz is not None
    assert rate_hz == pytest.approx(known_hz, rel=1e-8)


@pytest.mark.parametrize(
    "grid_hz", [44_100 / 2_304, 44_100 / 1_152, 44_100 / 576, 44_100 / 64, 48_000 / 64, 32_000 / 64]
)
def test_the_grids_of_layer_3_do_not(grid_hz: float) -> None:
    assert frame_rate_of(grid_hz) is None


def test_the_list_takes_less_than_a_hundredth_of_what_is_searched() -> None:
    listed = [spacing for spacing in SPACINGS_HZ if frame_rate_of(spacing) is not None]
    assert len(COMB_RATES_HZ) / 2 < len(listed) < len(SPACINGS_HZ) / 100


def test_the_gain_grows_with_the_lines_and_ends() -> None:
    gains = [for_frame_rate(4.0, z) for z in (-3.0, 9.0, 12.0, 19.0, 60.0)]
    assert gains == sorted(gains)
    assert gains[1] == 0.0 < gains[2]
    assert gains[-2] == gains[-1] == pytest.approx(4.0)
    assert for_frame_rate(0.0, 60.0) == for_frame_rate(-1.0, 60.0) == 0.0
    assert for_frame_rate(1.0, 15.0) < for_frame_rate(2.0, 15.0) == for_frame_rate(9.0, 15.0)


def noisy(sound: Sound, snr_db: float) -> Sound:
    level = float(np.sqrt(np.mean(sound**2))) * 10 ** (-snr_db / 20)
    return (sound + level * np.random.default_rng(5).standard_normal(len(sound))).astype(np.float32)


def test_steady_lines_are_found_under_noise_that_hides_most_of_the_comb() -> None:
    comb = comb_of(noisy(coloured(22) + lines(22, SPACING_HZ, -7.0), 15.0))
    assert frame_rate_of(comb.spacing_hz) is not None
    assert comb.strength - comb.on_frame_rate < Calibration.load().likely < comb.strength


def test_the_same_lines_gain_nothing_beside_the_listed_rates() -> None:
    assert comb_of(coloured(15) + lines(15, 86.3, -6.0)).on_frame_rate == 0.0


def test_without_the_clock_search_nothing_is_gained() -> None:
    assert comb_of(coloured(15) + lines(15, SPACING_HZ, -6.0), clock_search=False).on_frame_rate == 0.0


def test_another_speed_leaves_the_list() -> None:
    sound = coloured(15) + lines(15, SPACING_HZ, -6.0)
    comb = comb_of(np.asarray(soxr.resample(sound, RATE_HZ * 1.03, RATE_HZ), np.float32))
    parts = SPACING_HZ * 1.03 / comb.spacing_hz
    assert parts == pytest.approx(round(parts), rel=1e-4)
    assert comb.on_frame_rate == 0.0


def test_an_exact_loop_at_a_frame_rate_gains_nothing() -> None:
    """16 lines of 43.07 Hz in a bar of 32,768 samples: what stands between them is as strong."""
    asked = asked_of(np.tile(coloured(1.0)[:32_768], 20))
    assert asked.steady_z(43.06640625) < 9.0


def test_noise_and_swing_without_lines_gain_nothing() -> None:
    for sound in (coloured(22), swinging(15, 1_024, 0.2)):
        assert asked_of(sound).steady_z(43.06640625) < 9.0
    assert asked_of(coloured(15) + lines(15, 43.06640625, -3.0)).steady_z(43.06640625) > 19.0


def test_a_tone_that_wavers_is_not_steady() -> None:
    """Harmonics of 50 Hz that drift by a hundredth of a hertz and more a second, as mains and tape do."""
    time = np.arange(15 * RATE_HZ) / RATE_HZ
    phase = 2 * np.pi * (50 * time + 0.05 * np.sin(2 * np.pi * 0.4 * time))
    hum = sum(np.cos(order * phase) for order in range(40, 240))
    asked = asked_of((coloured(15) + 3e-4 * hum).astype(np.float32))
    assert asked.steady_z(50.0) < 9.0
