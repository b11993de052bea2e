"""Sounds with and without combs, and the detector's answer to a sound."""

import numpy as np

from classifiers.ai.calibration import Calibration
from classifiers.ai.detector import AiDetector
from classifiers.audio.spectra import FINE_HOP, FINE_N_FFT, FINE_THINNED_FROM, PowerFrames
from classifiers.training.sounds import RATE_HZ, Sound
from schemas.evidence import AiEvidence


def frames_of(sound: Sound, batch: int = 8) -> list[np.ndarray]:
    """Fine frames of a mono sound at 44.1 kHz."""
    cutter = PowerFrames(FINE_N_FFT, FINE_HOP, batch=batch, thinned_from=FINE_THINNED_FROM)
    return [*cutter.feed(sound), *cutter.finish()]


def detector_for(codec: str = "flac", *, comb_search: bool = True, clock_search: bool = True) -> AiDetector:
    return AiDetector(RATE_HZ, codec, None, RATE_HZ, comb_search=comb_search, clock_search=clock_search)


def listen(sound: Sound, codec: str = "flac", *, bandwidth_hz: float = 16_000, silence: float = 0.0) -> AiEvidence:
    detector = detector_for(codec)
    for power in frames_of(sound):
        detector.feed_fine(power)
    return detector.finish(len(sound) / RATE_HZ, silence, bandwidth_hz, 0.1)


def strength(sound: Sound, codec: str = "flac") -> float:
    detector = detector_for(codec)
    for power in frames_of(sound):
        detector.feed_fine(power)
    comb = detector.finding().comb
    return comb.strength if comb else 0.0


def coloured(duration_s: float, seed: int = 0, level: float = 0.1) -> Sound:
    """Noise that falls by 3 dB an octave and swells: the floor of a recording."""
    count = int(duration_s * RATE_HZ)
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(count, 1 / RATE_HZ), 20.0))
    sound = np.fft.irfft(spectrum, count)
    swell = 1 + 0.5 * np.sin(2 * np.pi * 0.3 * np.arange(count) / RATE_HZ)
    return (level * swell * sound / sound.std()).astype(np.float32)


def lines(duration_s: float, spacing_hz: float, over_db: float, seed: int = 0, level: float = 0.1) -> Sound:
    """Steady lines at all multiples of a spacing, each ``over_db`` over the floor of `coloured` in a bin of 2.7 Hz."""
    count = int(duration_s * RATE_HZ)
    random = np.random.default_rng(seed)
    frequencies = np.fft.rfftfreq(count, 1 / RATE_HZ)
    floor = 1 / np.sqrt(np.maximum(frequencies, 20.0))
    floor *= level * np.sqrt(count / 2) * np.sqrt(len(floor) / np.sum(floor**2))
    at = np.rint(np.arange(spacing_hz, 20_000, spacing_hz) * count / RATE_HZ).astype(int)
    spectrum = np.zeros(len(frequencies), complex)
    bins_in_a_fine_bin = 1.5 * count / FINE_N_FFT
    spectrum[at] = (
        floor[at] * np.sqrt(bins_in_a_fine_bin) * 10 ** (over_db / 20) * np.exp(2j * np.pi * random.random(len(at)))
    )
    return np.fft.irfft(spectrum, count).astype(np.float32)


LIKELY = Calibration.load().likely
