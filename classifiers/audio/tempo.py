"""Tempo from the onset envelope."""

import numpy as np
import numpy.typing as npt
import scipy.fft

from classifiers.audio.spectra import ONSET_HOP, ONSET_N_FFT, ONSET_RATE_HZ

Array = npt.NDArray[np.float32]

ENVELOPE_RATE_HZ = ONSET_RATE_HZ / ONSET_HOP
_BANDS = 40
_START_BPM, _OCTAVES = 120.0, 1.0
_LOWEST_BPM, _HIGHEST_BPM = 40.0, 240.0
_LEAST_PEAK = 0.06
"""Autocorrelation at the beat, against that at lag 0, under which there is no steady pulse."""


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
    """Collects the onset envelope: the mean rise of the mel bands in dB, 43 times a second (librosa's definition)."""

    def __init__(self) -> None:
        self._mel = mel_bands(_BANDS, ONSET_RATE_HZ, ONSET_N_FFT)
        self._last: Array | None = None
        self._onsets: list[Array] = []

    def feed_onset(self, power: Array) -> None:
        levels = np.log10(np.maximum(power @ self._mel, np.float32(1e-8)))
        with_last = levels if self._last is None else np.concatenate([self._last, levels])
        self._last = levels[-1:]
        self._onsets.append(np.maximum(np.diff(with_last, axis=0), 0).mean(axis=1))

    def finish(self) -> float | None:
        """Tempo in beats a minute, or None where there is no pulse."""
        return tempo_bpm(np.concatenate(self._onsets)) if self._onsets else None


def tempo_bpm(envelope: Array) -> float | None:
    """The strongest period of an onset envelope, with a preference for tempos near 120 (log-normal, one octave wide).

    The same prior as librosa's ``feature.tempo``; the autocorrelation is taken over the whole recording instead of
    windows of 8 s, which is faster, and refined between lags by a parabola.
    """
    lags = np.arange(int(60 * ENVELOPE_RATE_HZ / _HIGHEST_BPM), int(60 * ENVELOPE_RATE_HZ / _LOWEST_BPM) + 2)
    if len(envelope) < 2 * lags[-1]:
        return None
    centred = envelope - envelope.mean()
    size = scipy.fft.next_fast_len(2 * len(centred), real=True)
    correlation = scipy.fft.irfft(np.abs(scipy.fft.rfft(centred, size)) ** 2, size)
    if correlation[0] <= 1e-9:
        return None
    strength = correlation[lags] / correlation[0]
    prior = np.exp(-0.5 * (np.log2(60 * ENVELOPE_RATE_HZ / lags / _START_BPM) / _OCTAVES) ** 2)
    best = 1 + int(np.argmax((np.maximum(strength, 0) * prior)[1:-1]))
    if strength[best] < _LEAST_PEAK:
        return None
    before, at, after = strength[best - 1 : best + 2]
    curve = before - 2 * at + after
    shift = 0.5 * (before - after) / curve if curve < 0 else 0.0
    return float(60 * ENVELOPE_RATE_HZ / (lags[best] + np.clip(shift, -0.5, 0.5)))
