"""Self-similarity over time: exact repetition, and sound that does not change at all."""

import numpy as np
import numpy.typing as npt
import scipy.fft

from classifiers.duplicates.frames import BINS, FRAME_RATE_HZ, N_FFT, RATE_HZ

Array = npt.NDArray[np.float32]

_EDGES_HZ = np.geomspace(60.0, 5_400.0, 25)
_FLOOR = 1e-6
"""Levels are cut 60 dB under the strongest band of the recording: what is under it is dither and codec noise."""

_SHORTEST_S = 0.35
_LONGEST_SHARE = 0.55
_STILL_DB = 0.15
"""Variation in time that counts as none: added to both sides of the correlation, so that a steady tone gives 1."""


class Loop:
    """Levels of 24 bands from 60 Hz to 5.4 kHz over the whole recording, some 2 KB a second of music frames kept."""

    def __init__(self) -> None:
        edges = np.unique(np.round(_EDGES_HZ * N_FFT / RATE_HZ).astype(int))
        self._first, self._last = edges[0], min(edges[-1], BINS)
        self._starts = edges[:-1] - edges[0]
        self._levels: list[Array] = []

    def feed_music(self, power: Array) -> None:
        self._levels.append(np.add.reduceat(power[:, self._first : self._last], self._starts, axis=1))

    def finish(self) -> float:
        """Self-similarity from 0 to 1; 0 for silence and for what is too short to repeat."""
        if not self._levels:
            return 0.0
        return self_similarity(np.concatenate(self._levels))


def self_similarity(power: Array) -> float:
    """Highest correlation of the band levels in dB with themselves at a later time, 0-1.

    Args:
        power: band power over time, shape ``(frames, bands)``, at :data:`FRAME_RATE_HZ`.

    The levels are taken about their mean in time, so that only what changes can repeat. Lags go from 0.35 s to a
    little over half of the recording, and the overlap is normalised, so that a loop of any length that is heard twice
    gives nearly 1.
    """
    frames = len(power)
    shortest = int(_SHORTEST_S * FRAME_RATE_HZ)
    longest = int(frames * _LONGEST_SHARE)
    strongest = float(power.max(initial=0.0))
    if longest <= shortest or strongest <= 0:
        return 0.0
    levels = 10 * np.log10(np.maximum(power, strongest * _FLOOR))
    levels -= levels.mean(axis=0)
    size = scipy.fft.next_fast_len(2 * frames, real=True)
    products = np.zeros(longest + 1)
    for band in levels.T:
        spectrum = scipy.fft.rfft(band, size)
        products += scipy.fft.irfft(np.abs(spectrum) ** 2, size)[: longest + 1]
    energy = np.concatenate([[0.0], np.cumsum(np.square(levels).sum(axis=1, dtype=np.float64))])
    lags = np.arange(shortest, longest + 1)
    still = _STILL_DB**2 * levels.shape[1] * (frames - lags)
    early, late = energy[frames - lags], energy[frames] - energy[lags]
    similarity = (products[lags] + still) / (np.sqrt(np.maximum(early, 0) * np.maximum(late, 0)) + still)
    return float(np.clip(similarity.max(), 0.0, 1.0))
