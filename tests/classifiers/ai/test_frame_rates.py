"""The list of frame rates holds the decoders that are known, and none of what else stands at exact rates."""

import numpy as np
import pytest

from classifiers.ai.comb import SPACINGS_HZ
from classifiers.ai.frame_rates import (
    COMB_RATES_HZ,
    frame_rate_of,
    is_harmonic_of_note,
    is_note,
    rates_at_usual_speeds,
    usual_speeds,
)

LAYER_3_HZ = (44_100 / 2_304, 44_100 / 1_152, 44_100 / 576, 44_100 / 64, 48_000 / 64, 32_000 / 64)


@pytest.mark.parametrize("known_hz", [21.533203125, 25.0, 43.06640625, 45.9375, 50.0, 75.0, 86.1328125, 93.75, 100.0])
def test_known_decoders_stand_on_the_list(known_hz: float) -> None:
    rate_hz = frame_rate_of(known_hz * (1 + 2e-5))
    assert rate_hz is not None
    assert rate_hz == pytest.approx(known_hz, rel=1e-8)


@pytest.mark.parametrize("grid_hz", LAYER_3_HZ)
def test_the_grids_of_layer_3_do_not(grid_hz: float) -> None:
    assert frame_rate_of(grid_hz) is None


@pytest.mark.parametrize("octave", [-1, 0])
def test_the_note_that_is_a_frame_rate_does_not(octave: int) -> None:
    """900 samples at 44.1 kHz are the G of equal temperament to a hundred-thousandth."""
    assert frame_rate_of(440.0 * 2 ** (-38 / 12 + octave)) is None


@pytest.mark.parametrize("rate_hz", [24.5, 49.0, 147.0, 245.0])
def test_harmonics_of_that_note_are_known(rate_hz: float) -> None:
    assert is_harmonic_of_note(rate_hz)


@pytest.mark.parametrize("rate_hz", [21.533203125, 50.0, 75.0, 86.1328125, 93.75, 100.0])
def test_known_decoders_are_no_notes(rate_hz: float) -> None:
    assert not is_harmonic_of_note(rate_hz)
    assert not is_note(rate_hz, 4e-5)


def test_the_list_takes_less_than_a_hundredth_of_what_is_searched() -> None:
    listed = [spacing for spacing in SPACINGS_HZ if frame_rate_of(spacing) is not None]
    assert len(COMB_RATES_HZ) / 2 < len(listed) < len(SPACINGS_HZ) / 100


def test_at_usual_speeds_each_rate_is_one_of_the_list_at_its_speed() -> None:
    rates, speeds = rates_at_usual_speeds()
    assert (np.diff(rates) > 0).all()
    built = rates / speeds
    assert np.abs(built[:, None] / COMB_RATES_HZ - 1).min(axis=1).max() < 1e-9
    assert {0.8, 0.97, 1.03, 1.2, round(1 / 1.2, 12), round(2 ** (1 / 12), 12)} <= set(usual_speeds().tolist())
    assert 1.0 not in speeds


def test_what_has_another_cause_is_no_rate_at_a_usual_speed() -> None:
    rates, _ = rates_at_usual_speeds()
    for rate_hz in (*LAYER_3_HZ, *COMB_RATES_HZ, *(440 * 2 ** (step / 12) for step in range(-48, 0))):
        assert np.abs(rates / rate_hz - 1).min() > 1e-5


def test_usual_speeds_leave_nineteen_of_twenty_rates_out() -> None:
    """So much is a music's own exact rate less likely to be met than in a search of all."""
    rates, _ = rates_at_usual_speeds()
    apart = 2.4e-5
    met = np.unique(np.rint(np.log(rates) / apart))
    assert len(met) * apart < 0.05 * np.log(rates[-1] / rates[0])
    assert len(usual_speeds()) < 130
