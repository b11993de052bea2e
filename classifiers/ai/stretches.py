"""Stretches of a recording for the residual network, evenly over its length, kept in one pass."""

import numpy as np
import numpy.typing as npt
import soxr

from classifiers.audio.spectra import ANALYSIS_RATE_HZ

STRETCH_S = 4.0
"""Length of what the network judges at once."""

STRETCH_RATE_HZ = 32_000
"""Rate of the sound that the network hears."""

MOST = 6
"""Most stretches of a recording: the cost stays the same from 24 s on."""

Array = npt.NDArray[np.float32]


class Stretches:
    """Keeps every n-th block of 4 s; n doubles whenever there are too many, so that memory is flat.

    A recording of unknown length is covered from start to end by 6 to 11 blocks, of which 6 are taken.
    """

    def __init__(self) -> None:
        self._length = round(STRETCH_S * ANALYSIS_RATE_HZ)
        self._open: list[Array] = []
        self._filled, self._number, self._every = 0, 0, 1
        self._kept: list[Array] = []

    def feed(self, mono: Array) -> None:
        """Take consecutive samples at 44.1 kHz."""
        while len(mono):
            part, mono = mono[: self._length - self._filled], mono[self._length - self._filled :]
            if self._number % self._every == 0:
                self._open.append(part.copy())
            self._filled += len(part)
            if self._filled == self._length:
                self._close()

    def finish(self) -> Array:
        """The stretches at 32 kHz, shape ``(stretches, 128000)``; none where the recording is shorter than one."""
        places = {round(at) for at in np.linspace(0, len(self._kept) - 1, MOST)} if self._kept else set()
        heard = [soxr.resample(self._kept[at], ANALYSIS_RATE_HZ, STRETCH_RATE_HZ) for at in sorted(places)]
        return np.array(heard, np.float32).reshape(len(heard), round(STRETCH_S * STRETCH_RATE_HZ))

    def _close(self) -> None:
        if self._open:
            self._kept.append(np.concatenate(self._open))
        self._open, self._filled, self._number = [], 0, self._number + 1
        if len(self._kept) == 2 * MOST:
            self._kept, self._every = self._kept[::2], 2 * self._every
