"""The average spectrum of a recording, and what it says: bandwidth and the levels of 1/3-octave bands."""

import numpy as np
import numpy.typing as npt

from classifiers.audio.spectra import ANALYSIS_RATE_HZ, FINE_N_FFT, FINE_THINNED_FROM

Array = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]

BIN_HZ = ANALYSIS_RATE_HZ / FINE_N_FFT

THIRD_OCTAVES_HZ = tuple(1000.0 * 10 ** (n / 10) for n in range(-16, 14))
"""Centres of the 1/3-octave bands from 25 Hz to 20 kHz (IEC 61260-1, base ten)."""

_RANGE_DB = 70.0
_FLOOR_DB = 6.0


class LongTermSpectrum:
    """Mean power per bin of the fine frames, each of which counts for the time to the next."""

    def __init__(self) -> None:
        self._sum = np.zeros(FINE_N_FFT // 2 + 1)
        self._frames, self._hops = 0, 0.0

    def feed_fine(self, power: Array) -> None:
        hops = np.where(np.arange(self._frames, self._frames + len(power)) < FINE_THINNED_FROM, 1, 2).astype(np.float32)
        self._sum += hops @ power
        self._frames += len(power)
        self._hops += float(hops.sum())

    def finish(self) -> Wide:
        """Mean power per bin, shape ``(FINE_N_FFT // 2 + 1,)``."""
        return self._sum / max(1.0, self._hops)


def third_octaves_db(mean_power: Wide, highest_hz: float) -> list[float]:
    """Level of each 1/3-octave band in dB relative to the mean of the bands; bands over ``highest_hz`` are left out.

    Nothing at all in a band counts as 100 dB under the strongest.
    """
    edges = [(centre * 10**-0.05, centre * 10**0.05) for centre in THIRD_OCTAVES_HZ if centre <= highest_hz]
    bins = np.arange(len(mean_power)) * BIN_HZ
    power = np.array([mean_power[(bins >= low) & (bins < high)].sum() for low, high in edges])
    if not len(power) or power.max() <= 0:
        return []
    levels = 10 * np.log10(np.maximum(power, power.max() * 1e-10))
    return [round(float(level), 1) for level in levels - levels.mean()]


def bandwidth_hz(mean_power: Wide, highest_hz: float) -> float:
    """Frequency under which the recording holds energy above its noise floor, in Hz; 0 for digital silence.

    The upper edge is where the spectrum, smoothed over 100 Hz, last stands over the floor: the quietest tenth of the
    band above 1 kHz plus 6 dB where the spectrum falls off a cliff (a codec's low pass, a lower native rate), and
    never more than 70 dB under the strongest 100 Hz.
    """
    count = min(len(mean_power), int(highest_hz / BIN_HZ) + 1)
    width = max(1, round(100 / BIN_HZ))
    strongest = float(mean_power[:count].max(initial=0.0))
    if strongest <= 0:
        return 0.0
    smooth = np.convolve(mean_power[:count], np.full(width, 1 / width), "same")
    levels = 10 * np.log10(np.maximum(smooth, strongest * 1e-14))
    threshold = levels.max() - _RANGE_DB
    above_1k = levels[int(1000 / BIN_HZ) :]
    if len(above_1k) > 10 * width:
        floor = float(np.quantile(above_1k, 0.02)) + _FLOOR_DB
        cliff = levels.max() - 40.0
        threshold = max(threshold, min(floor, cliff))
    over = np.flatnonzero(levels > threshold)
    return min(highest_hz, float(over[-1]) * BIN_HZ)
