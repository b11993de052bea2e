"""Noise, loops, tempo, bandwidth and spectra: on sounds whose answer is known, and beside librosa."""

from functools import cache

import librosa
import numpy as np
import pytest
import soxr
from scipy.signal import butter, sosfilt

from classifiers.audio.long_term import THIRD_OCTAVES_HZ, LongTermSpectrum, bandwidth_hz, third_octaves_db
from classifiers.audio.loop import Loop
from classifiers.audio.spectra import (
    ANALYSIS_RATE_HZ,
    FINE_HOP,
    FINE_N_FFT,
    ONSET_HOP,
    ONSET_N_FFT,
    ONSET_RATE_HZ,
    TEXTURE_HOP,
    TEXTURE_N_FFT,
    PowerFrames,
    Resampler,
    downmix,
)
from classifiers.audio.tempo import Tempo, mel_bands
from classifiers.audio.texture import Texture
from classifiers.duplicates import frames as music_frames
from tests import sounds
from tests.sounds import loop, noise, rain, silence, tone


@cache
def music(duration_s: float, seed: int = 0, tempo_bpm: float | None = None) -> np.ndarray:
    return sounds.music(duration_s, seed=seed, tempo_bpm=tempo_bpm)


def mono(sound: np.ndarray) -> np.ndarray:
    return downmix(np.ascontiguousarray(np.atleast_2d(sound.T), np.float32))


def fine_power(sound: np.ndarray) -> np.ndarray:
    return np.concatenate(all_of(PowerFrames(FINE_N_FFT, FINE_HOP), mono(sound)))


def all_of(frames: PowerFrames, signal: np.ndarray) -> list[np.ndarray]:
    return [*frames.feed(signal), *frames.finish()]


def noise_of(sound: np.ndarray) -> float:
    texture = Texture()
    for power in all_of(PowerFrames(TEXTURE_N_FFT, TEXTURE_HOP), mono(sound)):
        texture.feed(power)
    return texture.finish()


def loop_of(sound: np.ndarray) -> float:
    meter, frames = Loop(), PowerFrames(music_frames.N_FFT, music_frames.HOP)
    for power in all_of(frames, Resampler(ANALYSIS_RATE_HZ, music_frames.RATE_HZ).feed(mono(sound), last=True)):
        meter.feed_music(power)
    return meter.finish()


def tempo_of(sound: np.ndarray) -> float | None:
    meter, frames = Tempo(), PowerFrames(ONSET_N_FFT, ONSET_HOP)
    for power in all_of(frames, Resampler(ANALYSIS_RATE_HZ, ONSET_RATE_HZ).feed(mono(sound), last=True)):
        meter.feed_onset(power)
    return meter.finish()


def bandwidth_of(sound: np.ndarray, highest_hz: float = 22_050.0) -> float:
    spectrum = LongTermSpectrum()
    spectrum.feed_fine(fine_power(sound))
    return bandwidth_hz(spectrum.finish(), highest_hz)


@pytest.mark.parametrize("colour", ["white", "pink", "brown"])
@pytest.mark.parametrize("duration_s", [6.0, 31.0])
def test_noise_of_every_colour_is_noise(colour: str, duration_s: float) -> None:
    assert noise_of(noise(duration_s, colour, seed=5)) > 0.9


def test_rain_a_fan_and_waves_are_noise() -> None:
    fan = sosfilt(butter(4, 400, fs=44_100, output="sos"), noise(20.0, "white", seed=3, level_db=-10)).astype(
        np.float32
    )
    swell = 0.15 + 0.85 * np.sin(np.arange(30 * 44_100) / 44_100 * np.pi / 4.5) ** 2
    assert noise_of(rain(20.0)) > 0.5
    assert noise_of(fan) > 0.5
    assert noise_of(noise(30.0, "pink", seed=2) * swell.astype(np.float32)) > 0.5


def test_music_tones_and_silence_are_not_noise() -> None:
    for seed in range(3):
        assert noise_of(music(15.0, seed=seed)) < 0.1
    assert noise_of(tone(15.0)) < 0.1
    assert noise_of(tone(15.0) + noise(15.0, level_db=-40.0)) < 0.4
    assert noise_of(silence(15.0)) == 0.0
    assert noise_of(noise(15.0, level_db=-80.0)) == 0.0


def test_noise_under_music_leaves_it_music() -> None:
    assert noise_of(music(15.0, seed=1) + noise(15.0, level_db=-45.0)[:, None]) < 0.4


def test_exact_repetition_and_steady_tones_are_loops() -> None:
    assert loop_of(loop(30.0, seed=1, cycle_s=2.0)) > 0.95
    assert loop_of(loop(30.0, seed=2, cycle_s=3.7)) > 0.95
    assert loop_of(tone(20.0)) > 0.95


def test_a_loop_heard_twice_is_enough() -> None:
    assert loop_of(loop(24.0, seed=3, cycle_s=12.0)) > 0.95


def test_music_that_goes_on_and_noise_are_no_loops() -> None:
    for seed in range(3):
        assert loop_of(music(15.0, seed=seed)) < 0.9
    assert loop_of(noise(30.0)) < 0.5
    assert loop_of(silence(30.0)) == 0.0


@pytest.mark.parametrize("bpm", [72, 100, 150])
def test_tempo_is_that_of_the_piece_and_of_librosa(bpm: int) -> None:
    piece = music(20.0, seed=bpm, tempo_bpm=bpm)
    ours = tempo_of(piece)
    theirs = float(librosa.feature.tempo(y=soxr.resample(mono(piece), 44_100, 22_050), sr=22_050)[0])
    assert ours == pytest.approx(bpm, rel=0.02)
    assert ours == pytest.approx(theirs, rel=0.04)


def test_without_a_pulse_there_is_no_tempo() -> None:
    assert tempo_of(silence(20.0)) is None
    assert tempo_of(tone(20.0)) is None
    assert tempo_of(noise(20.0)) is None
    assert tempo_of(music(15.0, seed=1)[:44_100]) is None


def test_mel_bands_are_librosas() -> None:
    theirs = librosa.filters.mel(sr=ONSET_RATE_HZ, n_fft=ONSET_N_FFT, n_mels=40)
    np.testing.assert_allclose(mel_bands(40, ONSET_RATE_HZ, ONSET_N_FFT), theirs.T, atol=1e-6)


@pytest.mark.parametrize("block", [1_000, 8_192, 65_536])
def test_power_frames_are_librosas_whatever_the_blocks(block: int) -> None:
    sound = mono(music(15.0, seed=1))[: 3 * 44_100]
    frames = PowerFrames(FINE_N_FFT, FINE_HOP)
    fed = [power for start in range(0, len(sound), block) for power in frames.feed(sound[start : start + block])]
    ours = np.concatenate([*fed, *frames.finish()])
    theirs = np.abs(librosa.stft(sound, n_fft=FINE_N_FFT, hop_length=FINE_HOP, center=False)) ** 2
    np.testing.assert_allclose(ours, theirs.T, rtol=1e-3, atol=float(theirs.max()) * 1e-6)


@pytest.mark.parametrize("block", [1_000, 65_536])
@pytest.mark.parametrize("n_fft", [256, 512])
def test_from_a_frame_on_the_hop_is_twice_as_long(block: int, n_fft: int) -> None:
    sound, hop = noise(1.0), 256
    frames = PowerFrames(n_fft, hop, batch=8, thinned_from=40)
    fed = [power for start in range(0, len(sound), block) for power in frames.feed(sound[start : start + block])]
    ours = np.concatenate([*fed, *frames.finish()])
    every = np.concatenate(all_of(PowerFrames(n_fft, hop), sound))
    np.testing.assert_allclose(ours, np.concatenate([every[:40], every[40::2]]), rtol=1e-4, atol=1e-6)


def test_a_sound_shorter_than_a_frame_makes_one() -> None:
    assert fine_power(tone(0.1)).shape == (1, FINE_N_FFT // 2 + 1)


def test_a_channel_that_was_inverted_does_not_vanish_in_the_mix() -> None:
    wave = tone(1.0)
    assert np.abs(downmix(np.stack([wave, -wave]))).max() > 0.1 * np.abs(wave).max()
    np.testing.assert_allclose(downmix(np.stack([wave, wave])), wave, atol=1e-6)


@pytest.mark.parametrize("cut_hz", [5_000, 11_000, 16_000])
def test_bandwidth_is_where_a_low_pass_cuts(cut_hz: int) -> None:
    for sound in (noise(5.0, "pink", seed=1), mono(music(15.0, seed=1))):
        spectrum = np.fft.rfft(sound)
        spectrum[int(cut_hz * len(sound) / 44_100) :] *= 1e-4
        assert bandwidth_of(np.fft.irfft(spectrum).astype(np.float32)) == pytest.approx(cut_hz, rel=0.05)


def test_bandwidth_of_full_silent_and_resampled_sound() -> None:
    assert bandwidth_of(noise(5.0)) > 21_000
    assert bandwidth_of(silence(5.0)) == 0.0
    narrow = soxr.resample(noise(5.0, rate_hz=16_000), 16_000, 44_100).astype(np.float32)
    assert bandwidth_of(narrow, highest_hz=8_000.0) == pytest.approx(7_900, abs=200)


def test_third_octave_levels_of_pink_noise_are_level_and_white_rises() -> None:
    def levels(colour: str) -> np.ndarray:
        spectrum = LongTermSpectrum()
        spectrum.feed_fine(fine_power(noise(20.0, colour)))
        return np.array(third_octaves_db(spectrum.finish(), 22_050.0))

    middle = slice(6, 28)
    assert len(levels("pink")) == len(THIRD_OCTAVES_HZ)
    assert np.ptp(levels("pink")[middle]) < 2.0
    assert np.diff(levels("white")[middle]).mean() == pytest.approx(1.0, abs=0.1)
    assert third_octaves_db(np.zeros(8193), 22_050.0) == []
