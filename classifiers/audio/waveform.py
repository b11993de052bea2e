"""How loud a recording is over time, as a player draws it."""

import numpy as np
import numpy.typing as npt

from classifiers.audio.magnitudes import greatest, magnitudes

Array = npt.NDArray[np.float32]

MOST = 1200
"""Stretches in the result: more than a screen has room for."""


class Waveform:
    """Greatest magnitude of equal stretches, for a recording whose length is not known beforehand.

    Stretches begin short; whenever there are twice too many, neighbours are joined, so that memory stays the same
    whatever the length.
    """

    def __init__(self, first_samples: int = 1024) -> None:
        self._samples = first_samples
        self._peaks: list[Array] = []
        self._count = 0
        self._rest: Array = np.zeros(0, np.float32)

    def feed(self, mono: Array) -> None:
        """Take samples, shape ``(frames,)``."""
        missing = -len(self._rest) % self._samples
        self._rest, mono = np.concatenate([self._rest, mono[:missing]]), mono[missing:]
        if len(self._rest) == self._samples:
            self._add(self._rest)
            self._rest = self._rest[:0]
        whole = len(mono) // self._samples * self._samples
        if whole:
            self._add(mono[:whole])
        if whole < len(mono):
            self._rest = mono[whole:].copy()
        while self._count >= 4 * MOST:
            self._join()

    def finish(self) -> bytes:
        """One byte a stretch, at most :data:`MOST`; 255 is full scale. Empty for an empty recording."""
        if len(self._rest):
            self._peaks.append(np.abs(self._rest).max(keepdims=True))
            self._count += 1
        while self._count > MOST:
            self._join()
        if not self._count:
            return b""
        return np.clip(np.concatenate(self._peaks) * 255, 0, 255).astype(np.uint8).tobytes()

    def _add(self, whole: Array) -> None:
        found = np.empty(len(whole) // self._samples, np.int32)
        greatest(magnitudes(whole), self._samples, found)
        self._peaks.append(found.view(np.float32))
        self._count += len(self._peaks[-1])

    def _join(self) -> None:
        peaks = np.concatenate(self._peaks)
        if len(peaks) % 2:
            peaks = np.append(peaks, np.float32(0))
        joined = peaks.reshape(-1, 2).max(axis=1)
        self._peaks, self._count = [joined], len(joined)
        self._samples *= 2
