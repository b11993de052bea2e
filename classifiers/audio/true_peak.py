"""True peak: the highest level between the samples, where a converter or a lossy encoder would clip."""

import numpy as np
import numpy.typing as npt

from classifiers.audio.magnitudes import MAGNITUDE, Bits, greatest, magnitudes
from classifiers.compiled import compiled

Array = npt.NDArray[np.float32]

_PHASE_0 = """
    0.0017089843750  0.0109863281250 -0.0196533203125  0.0332031250000 -0.0594482421875  0.1373291015625
    0.9721679687500 -0.1022949218750  0.0476074218750 -0.0266113281250  0.0148925781250 -0.0083007812500
"""
_PHASE_1 = """
   -0.0291748046875  0.0292968750000 -0.0517578125000  0.0891113281250 -0.1665039062500  0.4650878906250
    0.7797851562500 -0.2003173828125  0.1015625000000 -0.0582275390625  0.0330810546875 -0.0189208984375
"""
_HALF = [[float(tap) for tap in phase.split()] for phase in (_PHASE_0, _PHASE_1)]
PHASES = np.array([_HALF[0], _HALF[1], _HALF[1][::-1], _HALF[0][::-1]])
"""The interpolation filter of ITU-R BS.1770-5, annex 2: four phases of twelve taps."""

_FILTERS = np.ascontiguousarray(PHASES[:, ::-1], np.float32)
_TAPS = PHASES.shape[1]
_GROUP = 64
_BOUND = float(np.abs(PHASES).sum(axis=1).max())
"""No interpolated value exceeds the highest sample under the filter by more than this factor, 6.1 dB."""

_DIRECT_FROM_HZ = 176_400
"""Sample rates that already are four times 44.1 kHz or more: samples are taken as they are."""


class TruePeak:
    """True peak of a stream of blocks of shape ``(channels, frames)``.

    Only stretches that could hold a new maximum are interpolated: by the bound above that is exact, and it skips most
    of a recording.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._interpolated = rate_hz < _DIRECT_FROM_HZ
        self._history = np.zeros((channels, _TAPS - 1), np.float32)
        self._peak = np.zeros(1, np.float32)

    def feed(self, planar: Array) -> None:
        self._take(np.concatenate([self._history, planar[:, : _GROUP + _TAPS - 1]], axis=1))
        if planar.shape[1] > _GROUP + _TAPS - 1:  # the windows that begin before it are behind us
            self._take(planar)

    def _take(self, samples: Array) -> None:
        groups = max(0, samples.shape[1] - _TAPS + 1) // _GROUP
        self._history = samples[:, groups * _GROUP :].copy()
        _search(samples, magnitudes(samples), groups if self._interpolated else 0, _FILTERS, self._peak)

    def finish(self) -> float | None:
        """True peak in dBTP; None for digital silence."""
        peak = float(self._peak[0])
        return float(20 * np.log10(peak)) if peak > 0 else None


@compiled
def _search(samples: Array, bits: Bits, groups: int, filters: Array, peak: Array) -> None:
    """Raise the peak to the highest sample, shape ``(channels, frames)``, or value between those of the first groups.

    The surroundings of the loudest sample are interpolated first: they raise the bar for the rest.
    """
    found = np.empty(samples.shape[1] // _GROUP + 1, np.int32)
    highest = found.view(np.float32)
    between = np.empty((len(filters), _GROUP), np.float32)
    for channel in range(len(samples)):
        row = samples[channel]
        greatest(bits[channel], _GROUP, found)
        loudest = int(found.argmax())
        peak[0] = max(peak[0], highest[loudest])
        if loudest < groups:
            _interpolate(row[loudest * _GROUP : (loudest + 1) * _GROUP + _TAPS - 1], filters, between, peak)
        for group in range(groups):
            if max(highest[group], highest[group + 1]) * _BOUND > peak[0]:
                _interpolate(row[group * _GROUP : (group + 1) * _GROUP + _TAPS - 1], filters, between, peak)


@compiled
def _interpolate(samples: Array, filters: Array, between: Array, peak: Array) -> None:
    """Raise the peak to the highest of the values ``between`` the samples, of `_GROUP` windows in each phase.

    The sum is written out, over taps that are read beforehand: only so do all the windows go through together.
    """
    for phase in range(len(filters)):
        taps, values = filters[phase], between[phase]
        f0, f1, f2, f3, f4, f5 = taps[0], taps[1], taps[2], taps[3], taps[4], taps[5]
        f6, f7, f8, f9, f10, f11 = taps[6], taps[7], taps[8], taps[9], taps[10], taps[11]
        for n in range(_GROUP):
            early = f0 * samples[n] + f1 * samples[n + 1] + f2 * samples[n + 2] + f3 * samples[n + 3]
            middle = f4 * samples[n + 4] + f5 * samples[n + 5] + f6 * samples[n + 6] + f7 * samples[n + 7]
            late = f8 * samples[n + 8] + f9 * samples[n + 9] + f10 * samples[n + 10] + f11 * samples[n + 11]
            values[n] = early + middle + late
    bits = between.view(np.int32)
    most = np.int32(0)
    for phase in range(len(filters)):
        for n in range(_GROUP):
            most = max(most, bits[phase, n] & np.int32(MAGNITUDE))
    bits[0, 0] = most
    peak[0] = max(peak[0], between[0, 0])
