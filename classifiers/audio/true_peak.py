"""True peak: the highest level between the samples, where a converter or a lossy encoder would clip."""

import numpy as np
import numpy.typing as npt

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
_GROUP = 16
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
        _search(samples, groups if self._interpolated else 0, _FILTERS, self._peak)

    def finish(self) -> float | None:
        """True peak in dBTP; None for digital silence."""
        peak = float(self._peak[0])
        return float(20 * np.log10(peak)) if peak > 0 else None


@compiled
def _search(samples: Array, groups: int, filters: Array, peak: Array) -> None:
    """Raise the peak to the highest sample, shape ``(channels, frames)``, or value between those of the first groups.

    The surroundings of the loudest sample are interpolated first: they raise the bar for the rest.
    """
    highest = np.zeros(samples.shape[1] // _GROUP + 1, np.float32)
    for channel in range(len(samples)):
        row = samples[channel]
        loudest = 0
        for group in range(len(highest)):
            most = np.float32(0.0)
            for n in range(group * _GROUP, min((group + 1) * _GROUP, len(row))):
                magnitude = abs(row[n])
                if magnitude > most:
                    most = magnitude
            highest[group] = most
            if most > highest[loudest]:
                loudest = group
        peak[0] = max(peak[0], highest[loudest])
        if loudest < groups:
            _interpolate(row, loudest * _GROUP, filters, peak)
        for group in range(groups):
            if max(highest[group], highest[group + 1]) * _BOUND > peak[0]:
                _interpolate(row, group * _GROUP, filters, peak)


@compiled
def _interpolate(row: Array, start: int, filters: Array, peak: Array) -> None:
    """Raise the peak to the highest of the values between `_GROUP` windows from ``start`` on."""
    between = np.empty(_GROUP, np.float32)
    for phase in range(len(filters)):
        between[:] = 0.0
        for tap in range(_TAPS):
            weight = filters[phase, tap]
            for n in range(_GROUP):
                between[n] += weight * row[start + tap + n]
        for n in range(_GROUP):
            if abs(between[n]) > peak[0]:
                peak[0] = abs(between[n])
