"""Steady lines at rates that decoders are built with are evidence; what else draws exact lines is not."""

import math

import numpy as np
import pytest
import scipy.signal
import soxr

from classifiers.ai.calibration import Calibration
from classifiers.ai.clocks import Swing
from classifiers.ai.cyclic import CyclicMeter
from classifiers.ai.search import Comb
from classifiers.ai.steady import SteadyLines, SteadyRate
from classifiers.training.sounds import RATE_HZ, Sound
from schemas.evidence import AiVerdict
from tests.classifiers.ai.listening import coloured, detector_for, frames_of, lines
from tests.classifiers.ai.test_clocks import swinging

SPACING_HZ = 86.1328125
LIKELY = Calibration.load().likely


def steady_lines(sound: Sound) -> SteadyLines:
    meter = CyclicMeter()
    meter.feed(sound)
    stretches, steady = meter.finish(), meter.steady()
    assert steady is not None
    return SteadyLines(steady, Swing.of(stretches))


def evidence(sound: Sound) -> float:
    """The most that any steady rate is worth, beside a comb or alone."""
    return max((max(rate.alone(), rate.beside(9.0)) for rate in steady_lines(sound).strongest()), default=0.0)


def comb_of(sound: Sound, *, clock_search: bool = True) -> Comb:
    detector = detector_for(clock_search=clock_search)
    detector.feed_sound(sound)
    for power in frames_of(sound):
        detector.feed_fine(power)
    comb = detector.finding().comb
    assert comb is not None
    return comb


def noisy(sound: Sound, snr_db: float) -> Sound:
    level = float(np.sqrt(np.mean(sound**2))) * 10 ** (-snr_db / 20)
    return (sound + level * np.random.default_rng(5).standard_normal(len(sound))).astype(np.float32)


def sped(sound: Sound, ratio: float) -> Sound:
    return np.asarray(soxr.resample(sound, RATE_HZ * ratio, RATE_HZ), np.float32)


def tones(orders: np.ndarray, rate_hz: float, duration_s: float = 15.0, level: float = 4e-4) -> Sound:
    """Steady tones at some multiples of a rate, over noise."""
    time = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    phases = np.random.default_rng(3).uniform(0, 2 * np.pi, len(orders))
    sound = sum(np.cos(2 * np.pi * rate_hz * order * time + phase) for order, phase in zip(orders, phases, strict=True))
    return (coloured(duration_s) + level * sound).astype(np.float32)


def test_what_they_add_to_a_comb_grows_and_ends() -> None:
    added = [SteadyRate(50.0, z).beside(4.0) for z in (-3.0, 9.0, 12.0, 17.0, 60.0)]
    assert added == sorted(added)
    assert added[1] == 0.0 < added[2]
    assert added[-2] == added[-1] == pytest.approx(4.0)
    strong = SteadyRate(50.0, 60.0)
    assert strong.beside(0.0) == strong.beside(-1.0) == 0.0
    assert strong.beside(1.0) < strong.beside(2.0) == strong.beside(9.0)


def test_alone_they_count_at_the_speed_of_the_recording_only() -> None:
    assert SteadyRate(50.0, 20.0).alone() > LIKELY
    assert SteadyRate(53.0, 20.0, 1.06).alone() == 0.0
    assert SteadyRate(50.0, -2.0).alone() == 0.0


def test_with_a_swing_they_count_without_a_comb_at_any_usual_speed() -> None:
    lines = SteadyRate(53.0, 20.0, 1.06)
    told = [lines.with_swing(swing) for swing in (0.0, 0.1, 0.5, 1.0, 3.0)]
    assert told == sorted(told)
    assert told[0] == 0.0
    assert told[1] < 1.0
    assert told[-1] == pytest.approx(9.0)
    assert SteadyRate(53.0, 8.0, 1.06).with_swing(3.0) == 0.0


def test_lines_and_swing_are_heard_where_music_leaves_the_comb_search_no_band() -> None:
    """Music that ends at 1.2 kHz, a decoder far under it."""
    low = scipy.signal.sosfiltfilt(scipy.signal.butter(10, 1_200, fs=RATE_HZ, output="sos"), coloured(15, level=0.3))
    high = scipy.signal.butter(10, 2_500, "high", fs=RATE_HZ, output="sos")
    quiet = scipy.signal.sosfiltfilt(high, swinging(15, 960, 0.3) + lines(15, 45.9375, 0.0))
    sound = sped((low + 0.0005 * quiet).astype(np.float32), 2 ** (1 / 12))
    detector = detector_for()
    detector.feed_sound(sound)
    for power in frames_of(sound):
        detector.feed_fine(power)
    found = detector.finding()
    assert found.upper_edge_hz < 2_000.0
    assert found.comb is not None
    assert found.comb.spacing_hz == pytest.approx(45.9375 * 2 ** (1 / 12), rel=1e-5)
    assert found.comb.strength > LIKELY
    said = detector.finish(len(sound) / RATE_HZ, 0.0, 16_000.0, 0.1)
    assert said.verdict is AiVerdict.LIKELY_AI
    assert "the power between the notes swings at the same rate" in said.reasons


@pytest.mark.parametrize("rate_hz", [44_100 / 512, 44_100 / 2_048, 48_000 / 256])
def test_at_the_block_rates_of_synthesisers_they_need_a_comb(rate_hz: float) -> None:
    assert SteadyRate(rate_hz, 20.0).alone() == 0.0
    assert SteadyRate(rate_hz, 20.0).beside(4.0) == 4.0


def test_under_noise_that_hides_the_comb_they_are_evidence_of_their_own() -> None:
    sound = noisy(coloured(22) + lines(22, 50.0, -9.0), 15.0)
    comb = comb_of(sound)
    assert comb.spacing_hz == pytest.approx(50.0)
    assert comb.strength - comb.on_frame_rate < Calibration.load().inconclusive
    assert comb.strength > LIKELY


def test_evidence_that_cannot_be_followed_over_time_says_so() -> None:
    sound = noisy(coloured(22) + lines(22, 50.0, -9.0), 15.0)
    detector = detector_for()
    detector.feed_sound(sound)
    for power in frames_of(sound):
        detector.feed_fine(power)
    said = detector.finish(22.0, 0.0, 16_000.0, 0.1)
    assert said.verdict is AiVerdict.LIKELY_AI
    assert len(said.segments) == 1
    assert said.segments[0].end_s == 22.0
    assert "% of the track" not in said.reasons[0]
    assert "decoders are built with this very spacing, and at its multiples steady tones stand" in said.reasons
    assert detector.trace is not None
    middle = len(detector.trace.around) // 2
    assert max(detector.trace.around) == detector.trace.around[middle]


@pytest.mark.parametrize("ratio", [0.8, 2 ** (-1 / 12), 1.03, 2 ** (2 / 12), 1.2])
def test_at_usual_speeds_they_add_to_the_comb(ratio: float) -> None:
    comb = comb_of(sped(coloured(15) + lines(15, SPACING_HZ, -6.0), ratio))
    assert comb.on_frame_rate > 0.0
    parts = SPACING_HZ * ratio / comb.spacing_hz
    assert parts == pytest.approx(round(parts), rel=2e-5)


def test_the_speed_is_told() -> None:
    sound = sped(coloured(15) + lines(15, SPACING_HZ, -6.0), 1.08)
    detector = detector_for()
    detector.feed_sound(sound)
    for power in frames_of(sound):
        detector.feed_fine(power)
    said = detector.finish(15.0, 0.0, 16_000.0, 0.1)
    assert any("which is this spacing played 8 % faster" in reason for reason in said.reasons)


def test_beside_the_listed_rates_and_between_the_usual_speeds_they_are_nothing() -> None:
    assert comb_of(coloured(15) + lines(15, 93.221, -6.0)).on_frame_rate == 0.0


def test_without_the_clock_search_nothing_is_gained() -> None:
    assert comb_of(coloured(15) + lines(15, SPACING_HZ, -6.0), clock_search=False).on_frame_rate == 0.0


@pytest.mark.parametrize("bar", [16_384, 32_768, 55_125])
def test_an_exact_loop_is_nothing(bar: int) -> None:
    """16 and 32 lines of 43.07 Hz, and of 25.6, in a bar: what stands between them is as strong."""
    assert evidence(np.tile(coloured(2.0)[:bar], 20 * RATE_HZ // bar)) == 0.0


def test_noise_and_swing_without_lines_are_nothing() -> None:
    for sound in (coloured(22), swinging(15, 1_024, 0.2)):
        assert evidence(sound) < 4.0
    assert evidence(coloured(15) + lines(15, 50.0, -3.0)) > LIKELY


def test_tones_that_waver_are_not_steady() -> None:
    """Harmonics of 50 Hz that drift by a hundredth of a hertz and more a second, as mains and tape do."""
    time = np.arange(15 * RATE_HZ) / RATE_HZ
    phase = 2 * np.pi * (50 * time + 0.05 * np.sin(2 * np.pi * 0.4 * time))
    hum = sum(np.cos(order * phase) for order in range(40, 240))
    assert evidence((coloured(15) + 3e-4 * hum).astype(np.float32)) < 4.0


@pytest.mark.parametrize("every", [2, 3, 5])
def test_lines_of_a_multiple_are_not_lines_of_the_rate(every: int) -> None:
    steady = steady_lines(tones(np.arange(every, 15_000 / 45.9375, every), 45.9375))
    assert steady.at_listed(45.9375).alone() < Calibration.load().inconclusive


def test_a_wave_of_odd_harmonics_is_no_decoder() -> None:
    odd = tones(np.arange(1, 15_000 / 45.9375, 2), 45.9375)
    assert steady_lines(odd).at_listed(45.9375).alone() < Calibration.load().inconclusive
    assert steady_lines(tones(np.arange(1, 15_000 / 45.9375), 45.9375)).at_listed(45.9375).z > 15.0


@pytest.mark.parametrize("ratio", [1.0, 1.2])
def test_frames_and_subbands_of_layer_3_are_nothing_at_any_speed(ratio: float) -> None:
    """At 1.2 its frames make 91.875 Hz, which is 44.1 kHz over 480, and at any speed a fifth of them may be a rate."""
    frames = swinging(15, 64, 0.2) + lines(15, RATE_HZ / 576, -3.0)
    assert evidence(sped(frames, ratio)) == 0.0


def test_a_few_strong_tones_count_for_less_than_many_weak_ones() -> None:
    orders = np.arange(math.ceil(2_000 / 75), 15_000 / 75)
    few = np.random.default_rng(1).choice(orders[orders < 80], 7, replace=False)
    interfering = steady_lines(tones(np.sort(few), 75.0, level=1e-3)).at_listed(75.0)
    assert interfering.alone() < LIKELY
    assert steady_lines(tones(orders, 75.0)).at_listed(75.0).alone() > LIKELY
