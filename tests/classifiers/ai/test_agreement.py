"""A swing of the power at the comb's own spacing adds to the comb, at any speed; what only looks like one does not."""

import numpy as np
import pytest
import soxr

from classifiers.ai.agreement import MOST, Agreement
from classifiers.ai.clocks import Swing
from classifiers.ai.cyclic import CyclicMeter
from classifiers.ai.guards import Guard
from classifiers.training.sounds import RATE_HZ, Sound
from tests.classifiers.ai.listening import coloured, detector_for, frames_of, lines
from tests.classifiers.ai.test_clocks import swinging

SAMPLES = 512
FRAMES_HZ = RATE_HZ / SAMPLES


def agreement(sound: Sound) -> Agreement:
    meter = CyclicMeter()
    meter.feed(sound)
    return Agreement(Swing.of(meter.finish()))


def sped(sound: Sound, ratio: float) -> Sound:
    return np.asarray(soxr.resample(sound, RATE_HZ * ratio, RATE_HZ), np.float32)


@pytest.mark.parametrize("ratio", [0.8, 2 ** (-1 / 12), 1.03, 2 ** (2 / 12), 1.2])
def test_a_swing_at_the_spacing_adds_the_most_at_any_speed(ratio: float) -> None:
    asked = agreement(sped(swinging(15, SAMPLES, 0.2), ratio))
    assert asked.strength(FRAMES_HZ * ratio * (1 + 1e-5)) == pytest.approx(MOST)
    assert asked.bound(FRAMES_HZ * ratio) >= asked.strength(FRAMES_HZ * ratio)


def test_a_spacing_at_which_nothing_swings_gets_nothing() -> None:
    asked = agreement(swinging(15, SAMPLES, 0.2))
    assert asked.strength(FRAMES_HZ * 1.01) == 0.0
    assert agreement(coloured(15)).strength(FRAMES_HZ) == 0.0


def test_notes_that_start_and_end_add_nothing() -> None:
    """Three quarters of a second of a rich tone, then another one, on and on: its lines are broad."""
    time = np.arange(15 * RATE_HZ) / RATE_HZ
    random = np.random.default_rng(0)
    starts = np.floor(time / 0.75).astype(int)
    phases = random.uniform(0, 2 * np.pi, (starts[-1] + 1, 60))
    tone = sum(np.cos(2 * np.pi * 196 * partial * time + phases[starts, partial - 1]) for partial in range(8, 60))
    sound = (coloured(15) + 0.01 * np.asarray(tone)).astype(np.float32)
    assert agreement(sound).strength(196.0) == 0.0


def test_an_exact_loop_adds_nothing() -> None:
    bar = coloured(1.0)[:32_768]
    asked = agreement(np.tile(bar, 20))
    for parts in (8, 16, 64):
        assert asked.strength(RATE_HZ / 32_768 * parts) == 0.0


@pytest.mark.parametrize("ratio", [1.0, 1.06])
def test_subbands_of_layer_3_add_nothing_at_any_speed(ratio: float) -> None:
    asked = agreement(sped(swinging(15, 64, 0.2), ratio))
    for below in (1, 2, 4, 9):
        assert asked.strength(RATE_HZ / 64 * ratio / below) == 0.0


@pytest.mark.parametrize("ratio", [1.0, 1.08])
def test_lines_on_a_spacing_whose_ninth_swings_are_drawn_by_layer_3(ratio: float) -> None:
    """The granules of an MP3 leave lines every 76.56 Hz; in a copy of another format nothing else tells of it."""
    sound = sped(swinging(15, 64, 0.2) + lines(15, RATE_HZ / 576, -4.0), ratio)
    detector, swing = detector_for(), agreement(sound)
    detector.feed_sound(sound)
    for power in frames_of(sound):
        detector.feed_fine(power)
    comb = detector.finding().comb
    assert swing.is_layer_3(RATE_HZ / 576 * ratio)
    assert comb is not None and comb.strength < 4.0
    unguarded = detector.finding(without=Guard.CODEC_GRIDS).comb
    assert unguarded is not None and unguarded.strength > 6.0


def test_both_traces_of_one_decoder_are_stronger_than_its_lines_alone() -> None:
    """Played 8 % faster, where the list of clocks knows nothing."""
    sound = sped(swinging(15, SAMPLES, 0.2) + lines(15, FRAMES_HZ, -4.0), 1.08)
    both, comb = detector_for(), detector_for(clock_search=False)
    for detector in (both, comb):
        detector.feed_sound(sound)
        for power in frames_of(sound):
            detector.feed_fine(power)
    with_swing, without = both.finding().comb, comb.finding().comb
    assert with_swing is not None and without is not None
    assert without.agreement == 0.0
    assert with_swing.agreement > 0.0
    assert with_swing.strength == pytest.approx(
        without.strength + with_swing.agreement + with_swing.on_frame_rate, rel=0.2
    )
    said = both.finish(15.0, 0.0, 16_000.0, 0.1)
    assert "the power between the notes swings at the same rate" in said.reasons
