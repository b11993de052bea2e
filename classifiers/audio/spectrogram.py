"""A recording as a picture: time to the right, frequency upwards, the brighter the louder."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from classifiers.audio.spectra import ANALYSIS_RATE_HZ, FINE_N_FFT, FINE_THINNED_FROM, fine_places
from classifiers.compiled import compiled

Array = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]

HIGHEST_HZ = ANALYSIS_RATE_HZ / 2
"""Every picture reaches up to here, whatever the file's own rate: pictures can be compared, and a cut is seen."""

ROWS = 256
"""Rows of 86 Hz."""

MOST_COLUMNS = 400
STEPS = 32
STEP_DB = 3.0
"""The darkest colour stands for 93 dB and more under the loudest place."""

_BINS_PER_ROW = FINE_N_FFT // 2 // ROWS
_ANCHORS = ((8, 8, 20), (58, 20, 92), (146, 38, 104), (222, 80, 58), (250, 164, 36), (252, 244, 176))


class Spectrogram:
    """Mean power of equal stretches of time and frequency, for a recording whose length is not known beforehand.

    Stretches begin as short as the fine frames; whenever there are too many, neighbours are joined, so that the
    picture stays as small whatever the length.
    """

    def __init__(self) -> None:
        self._power = np.zeros((2 * MOST_COLUMNS, ROWS), np.float32)
        self._hops = np.zeros(2 * MOST_COLUMNS, np.float32)
        self._frames = 0
        self._per_column = 1

    def feed_fine(self, power: Array) -> None:
        """Take power spectra of consecutive fine frames; each counts for the time to the next."""
        places = fine_places(self._frames, len(power))
        lasting = np.where(np.arange(self._frames, self._frames + len(power)) < FINE_THINNED_FROM, 1, 2)
        self._frames += len(power)
        rows = np.empty((len(power), ROWS), np.float32)
        _mean_rows(power, rows)
        for row, place, hops in zip(rows, places, lasting, strict=True):
            while (place + hops - 1) // self._per_column >= len(self._hops):
                self._join()
            for at in range(place, place + hops):
                self._power[at // self._per_column] += row
                self._hops[at // self._per_column] += 1

    def finish(self) -> bytes:
        """The picture as PNG, at most `MOST_COLUMNS` wide and `ROWS` high; empty for an empty recording."""
        count = int(np.count_nonzero(self._hops))
        while count > MOST_COLUMNS:
            self._join()
            count = int(np.count_nonzero(self._hops))
        if not count:
            return b""
        return _png(levels(self._power[:count] / self._hops[:count, None]).T[::-1])

    def _join(self) -> None:
        for values in (self._power, self._hops):
            half = values[0::2] + values[1::2]
            values[: len(half)], values[len(half) :] = half, 0
        self._per_column *= 2


def levels(power: Array) -> Levels:
    """Steps of `STEP_DB` up to the loudest place, which is the highest of `STEPS`; silence is 0 throughout."""
    loudest = float(power.max(initial=0.0))
    if loudest <= 0:
        return np.zeros(power.shape, np.uint8)
    under_db = -10 * np.log10(np.maximum(power / np.float32(loudest), np.float32(1e-12)))
    steps: Levels = np.clip(STEPS - 1 - np.rint(under_db / STEP_DB), 0, STEPS - 1).astype(np.uint8)
    return steps


def _png(steps: Levels) -> bytes:
    picture = Image.fromarray(np.ascontiguousarray(steps), "P")
    picture.putpalette(_palette())
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=3)
    return file.getvalue()


def _palette() -> bytes:
    """From black over violet and orange to a pale yellow, ever brighter, so that it reads without colour too."""
    anchors = np.array(_ANCHORS, float)
    at, where = np.linspace(0, 1, STEPS), np.linspace(0, 1, len(anchors))
    colours = np.stack([np.interp(at, where, anchors[:, part]) for part in range(3)], axis=1)
    return colours.round().astype(np.uint8).tobytes()


@compiled
def _mean_rows(power: Array, rows: Array) -> None:
    """Mean power of each row's bins, for each frame. Every other bin is enough: a line is as wide as four."""
    for frame in range(len(power)):
        for row in range(ROWS):
            total = np.float32(0.0)
            for k in range(row * _BINS_PER_ROW, (row + 1) * _BINS_PER_ROW, 2):
                total += power[frame, k]
            rows[frame, row] = total / np.float32(_BINS_PER_ROW // 2)
