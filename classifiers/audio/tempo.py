"""Tempo from the onset envelope."""

import numpy as np
import numpy.typing as npt
import scipy.fft

from classifiers.audio.spectra import ONSET_HOP, ONSET_N_FFT, ONSET_RATE_HZ

Array = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]

ENVELOPE_RATE_HZ = ONSET_RATE_HZ / ONSET_HOP
_BANDS = 40
_START_BPM, _OCTAVES = 120.0, 1.0
_LOWEST_BPM, _HIGHEST_BPM = 40.0, 240.0
_LEAST_PEAK = 0.06
_CHANCE = 3.5
"""A pulse needs an autocorrelation of 0.06, and 3.5 standard deviations of that of noise as long as the recording."""

_FLOOR = 1e-6
_LEAST_RISE = 0.003
"""Standard deviation of the onset envelope, in bels, under which nothing begins or ends."""


def mel_bands(bands: int, rate_hz: int, n_fft: int) -> Array:
    """Triangular filters of equal area on Slaney's mel scale, shape ``(n_fft // 2 + 1, bands)``, as librosa's."""
    linear, step = 200 / 3, np.log(6.4) / 27
    top = 15 + np.log(rate_hz / 2 / 1000) / step if rate_hz / 2 > 1000 else rate_hz / 2 / linear
    mels = np.linspace(0.0, top, bands + 2)
    edges = np.where(mels < 15, mels * linear, 1000 * np.exp(step * (np.maximum(mels, 15) - 15)))
    bins = np.arange(n_fft // 2 + 1) * rate_hz / n_fft
    rise = (bins[:, None] - edges[:-2]) / np.diff(edges)[:-1]
    fall = (edges[2:] - bins[:, None]) / np.diff(edges)[1:]
    weights = np.maximum(0, np.minimum(rise, fall)) * 2 / (edges[2:] - edges[:-2])
    return np.asarray(weights, np.float32)


class Tempo:
    """Collects the onset envelope: the mean rise of the mel bands in dB, 22 times a second (librosa's definition)."""

    def __init__(self) -> None:
        self._mel = mel_bands(_BANDS, ONSET_RATE_HZ, ONSET_N_FFT)
        self._last: Array | None = None
        self._onsets: list[Array] = []

    def feed_onset(self, power: Array) -> None:
        levels = np.log10(np.maximum(power @ self._mel, np.float32(_FLOOR)))
        with_last = levels if self._last is None else np.concatenate([self._last, levels])
        self._last = levels[-1:]
        self._onsets.append(np.maximum(np.diff(with_last, axis=0), 0).mean(axis=1))

    def finish(self) -> float | None:
        """Tempo in beats a minute, or None where there is no pulse."""
        return tempo_bpm(np.concatenate(self._onsets)) if self._onsets else None


def tempo_bpm(envelope: Array) -> float | None:
    """The strongest period of an onset envelope, with a preference for tempos near 120 (log-normal, one octave wide).

    The same prior as librosa's ``feature.tempo``; the autocorrelation is taken over the whole recording instead of
    windows of 8 s, which is faster, and the period is refined between lags and over eight beats.
    """
    lags = np.arange(int(60 * ENVELOPE_RATE_HZ / _HIGHEST_BPM), int(60 * ENVELOPE_RATE_HZ / _LOWEST_BPM) + 2)
    if len(envelope) < 2 * lags[-1]:
        return None
    centred = envelope - envelope.mean()
    size = scipy.fft.next_fast_len(2 * len(centred), real=True)
    correlation: Wide = scipy.fft.irfft(np.abs(scipy.fft.rfft(centred, size)) ** 2, size)
    if correlation[0] <= _LEAST_RISE**2 * len(centred):
        return None
    strength = correlation[lags] / correlation[0]
    prior = np.exp(-0.5 * (np.log2(60 * ENVELOPE_RATE_HZ / lags / _START_BPM) / _OCTAVES) ** 2)
    best = 1 + int(np.argmax((np.maximum(strength, 0) * prior)[1:-1]))
    if strength[best] < max(_LEAST_PEAK, _CHANCE / len(envelope) ** 0.5):
        return None
    period = lags[best] + _summit(correlation, int(lags[best]))
    for beats in (2, 4, 8):  # the same pulse some beats later gives the period more exactly
        near = round(period * beats)
        if near + 2 < len(envelope):
            at = near - 1 + int(np.argmax(correlation[near - 1 : near + 2]))
            period = (at + _summit(correlation, at)) / beats
    return float(60 * ENVELOPE_RATE_HZ / period)


def _summit(values: Wide, at: int) -> float:
    """Where the parabola through a value and its neighbours has its summit, as an offset of at most half a step."""
    before, here, after = (float(value) for value in values[at - 1 : at + 2])
    curve = before - 2 * here + after
    return min(0.5, max(-0.5, 0.5 * (before - after) / curve)) if curve < 0 else 0.0
