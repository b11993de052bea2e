"""The clock of a decoder is found where no line stands in the spectrum, and what only looks like one is not."""

import numpy as np
import pytest
import soxr

from classifiers.ai.calibration import Calibration
from classifiers.ai.clocks import CLOCKS_HZ, Clock, Swing, strongest_clock
from classifiers.ai.codec_grids import Codec
from classifiers.ai.cyclic import CYCLIC_BIN_HZ, STRETCH, CyclicMeter, cyclic_spectrum
from classifiers.ai.detector import AiDetector
from classifiers.ai.guards import Guard
from classifiers.training.sounds import RATE_HZ, Sound
from schemas.evidence import AiVerdict
from tests.classifiers.ai.listening import coloured, frames_of, lines

LIKELY = Calibration.load().likely


def swinging(duration_s: float, samples: int, depth: float, seed: int = 0) -> Sound:
    """Noise whose level follows one random pattern, again in every ``samples`` samples."""
    sound = coloured(duration_s, seed)
    pattern = np.random.default_rng(seed + 1).standard_normal(samples)
    swing = 1 + depth * np.tile(pattern, len(sound) // samples + 1)[: len(sound)]
    return (sound * swing).astype(np.float32)


def clock_of(sound: Sound, codec: str = "flac") -> Clock | None:
    meter = CyclicMeter()
    for start in range(0, len(sound), 30_011):
        meter.feed(sound[start : start + 30_011])
    return strongest_clock(meter.finish(), Codec(codec, RATE_HZ, None))


@pytest.mark.parametrize("samples", [512, 768, 960, 2_048])
def test_a_swing_with_the_frames_of_a_decoder_is_found(samples: int) -> None:
    clock = clock_of(swinging(22, samples, 0.1))
    assert clock is not None
    assert clock.strength > LIKELY
    assert clock.spacing_hz == pytest.approx(RATE_HZ / samples, rel=1e-6)


def test_the_sample_rate_may_have_been_changed_since() -> None:
    sound = soxr.resample(swinging(15, 640, 0.2), RATE_HZ, 48_000)
    clock = clock_of(soxr.resample(sound, 48_000, RATE_HZ).astype(np.float32))
    assert clock is not None
    assert clock.strength > LIKELY


@pytest.mark.parametrize("seed", range(4))
def test_noise_with_a_steady_floor_has_no_clock(seed: int) -> None:
    clock = clock_of(coloured(22, seed))
    assert clock is not None
    assert clock.strength < 0.5 * LIKELY


def test_a_swing_off_the_list_of_clocks_is_none() -> None:
    clock = clock_of(swinging(15, 631, 0.2))
    assert clock is not None
    assert clock.strength < 0.5 * LIKELY


def test_an_exact_loop_is_repetition_and_no_clock() -> None:
    bar = coloured(1.0)[:32_768]
    clock = clock_of(np.tile(bar, 25))
    assert clock is not None
    assert clock.strength < LIKELY


def test_the_subbands_of_layer_3_are_left_out() -> None:
    clock = clock_of(swinging(15, 64, 0.2))
    assert clock is not None
    assert clock.strength < LIKELY


def swing_at(*rates: tuple[float, float]) -> Swing:
    """A cyclic spectrum of chance with so much more at all multiples of each rate."""
    spectrum = np.random.default_rng(0).exponential(1.0, STRETCH // 2 + 1).astype(np.float32)
    for rate_hz, more in rates:
        spectrum[(np.arange(1, 22_050 // rate_hz + 1) * rate_hz / CYCLIC_BIN_HZ + 0.5).astype(int)] += more
    return Swing(spectrum)


@pytest.mark.parametrize("lines", [9, 18, 27, 36])
def test_subbands_of_layer_3_at_another_speed_are_known_by_every_ninth_line(lines: int) -> None:
    """Played a fifth faster, Layer III swings at 826.875 Hz, and its lines between, weaker, meet clocks of decoders."""
    swing = swing_at((826.875, 4.0), (826.875 / 36, 0.5))
    assert swing.score(826.875 / lines) > 5.0
    assert swing.is_layer_3_at_another_speed(826.875 / lines)


def test_a_decoder_whose_stages_swing_is_not_taken_for_layer_3() -> None:
    assert not swing_at((86.1328125, 2.0)).is_layer_3_at_another_speed(86.1328125)
    for stage in (2, 4, 8, 16):
        assert not swing_at((86.1328125, 1.0), (86.1328125 * stage, 4.0)).is_layer_3_at_another_speed(86.1328125)


def with_granules(subbands_hz: float) -> Swing:
    """Lines at the rate of Layer III's subbands, and weaker ones a ninth of it beside them."""
    spectrum = np.random.default_rng(0).exponential(1.0, STRETCH // 2 + 1).astype(np.float32)
    multiples = np.arange(1, 21_000 // subbands_hz) * subbands_hz
    for at_hz, more in ((multiples, 4.0), (multiples - subbands_hz / 9, 3.0), (multiples + subbands_hz / 9, 3.0)):
        spectrum[(at_hz / CYCLIC_BIN_HZ + 0.5).astype(int)] += more
    return Swing(spectrum)


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("subbands_hz", [551.25, 826.875])
def test_subbands_with_their_granules_beside_them_are_layer_3_at_any_speed(subbands_hz: float, parts: int) -> None:
    swing = with_granules(subbands_hz)
    assert swing.score(subbands_hz / parts) > 7.0
    assert swing.off_layer_3_at_another_speed(subbands_hz / parts) < 3.0


@pytest.mark.parametrize("more", [(), ((551.25 / 8, 2.0),), ((551.25 / 9, 2.0),)])
def test_a_stage_of_a_decoder_without_granules_keeps_its_score(more: tuple[tuple[float, float], ...]) -> None:
    swing = swing_at((551.25, 4.0), *more)
    assert swing.off_layer_3_at_another_speed(551.25) == swing.score(551.25)


def test_a_clock_beside_layer_3_loses_only_the_lines_that_layer_3_draws_too() -> None:
    spectrum = with_granules(689.0625)._values.copy()
    spectrum[(np.arange(1, 319) * 68.90625 / CYCLIC_BIN_HZ + 0.5).astype(int)] += 2.0
    swing = Swing(spectrum)
    left = swing.off_layer_3_at_another_speed(68.90625)
    assert 15.0 < left < swing.score(68.90625)


def test_lines_as_broad_as_those_of_notes_are_no_clock() -> None:
    sharp, broad = (np.random.default_rng(0).exponential(1.0, STRETCH // 2 + 1).astype(np.float32) for _ in range(2))
    at = (np.arange(10, 440) * 50.0 / CYCLIC_BIN_HZ + 0.5).astype(int)
    sharp[at] += 2.0
    for beside in range(-6, 7):
        broad[at + beside] += 2.0
    found = [strongest_clock([one], Codec("flac", RATE_HZ, None)) for one in (sharp, broad)]
    assert found[0] is not None and found[1] is not None
    assert found[0].spacing_hz == pytest.approx(50.0)
    assert found[1].strength < 0.5 * LIKELY < LIKELY < found[0].strength
    unguarded = strongest_clock([broad], Codec("flac", RATE_HZ, None), without=Guard.BROAD_LINES)
    assert unguarded is not None and unguarded.strength > LIKELY


def test_a_note_asks_for_more_and_is_not_blanked() -> None:
    strength = {}
    for depth in (0.5, 3.0):
        spectrum = np.random.default_rng(0).exponential(1.0, STRETCH // 2 + 1).astype(np.float32)
        spectrum[(np.arange(1, 450) * 49.0 / CYCLIC_BIN_HZ + 0.5).astype(int)] += depth
        clock = strongest_clock([spectrum], Codec("flac", RATE_HZ, None))
        assert clock is not None
        strength[depth] = clock.strength
    assert strength[0.5] < LIKELY < strength[3.0]


@pytest.mark.parametrize("duration_s", [8.5, 10.0, 22.0])
def test_the_last_stretch_of_a_short_recording_ends_where_it_does(duration_s: float) -> None:
    sound = coloured(duration_s)
    meter = CyclicMeter()
    for start in range(0, len(sound), 30_011):
        meter.feed(sound[start : start + 30_011])
    stretches = meter.finish()
    assert len(stretches) == int(len(sound) // STRETCH) + 1
    np.testing.assert_allclose(stretches[-1], cyclic_spectrum(sound[-STRETCH:]), rtol=1e-3, atol=1e-3)
    assert len(meter.finish()) == len(stretches)


@pytest.mark.parametrize("duration_s", [6.2, 24.6, 30.0])
def test_a_rest_too_short_to_tell_anything_new_is_left(duration_s: float) -> None:
    sound = coloured(duration_s)
    meter = CyclicMeter()
    meter.feed(sound)
    assert len(meter.finish()) == min(4, len(sound) // STRETCH)


def test_a_codec_asks_for_more_on_its_own_grid_and_blanks_nothing() -> None:
    sound = swinging(15, 2_048, 0.2)
    plain, vorbis = clock_of(sound), clock_of(sound, "vorbis")
    assert plain is not None and vorbis is not None
    assert LIKELY < vorbis.strength < plain.strength


def test_silence_has_no_clock() -> None:
    assert clock_of(np.zeros(15 * RATE_HZ, np.float32)) is None


def test_the_list_of_clocks_holds_the_known_decoders() -> None:
    for known_hz in (21.533203125, 50.0, 75.0, 86.1328125, 93.75, 100.0, 57.421875, 43.06640625):
        assert any(abs(clock_hz / known_hz - 1) < 1e-6 for clock_hz in CLOCKS_HZ)


def test_chance_has_a_mean_of_one() -> None:
    level = cyclic_spectrum(coloured(6)[:STRETCH])
    assert float(level[6_000:].mean()) == pytest.approx(1.0, abs=0.1)


def test_the_detector_says_which_clock_it_heard_and_can_be_told_not_to_listen() -> None:
    sound = swinging(15, 960, 0.15)
    heard = AiDetector(RATE_HZ, "flac", None, RATE_HZ, comb_search=False)
    heard.feed_sound(sound)
    evidence = heard.finish(15.0, 0.0, 16_000, 0.1)
    assert evidence.verdict is AiVerdict.LIKELY_AI
    assert "45.9375 Hz" in evidence.reasons[0]
    assert evidence.segments[0].end_s == 15.0
    assert (evidence.share_of_track, evidence.longest_run_s) == (1.0, 15.0)
    deaf = AiDetector(RATE_HZ, "flac", None, RATE_HZ, clock_search=False)
    deaf.feed_sound(sound)
    for power in frames_of(sound):
        deaf.feed_fine(power)
    assert "swings" not in " ".join(deaf.finish(15.0, 0.0, 16_000, 0.1).reasons)


def test_a_clock_whose_frames_draw_lines_is_followed_over_time() -> None:
    quiet = coloured(40)
    quiet[: 20 * RATE_HZ] = swinging(20, 960, 0.15)
    quiet[: 20 * RATE_HZ] += lines(20, 45.9375, 1.0)
    detector = AiDetector(RATE_HZ, "flac", None, RATE_HZ)
    detector.feed_sound(quiet)
    for power in frames_of(quiet):
        detector.feed_fine(power)
    evidence = detector.finish(40.0, 0.0, 16_000, 0.1)
    assert "45.9375 Hz, a frame rate of decoders" in evidence.reasons[0]
    assert evidence.share_of_track == pytest.approx(0.5, abs=0.1)
