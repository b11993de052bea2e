import itertools
from pathlib import Path

import numpy as np
import pytest
import soxr
from scipy.signal import sawtooth

from classifiers.ai import guards
from classifiers.audio.decode import Decoder
from classifiers.training.measure import read_mono
from schemas.evidence import AiVerdict
from tests.classifiers.ai.listening import LIKELY, coloured, detector_for, frames_of, lines, listen, strength
from tests.sounds import RATE_HZ, loop, music, noise, rain, tone, write_audio

DECODED_HZ = 86.1328


@pytest.fixture(scope="module")
def decoded() -> np.ndarray:
    return coloured(24) + lines(24, DECODED_HZ, 0.0)


@pytest.fixture(scope="module")
def piece() -> np.ndarray:
    return music(22.0, seed=3).mean(axis=1)


@pytest.mark.parametrize("spacing_hz", [25.0, 50.0, 57.42, 100.0, 137.81, 300.0, 700.0])
def test_a_comb_of_any_spacing_is_likely_ai(spacing_hz: float) -> None:
    found = listen(coloured(22) + lines(22, spacing_hz, 2.0))
    assert found.verdict is AiVerdict.LIKELY_AI
    ratio = found.combs[0].spacing_hz / spacing_hz
    assert min(abs(ratio - whole) for whole in (0.5, 1, 2, 3, 4)) < 2e-3


@pytest.mark.parametrize("over_db", [-3.0, 3.0, 10.0, 20.0])
def test_lines_from_under_the_floor_to_far_over_it_are_found(over_db: float) -> None:
    assert strength(coloured(22) + lines(22, DECODED_HZ, over_db)) > LIKELY


@pytest.mark.parametrize("semitones", [-2, -1, 1, 2])
def test_playing_at_another_speed_moves_the_lines_and_hides_nothing(decoded: np.ndarray, semitones: int) -> None:
    ratio = 2 ** (semitones / 12)
    played = soxr.resample(decoded, RATE_HZ * ratio, RATE_HZ).astype(np.float32)
    found = listen(played)
    assert found.verdict is AiVerdict.LIKELY_AI
    assert found.combs[0].spacing_hz == pytest.approx(DECODED_HZ * ratio, rel=1e-3)


def test_a_decoder_on_a_multiple_of_the_codec_grid_is_found_through_that_codec(
    decoded: np.ndarray, tmp_path: Path
) -> None:
    path = write_audio(tmp_path / "a.m4a", decoded, bit_rate_kbps=128)
    with Decoder() as decoder:
        sound, _, codec = read_mono(path, decoder)
    assert codec == "aac"
    assert listen(sound, codec).verdict is AiVerdict.LIKELY_AI


@pytest.mark.parametrize(("suffix", "kbps"), [(".mp3", 64), (".m4a", 64), (".ogg", 64)])
def test_the_grid_of_a_codec_alone_is_no_evidence(piece: np.ndarray, tmp_path: Path, suffix: str, kbps: int) -> None:
    path = write_audio(tmp_path / f"a{suffix}", piece, bit_rate_kbps=kbps)
    with Decoder() as decoder:
        sound, rate_hz, codec = read_mono(path, decoder)
    assert rate_hz == RATE_HZ
    assert listen(sound, codec).verdict is AiVerdict.NO_EVIDENCE


def test_music_is_no_evidence(piece: np.ndarray) -> None:
    found = listen(piece)
    assert found.verdict is AiVerdict.NO_EVIDENCE
    assert found.probability is not None
    assert found.probability < 0.2
    assert found.reasons == []
    assert found.combs == []


@pytest.mark.parametrize("maker", [noise, rain, tone])
def test_noise_rain_and_a_tone_are_no_evidence(maker: object) -> None:
    assert listen(maker(21.0)).verdict is AiVerdict.NO_EVIDENCE  # type: ignore[operator]


def test_an_exact_loop_is_not_likely_ai() -> None:
    assert listen(loop(24.0, seed=2).mean(axis=1)).verdict is not AiVerdict.LIKELY_AI


def test_hits_repeated_at_a_fast_tempo_are_not_likely_ai() -> None:
    count, step = 24 * RATE_HZ, round(0.12 * RATE_HZ)
    hit = np.random.default_rng(1).standard_normal(2_000) * np.exp(-np.arange(2_000) / 200)
    sound = coloured(24, level=0.02)
    for number, start in enumerate(range(0, count - 2_000, step)):
        sound[start : start + 2_000] += (0.3 if number % 4 == 0 else 0.15) * hit
    assert listen(sound).verdict is not AiVerdict.LIKELY_AI


def test_lines_between_which_slow_repetition_shows_are_partly_taken_for_it() -> None:
    strong = np.array([0.0, 0.0, 3.4])
    assert guards.repetition(strong, 10.0, 48.0) == 0.0
    assert guards.repetition(strong, 10.0, 28.0) == pytest.approx(0.7 * 3.4)
    assert guards.repetition(strong, 4.0, 28.0) == pytest.approx(3.4)


def test_organ_chords_are_not_likely_ai() -> None:
    chord_s = 3
    time = np.arange(chord_s * RATE_HZ) / RATE_HZ
    chords = []
    for root_step in (0, 5, 7, 3, 0, 8, 10):
        roots = 110 * 2 ** ((root_step + np.array([0, 4, 7])) / 12)
        chords.append(sum(0.05 * sawtooth(2 * np.pi * root * time) for root in roots))
    sound = coloured(chord_s * len(chords), level=0.002) + np.concatenate(chords)
    assert listen(sound.astype(np.float32)).verdict is not AiVerdict.LIKELY_AI


def test_a_pipe_held_through_the_piece_is_not_likely_ai() -> None:
    time = np.arange(22 * RATE_HZ) / RATE_HZ
    drone = 0.05 * sawtooth(2 * np.pi * 65.4 * (time + 0.0006 * np.sin(2 * np.pi * 0.5 * time)))
    assert listen((coloured(22, level=0.02) + drone).astype(np.float32)).verdict is not AiVerdict.LIKELY_AI


def test_mains_hum_is_no_evidence() -> None:
    time = np.arange(22 * RATE_HZ) / RATE_HZ
    hum = sum(0.02 / partial**1.5 * np.sin(2 * np.pi * 50 * partial * time) for partial in range(1, 40))
    assert listen((coloured(22) + hum).astype(np.float32)).verdict is AiVerdict.NO_EVIDENCE


def test_pilot_tones_are_no_evidence() -> None:
    time = np.arange(22 * RATE_HZ) / RATE_HZ
    pilots = sum(0.01 * np.sin(2 * np.pi * hertz * time) for hertz in (15_734.0, 15_625.0, 12_000.0))
    assert listen((coloured(22) + pilots).astype(np.float32)).verdict is AiVerdict.NO_EVIDENCE


def test_the_reasons_name_the_spacing_the_strength_and_the_share(decoded: np.ndarray) -> None:
    found = listen(decoded)
    assert found.reasons[0].startswith("spectral lines every 86.13 Hz, ")
    assert found.reasons[0].endswith(" sigma, in 100 % of the track")
    assert "of 174 expected lines stand out" in found.reasons[1]
    assert found.reasons[2] == "recordings by people reach this in less than 1 of 1,000"


def test_segments_cover_the_track_and_overlap_by_half(decoded: np.ndarray) -> None:
    segments = listen(decoded).segments
    assert segments[0].start_s == 0
    assert segments[-1].end_s == pytest.approx(24.0)
    assert all(4 < segment.end_s - segment.start_s < 7 for segment in segments)
    for one, other in itertools.pairwise(segments):
        assert (one.end_s - one.start_s) / 2 == pytest.approx(one.end_s - other.start_s, abs=0.02)


def test_segments_show_where_the_lines_run() -> None:
    sound = coloured(40)
    sound[: 20 * RATE_HZ] += lines(20, DECODED_HZ, 4.0)
    found = listen(sound)
    inside = [segment.probability for segment in found.segments if segment.end_s < 19.0]
    outside = [segment.probability for segment in found.segments if segment.start_s > 21.0]
    assert found.verdict is AiVerdict.LIKELY_AI
    assert min(inside) > 0.7
    assert max(outside) < 0.2
    assert 0.4 < found.combs[0].share_of_track < 0.6
    assert found.share_of_track == pytest.approx(0.5, abs=0.08)
    assert found.longest_run_s == pytest.approx(20.0, abs=2.5)


def test_a_recording_without_evidence_has_no_second_that_drove_it() -> None:
    found = listen(coloured(24))
    assert found.share_of_track == 0.0
    assert found.longest_run_s == 0.0
    assert found.traces_follow_vocals is None


def test_the_same_sound_gives_the_same_evidence_whatever_the_batches(decoded: np.ndarray) -> None:
    answers = []
    for batch in (1, 8, 64):
        detector = detector_for()
        for power in frames_of(decoded, batch=batch):
            detector.feed_fine(power)
        answers.append(detector.finish(24.0, 0.0, 16_000.0, 0.1))
    assert answers[0] == answers[1] == answers[2]


def test_a_short_recording_is_abstained_from() -> None:
    found = listen(coloured(6) + lines(6, DECODED_HZ, 3.0))
    assert found.abstained == "too short: 6.0 s, at least 10 s are needed"
    assert found.probability is None
    assert found.segments == []
    assert found.verdict is AiVerdict.NO_EVIDENCE


def test_a_short_recording_needs_more_strength(decoded: np.ndarray) -> None:
    detector = detector_for()
    for power in frames_of(decoded):
        detector.feed_fine(power)
    long, short = (detector.finish(seconds, 0.0, 16_000.0, 0.1).combs[0].sigma for seconds in (24.0, 10.0))
    assert long == short


def test_silence_and_missing_bandwidth_are_abstained_from() -> None:
    quiet, dull = listen(coloured(12), silence=0.97), listen(coloured(12), bandwidth_hz=3_000)
    assert quiet.abstained == "silence: 97 % of the track"
    assert dull.abstained == "no bandwidth: nothing above 3000 Hz"
    assert quiet.probability is None
    assert dull.probability is None


def test_digital_silence_with_no_word_of_it_is_abstained_from() -> None:
    assert listen(np.zeros(12 * RATE_HZ, np.float32)).abstained == "no bandwidth to look for lines in"


def test_the_method_can_be_switched_off(decoded: np.ndarray) -> None:
    detector = detector_for(comb_search=False, clock_search=False)
    for power in frames_of(decoded):
        detector.feed_fine(power)
    found = detector.finish(24.0, 0.0, 16_000.0, 0.1)
    assert found.abstained == "switched off"
    assert found.verdict is AiVerdict.NO_EVIDENCE


def test_the_model_version_stands_in_every_answer(decoded: np.ndarray) -> None:
    assert listen(decoded).model == listen(coloured(6)).model != ""


def test_a_tone_of_a_synthesiser_in_tune_is_no_comb_and_one_beside_it_is() -> None:
    in_tune, beside = 440.0 * 2 ** (-35 / 12), 440.0 * 2 ** (-35 / 12) * 1.0005
    found = [strength(coloured(15) + lines(15, spacing_hz, 0.0)) for spacing_hz in (in_tune, beside)]
    assert found[0] < 0.7 * found[1]
    assert found[1] > LIKELY
