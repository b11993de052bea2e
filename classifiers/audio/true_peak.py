"""True peak: the highest level between the samples, where a converter or a lossy encoder would clip."""

import numpy as np
import numpy.typing as npt

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

_TAPS = PHASES.shape[1]
_GROUP = 16
_BOUND = float(np.abs(PHASES).sum(axis=1).max())
"""No interpolated value exceeds the highest sample under the filter by more than this factor, 6.1 dB."""

_FIRST = 32
_SEAM = 2 * _GROUP + _TAPS - 1
"""Frames that hold every window from the end of one block into the next: what is left over is at most 26."""

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
        self._peak = 0.0
        matrix = np.zeros((_GROUP + _TAPS - 1, _GROUP * len(PHASES)), np.float32)
        for position in range(_GROUP):
            for phase, taps in enumerate(PHASES):
                matrix[position : position + _TAPS, position * len(PHASES) + phase] = taps[::-1]
        self._matrix = matrix

    def feed(self, planar: Array) -> None:
        if not planar.size:
            return
        self._peak = max(self._peak, float(planar.max()), -float(planar.min()))
        if not self._interpolated:
            return
        if planar.shape[1] < 2 * _SEAM:
            planar = np.concatenate([self._history, planar], axis=1)
        else:
            self._search(np.concatenate([self._history, planar[:, : _SEAM - self._history.shape[1]]], axis=1))
        self._history = planar[:, self._search(planar) :].copy()

    def _search(self, samples: Array) -> int:
        """Interpolate in ``(channels, frames)`` wherever a new peak is possible; how many frames that has settled."""
        channels, count = len(samples), (samples.shape[1] - _TAPS + 1) // _GROUP
        if count < 1:
            return 0
        settled = count * _GROUP
        windows = np.lib.stride_tricks.sliding_window_view(samples, _GROUP + _TAPS - 1, axis=1)[:, :settled:_GROUP]
        groups = samples[:, :settled].reshape(channels, count, _GROUP)
        levels = np.empty((_GROUP, channels, count), np.float32)
        highest = np.abs(groups.transpose(2, 0, 1), out=levels).max(axis=0)
        after = np.abs(samples[:, settled : settled + _TAPS - 1]).max(axis=1, keepdims=True)
        bound = _BOUND * np.maximum(highest, np.concatenate([highest[:, 1:], after], axis=1)).ravel()
        possible = np.flatnonzero(bound > self._peak)
        if len(possible) > 2 * _FIRST:  # the loudest first: they raise the bar for the rest
            loudest = possible[np.argpartition(bound[possible], -_FIRST)[-_FIRST:]]
            self._interpolate(windows[np.unravel_index(loudest, highest.shape)])
            possible = possible[bound[possible] > self._peak]
        if len(possible):
            self._interpolate(windows[np.unravel_index(possible, highest.shape)])
        return int(settled)

    def _interpolate(self, windows: Array) -> None:
        between = windows @ self._matrix
        self._peak = max(self._peak, float(between.max()), -float(between.min()))

    def finish(self) -> float | None:
        """True peak in dBTP; None for digital silence."""
        return float(20 * np.log10(self._peak)) if self._peak > 0 else None
