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

_TAPS = PHASES.shape[1]
_GROUP = 16
_BOUND = float(np.abs(PHASES).sum(axis=1).max())
"""No interpolated value exceeds the highest sample under the filter by more than this factor, 6.1 dB."""

_FIRST = 32
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
        self._rows = self._highest = np.empty((channels, 0), np.float32)
        self._peak = 0.0
        matrix = np.zeros((_GROUP + _TAPS - 1, _GROUP * len(PHASES)), np.float32)
        for position in range(_GROUP):
            for phase, taps in enumerate(PHASES):
                matrix[position : position + _TAPS, position * len(PHASES) + phase] = taps[::-1]
        self._matrix = matrix

    def feed(self, planar: Array) -> None:
        if not planar.size:
            return
        if not self._interpolated:
            self._peak = max(self._peak, float(planar.max()), -float(planar.min()))
            return
        held = self._history.shape[1]
        frames = held + planar.shape[1]
        self._make_room(frames)
        _fill(self._history, planar, self._rows, self._highest)
        count = max(0, frames - _TAPS + 1) // _GROUP
        self._search(count)
        self._history = self._rows[:, count * _GROUP : frames].copy()

    def _make_room(self, frames: int) -> None:
        """Rows for a block and what was left of the one before: whole groups and one more, so that windows fit."""
        groups = frames // _GROUP + 2
        if self._highest.shape[1] != groups:
            self._rows = np.zeros((len(self._history), groups * _GROUP), np.float32)
            self._highest = np.zeros((len(self._history), groups), np.float32)

    def _search(self, count: int) -> None:
        """Interpolate the first ``count`` groups of each row wherever a new peak is possible."""
        self._peak = max(self._peak, float(self._highest.max()))
        reached = np.maximum(self._highest[:, :-1], self._highest[:, 1:])
        reached[:, count:] = 0.0
        row, group = np.nonzero(reached > self._peak / _BOUND)
        if not len(row):
            return
        shape, strides = (*reached.shape, _GROUP + _TAPS - 1), (self._rows.strides[0], 4 * _GROUP, 4)
        windows: Array = np.ndarray(shape, np.float32, self._rows, strides=strides)
        if len(row) > 2 * _FIRST:  # the loudest first: they raise the bar for the rest
            levels = reached[row, group]
            first = np.argpartition(levels, -_FIRST)[-_FIRST:]
            self._interpolate(windows[row[first], group[first]])
            possible = levels > self._peak / _BOUND
            row, group = row[possible], group[possible]
        self._interpolate(windows[row, group])

    def _interpolate(self, windows: Array) -> None:
        between = windows @ self._matrix
        self._peak = max(self._peak, float(between.max()), -float(between.min()))

    def finish(self) -> float | None:
        """True peak in dBTP; None for digital silence."""
        return float(20 * np.log10(self._peak)) if self._peak > 0 else None


@compiled
def _fill(history: Array, planar: Array, rows: Array, highest: Array) -> None:
    """Lay a block behind what was left, zeros behind it, and give the greatest magnitude of each group of samples."""
    held, frames = history.shape[1], planar.shape[1]
    for channel in range(len(rows)):
        row = rows[channel]
        row[:held] = history[channel]
        row[held : held + frames] = planar[channel]
        row[held + frames :] = 0.0
        for group in range(highest.shape[1]):
            most = np.float32(0.0)
            for n in range(group * _GROUP, (group + 1) * _GROUP):
                magnitude = abs(row[n])
                if magnitude > most:
                    most = magnitude
            highest[channel, group] = most
