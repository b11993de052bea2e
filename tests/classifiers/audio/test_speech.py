"""Spoken word is told from music by syllables, pauses, one voice and no beat; what cannot be told is not said."""

import numpy as np
import pytest
import scipy.signal

from classifiers.audio.spectra import ONSET_HOP, ONSET_N_FFT, ONSET_RATE_HZ, PowerFrames
from classifiers.audio.speech import Speech
from tests import sounds

RATE = ONSET_RATE_HZ
VOWELS_HZ = ((730, 1090, 2440), (270, 2290, 3010), (530, 1840, 2480), (570, 840, 2410), (300, 870, 2240))
"""Formants of spoken vowels (Peterson and Barney, 1952)."""


def heard(signal: np.ndarray, *, block: int = 10_000) -> float | None:
    frames, speech = PowerFrames(ONSET_N_FFT, ONSET_HOP, batch=64), Speech()
    for start in range(0, len(signal), block):
        for power in frames.feed(signal[start : start + block].astype(np.float32)):
            speech.feed_onset(power)
    for power in frames.finish():
        speech.feed_onset(power)
    return speech.finish()


def at_rate(sound: sounds.Sound) -> np.ndarray:
    mono = sound.mean(axis=1) if sound.ndim == 2 else sound
    return scipy.signal.resample_poly(mono, 1, sounds.RATE_HZ // RATE)


def talk(duration_s: float, seed: int = 1) -> np.ndarray:
    """A voice with a falling pitch that says vowels and hisses between pauses, as a reader does."""
    random = np.random.default_rng(seed)
    out: list[np.ndarray] = []
    length = 0
    while length < duration_s * RATE:
        for _ in range(random.integers(4, 9)):
            out.append(_vowel(random))
            if random.random() < 0.6:
                out.append(_hiss(random))
            out.append(np.zeros(int(random.uniform(0.01, 0.06) * RATE)))
        out.append(np.zeros(int(random.uniform(0.25, 0.6) * RATE)))
        length = sum(map(len, out))
    signal = np.concatenate(out)[: int(duration_s * RATE)]
    return 0.3 * signal / np.abs(signal).max() + 1e-4 * random.standard_normal(len(signal))


def _vowel(random: np.random.Generator) -> np.ndarray:
    count = int(random.uniform(0.09, 0.2) * RATE)
    pitch = np.linspace(random.uniform(105, 160), random.uniform(85, 120), count)
    pulses = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0.0)
    for formant in VOWELS_HZ[random.integers(len(VOWELS_HZ))]:
        radius = np.exp(-np.pi * 90 / RATE)
        pulses = scipy.signal.lfilter([1], [1, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2], pulses)
    return pulses / (np.abs(pulses).max() + 1e-9) * np.hanning(count) * random.uniform(0.4, 1.0)


def _hiss(random: np.random.Generator) -> np.ndarray:
    count = int(random.uniform(0.05, 0.12) * RATE)
    filtered = scipy.signal.sosfilt(
        scipy.signal.butter(4, 3000, "high", fs=RATE, output="sos"), random.standard_normal(count)
    )
    return 0.12 * filtered * np.hanning(count)


def drums(duration_s: float) -> np.ndarray:
    """Bursts of noise on a beat, with silence between: deep swings and pauses, but no voice."""
    random = np.random.default_rng(2)
    signal = np.zeros(int(duration_s * RATE))
    for beat in range(int(duration_s * 4)):
        start = beat * RATE // 4
        burst = random.standard_normal(RATE // 8) * np.exp(-np.arange(RATE // 8) / 250)
        signal[start : start + len(burst)] += burst[: len(signal) - start]
    return 0.2 * signal


@pytest.mark.parametrize("seed", range(4))
def test_a_voice_that_talks_is_speech(seed: int) -> None:
    share = heard(talk(20.0, seed))
    assert share is not None
    assert share >= 0.8


def test_how_loud_it_is_makes_no_difference() -> None:
    assert heard(talk(20.0) * 0.02) == heard(talk(20.0))


def test_block_sizes_make_no_difference() -> None:
    assert heard(talk(12.0), block=700) == heard(talk(12.0), block=50_000)


@pytest.mark.parametrize("seed", range(4))
def test_music_is_no_speech(seed: int) -> None:
    assert heard(at_rate(sounds.music(20.0, seed=seed))) == 0.0


def test_drums_noise_and_tones_are_no_speech() -> None:
    for signal in (drums(20.0), 0.1 * np.random.default_rng(3).standard_normal(20 * RATE)):
        assert heard(signal) in (0.0, None)
    assert heard(0.2 * np.sin(2 * np.pi * 220 * np.arange(20 * RATE) / RATE)) == 0.0


def test_half_speech_and_half_music_is_half() -> None:
    share = heard(np.concatenate([talk(30.0), at_rate(sounds.music(30.0, seed=1))[: 30 * RATE]]))
    assert share is not None
    assert 0.3 <= share <= 0.7


def test_of_too_little_sound_nothing_is_said() -> None:
    assert heard(talk(6.0)) is None
    assert heard(np.zeros(30 * RATE)) is None
    assert heard(np.zeros(10)) is None
    assert heard(np.concatenate([talk(6.0), np.zeros(60 * RATE)])) is None
