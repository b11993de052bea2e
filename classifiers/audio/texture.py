"""How far a recording is stationary noise rather than music.

Spectral flatness alone calls brown noise music and silence noise. What all noises share, whatever their colour, is that
*locally* their spectrum is that of Gaussian noise: in a narrow band the power of the bins is exponentially
distributed, so that geometric over arithmetic mean is exp(-gamma) = 0.56 (a tone: near 0), and it stays the same
over time. Both are measured in bands that share the logarithmic frequency axis evenly.
"""

import numpy as np
import numpy.typing as npt

from classifiers.audio.spectra import ANALYSIS_RATE_HZ, TEXTURE_N_FFT

Array = npt.NDArray[np.float32]

_EDGES_HZ = np.geomspace(80.0, 16_000.0, 31)
_WINDOW = 16
_BIN_HZ = ANALYSIS_RATE_HZ / TEXTURE_N_FFT
_MEAN = np.full(_WINDOW, 1 / _WINDOW, np.float32)
_SILENT_POWER = 1e-6 * TEXTURE_N_FFT * 0.375 * TEXTURE_N_FFT / 2
"""Sum of a frame's power at -60 dBFS RMS: quieter frames say nothing."""

_FADED = 1e-4
_UNHEARD = 10**-5.5
_LEAST_FRAMES = 6

FLAT = (0.50, 0.57)
"""Local flatness of the least flat tenth of the bands, from certainly tonal to certainly noise. Measured: white, pink
and brown noise and rain 0.59 to 0.60, also as MP3 at 24 kbit/s; nine of ten pieces of music under 0.53."""

STRONG = (0.40, 0.55)
"""The same for the mean over bands weighted by power: a loud tone over faint hiss is no noise."""

STILL_DB = 1.8
"""Standard deviation in time of a band's level, the common swell taken out, at which sound counts half as noise.
Measured: noises and rain 0.6 to 1.1 dB, a cheering crowd 1.3, music at least 1.6 and mostly over 2.4."""


class Texture:
    """Collects, from frames of 0.37 s, the local flatness and the power of some 27 bands from 80 Hz to 16 kHz.

    Four kilobytes of memory for each ten seconds of sound.
    """

    def __init__(self) -> None:
        self._edges = np.unique(np.round(_EDGES_HZ / _BIN_HZ / _WINDOW).astype(int))
        self._power: list[Array] = []
        self._flatness: list[Array] = []

    def feed(self, power: Array) -> None:
        """Take power spectra of consecutive frames, shape ``(frames, TEXTURE_N_FFT // 2 + 1)``."""
        first, last = self._edges[0], self._edges[-1]
        bins = power[:, first * _WINDOW : last * _WINDOW].reshape(len(power), last - first, _WINDOW)
        bins = np.maximum(bins, np.float32(1e-20))
        mean = bins @ _MEAN
        flatness = np.exp(np.log(bins) @ _MEAN) / mean
        starts, counts = self._edges[:-1] - first, np.diff(self._edges)
        self._power.append(np.add.reduceat(mean, starts, axis=1).astype(np.float32) * np.float32(_WINDOW))
        self._flatness.append((np.add.reduceat(flatness, starts, axis=1) / counts).astype(np.float32))

    def finish(self) -> float:
        """Stationary noise-likeness from 0 to 1; 0 for silence and for less than four seconds of sound."""
        if not self._power:
            return 0.0
        return noise_likeness(np.concatenate(self._power), np.concatenate(self._flatness))


def noise_likeness(power: Array, flatness: Array) -> float:
    """Noise-likeness from band powers and local flatness, both of shape ``(frames, bands)``."""
    total = power.sum(axis=1)
    heard = (total > _SILENT_POWER) & (total > total.max(initial=0.0) * _FADED)
    if np.count_nonzero(heard) < _LEAST_FRAMES:
        return 0.0
    power, flatness = power[heard], flatness[heard]
    mean = power.mean(axis=0)
    audible = mean > mean.max() * _UNHEARD
    levels = 10 * np.log10(np.maximum(power[:, audible], mean.max() * 1e-7))
    levels -= levels.mean(axis=1, keepdims=True)
    flat = flatness[:, audible].mean(axis=0)
    still = 1 / (1 + (float(np.median(levels.std(axis=0))) / STILL_DB) ** 4)
    weighted = float(np.average(flat, weights=mean[audible]))
    return _between(float(np.quantile(flat, 0.1)), FLAT) * _between(weighted, STRONG) * still


def _between(value: float, bounds: tuple[float, float]) -> float:
    low, high = bounds
    return min(1.0, max(0.0, (value - low) / (high - low)))
