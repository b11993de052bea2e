"""A comb on a rate that decoders are built with needs less strength than one of any spacing."""

import numpy as np
import pytest
import soxr

from classifiers.ai.calibration import Calibration
from classifiers.ai.comb import SPACINGS_HZ
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


def test_the_gain_grows_with_the_swing_and_ends() -> None:
    gains = [for_frame_rate(4.0, z) for z in (-3.0, 0.0, 1.5, 3.0, 4.5, 60.0)]
    assert gains == sorted(gains)
    assert gains[0] == gains[2] > 0
    assert gains[-2] == gains[-1] == pytest.approx(2.7)
    assert for_frame_rate(0.0, 60.0) == for_frame_rate(-1.0, 60.0) == 0.0
    assert for_frame_rate(1.0, 2.0) < for_frame_rate(2.0, 2.0) < for_frame_rate(3.0, 2.0)


def test_weak_lines_gain_on_a_frame_rate_and_nowhere_else() -> None:
    noise = coloured(15)
    on, beside = (comb_of(noise + lines(15, spacing, -9.0), clock_search=False) for spacing in (SPACING_HZ, 86.3))
    assert on.spacing_hz == pytest.approx(SPACING_HZ, rel=4e-5)
    assert on.on_frame_rate == pytest.approx(1.2)
    assert beside.on_frame_rate == 0.0


def test_a_swing_at_the_rate_adds_and_needs_no_strength_of_its_own() -> None:
    sound = coloured(15) + lines(15, SPACING_HZ, -6.0)
    swing = swinging(15, 512, 0.04) + lines(15, SPACING_HZ, -6.0)
    assert comb_of(swing).on_frame_rate > comb_of(sound).on_frame_rate > 0


def test_another_speed_leaves_the_list() -> None:
    sound = coloured(15) + lines(15, SPACING_HZ, -6.0)
    comb = comb_of(np.asarray(soxr.resample(sound, RATE_HZ * 1.03, RATE_HZ), np.float32))
    parts = SPACING_HZ * 1.03 / comb.spacing_hz
    assert parts == pytest.approx(round(parts), rel=1e-4)
    assert comb.on_frame_rate == 0.0


@pytest.mark.parametrize("seed", range(4))
def test_noise_gains_no_answer(seed: int) -> None:
    assert comb_of(coloured(22, seed)).strength < Calibration.load().inconclusive
