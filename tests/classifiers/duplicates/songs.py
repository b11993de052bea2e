"""Songs made of notes for tests of the matcher: mono at 11,025 Hz, quick to make, with everything under control."""

import numpy as np
import soxr

from classifiers.audio.spectra import PowerFrames
from classifiers.duplicates.fingerprint import FingerprintCodes, Fingerprinter
from classifiers.duplicates.frames import HOP, N_FFT, RATE_HZ

Sound = np.ndarray
_CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14), (2, 5, 9), (4, 7, 11))


def _note(pitch: float, seconds: float, brightness: float) -> Sound:
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hz = 440 * 2 ** ((pitch - 69) / 12)
    sound = sum(brightness**n * np.sin(2 * np.pi * hz * (n + 1) * time) for n in range(8) if hz * (n + 1) < 5_000)
    return sound * np.exp(-3 * time / seconds) * np.minimum(1, time / 0.01)


def _add(sound: Sound, at_s: float, part: Sound) -> None:
    start = int(at_s * RATE_HZ)
    end = min(len(sound), start + len(part))
    sound[start:end] += part[: end - start]


def backing(seed: int, seconds: float) -> Sound:
    """Chords, bass and drums that change every bar."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE_HZ))
    beat, key = 60 / rng.uniform(85, 140), 48 + rng.integers(12)
    brightness = rng.uniform(0.3, 0.7)
    for number in range(int(seconds / beat)):
        chord = _CHORDS[rng.integers(len(_CHORDS))]
        for step in (chord[0] - 12, chord[rng.integers(3)], chord[rng.integers(3)] + 12):
            _add(sound, (number + 0.25 * rng.integers(4)) * beat, 0.2 * _note(key + step, beat * 1.5, brightness))
        burst = rng.standard_normal(1_000) * np.exp(-np.arange(1_000) / 150)
        _add(sound, (number + 0.5 * rng.integers(2)) * beat, 0.15 * burst)
    return sound


def melody(seed: int, seconds: float) -> Sound:
    """One voice that does not repeat itself."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE_HZ))
    at, key, brightness = 0.0, 60 + rng.integers(12), rng.uniform(0.4, 0.8)
    while at < seconds:
        length = rng.choice([0.15, 0.25, 0.4, 0.6])
        _add(sound, at, 0.35 * _note(key + rng.choice([0, 2, 4, 5, 7, 9, 11, 12, 14]), length * 1.3, brightness))
        at += length
    return sound


def song(seed: int, seconds: float = 24.0, *, over: int | None = None) -> Sound:
    """A melody over a backing, its own or that of another seed."""
    return backing(seed if over is None else over, seconds) + melody(seed + 10_000, seconds)


def played(sound: Sound, speed: float) -> Sound:
    """At another speed, pitch with it."""
    return soxr.resample(sound, RATE_HZ, RATE_HZ / speed)


def noisy(sound: Sound, decibels: float, seed: int = 0) -> Sound:
    """With white noise at a signal-to-noise ratio."""
    hiss = np.random.default_rng(seed).standard_normal(len(sound))
    return sound + hiss * np.std(sound) / 10 ** (decibels / 20)


def heard(sound: Sound, *, block: int = 64, pcm_sha256: str | None = None) -> FingerprintCodes:
    """Its fingerprint, with frames fed in batches of `block`."""
    cut, fingerprinter = PowerFrames(N_FFT, HOP, block), Fingerprinter()
    for power in (*cut.feed(np.asarray(sound, np.float32)), *cut.finish()):
        fingerprinter.feed_music(power)
    return fingerprinter.finish(duration_s=len(sound) / RATE_HZ, pcm_sha256=pcm_sha256)


def heavy_bass(seed: int, seconds: float = 24.0) -> Sound:
    """Notes too low to be landmarks, as most of the power of some music is."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE_HZ))
    for at in np.arange(0, seconds, 0.5):
        _add(sound, at, 0.2 * _note(rng.integers(26, 33), 0.5, 0.02))
    return sound
