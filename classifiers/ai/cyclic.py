"""How the power of the sound between the notes swings, averaged over a recording: its cyclic spectrum.

A decoder that upsamples by a stride repeats a spectrum and filters it, over and over at the rate of its frames. What
it makes is noise whose power is not steady: it swings with the frame rate and all its multiples, locked to the sample
clock, even where no line stands in the spectrum itself (W. A. Gardner, "Exploitation of spectral redundancy in
cyclostationary signals", IEEE Signal Processing Magazine 8, 1991). So the sound is whitened, notes are left out, and
the spectrum of its *squared* samples is averaged. Recordings by people swing with their beat and with the intervals
of their tones, which is why notes are left out, and with the frames of lossy codecs.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy.ndimage import uniform_filter1d

Array = npt.NDArray[np.float32]

STRETCH = 1 << 18
"""Samples of one stretch at 44.1 kHz: 5.9 s, for lines that are 0.17 Hz wide."""

CYCLIC_BIN_HZ = 44_100 / STRETCH

_N = 8_192
_HOP = _N // 2
_WIDTH = 41
_CUT, _NOTE = 1.5, 2.3
_LOWEST_HZ, _HIGHEST_HZ = 2_000.0, 15_500.0
_LEVELLED = 1_024
_HEARD = 1e-5
_SIXTEEN_BITS = float(np.sqrt(_N / 2)) / 2 / 32_768
"""Magnitude of noise of half a step of 16-bit samples: what lies under it, such as the bands that a codec left almost
empty, swings with the codec's frames and was never in a release."""

_MOST_POWER = 5.0
_BLOCK = 256
_MOST = 40.0
_QUIET = 1e-4
_AT_FIRST = 4


class CyclicMeter:
    """Takes mono sound at 44.1 kHz. The first four stretches are looked at, then the 16th, 64th and so on, so that a
    long recording costs little more than a short one; quiet stretches are passed over. What is kept is half a megabyte
    for each stretch looked at, and those are at most nine in four hours."""

    def __init__(self) -> None:
        self._pending: list[Array] = []
        self._held = 0
        self._stretch = 0
        self._wanted = 0
        self._seen: list[Array] = []

    def feed(self, mono: Array) -> None:
        """Take the next samples."""
        self._pending.append(mono)
        self._held += len(mono)
        if self._held < STRETCH:
            return
        sound = np.concatenate(self._pending)
        while len(sound) >= STRETCH:
            self._look(sound[:STRETCH])
            sound = sound[STRETCH:]
        self._pending, self._held = [sound.copy()], len(sound)

    def _look(self, sound: Array) -> None:
        if self._stretch >= self._wanted and float(np.abs(sound).mean()) > _QUIET:
            self._seen.append(cyclic_spectrum(sound))
            self._wanted = self._stretch + 1 if len(self._seen) < _AT_FIRST else 4 * max(self._stretch, _AT_FIRST)
        self._stretch += 1

    def finish(self) -> list[Array]:
        """Power of the swing in each stretch that was looked at, in bins of `CYCLIC_BIN_HZ`, 1 where there is only
        chance; empty without sound.

        What is left at the end counts where it fills half a stretch.
        """
        if self._held >= STRETCH // 2 and len(self._seen) < _AT_FIRST:
            self._look(np.concatenate(self._pending))
            self._pending, self._held = [], 0
        return self._seen


def cyclic_spectrum(sound: Array) -> Array:
    """Power spectrum of the squared, whitened sound over its own local median: exponentially distributed with mean 1
    where power swings by chance alone."""
    power = np.square(_whitened(sound))
    local = uniform_filter1d(power, _LEVELLED)
    power = np.minimum(power / np.maximum(local, _HEARD), _MOST_POWER)
    lines = scipy.fft.rfft((power - power.mean()) * _taper(len(power)), STRETCH)
    swing = np.square(lines.real) + np.square(lines.imag)
    whole = len(swing) // _BLOCK * _BLOCK
    median = np.repeat(np.median(swing[:whole].reshape(-1, _BLOCK), axis=1), _BLOCK)
    median = np.append(median, np.full(len(swing) - whole, median[-1]))
    level: Array = np.minimum(swing / np.maximum(median, 1e-20) * np.log(2), _MOST).astype(np.float32)
    return level


@cache
def _taper(length: int) -> Array:
    return np.hanning(length).astype(np.float32)


def _whitened(sound: Array) -> Array:
    """The sound between 2 and 15.5 kHz with a flat spectrum in every frame, and without what stands out as a note."""
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_N) / _N)).astype(np.float32)
    low, high = int(_LOWEST_HZ * _N / 44_100), int(_HIGHEST_HZ * _N / 44_100)
    frames = np.lib.stride_tricks.sliding_window_view(sound, _N)[::_HOP] * window
    spectrum = scipy.fft.rfft(frames, axis=1)
    band = spectrum[:, low:high]
    level = np.abs(band)
    floor = uniform_filter1d(level, _WIDTH, axis=1)
    floor = uniform_filter1d(np.minimum(level, _CUT * floor), _WIDTH, axis=1)
    note = level > _NOTE * floor
    near = note.copy()
    near[:, 1:] |= note[:, :-1]
    near[:, :-1] |= note[:, 1:]
    flat = np.zeros_like(spectrum)
    flat[:, low:high] = np.where(near, 0, band / np.maximum(floor, _SIXTEEN_BITS))
    pieces = (scipy.fft.irfft(flat, _N, axis=1) * window).astype(np.float32)
    halves = np.zeros((len(pieces) + 1, _HOP), np.float32)
    halves[:-1] += pieces[:, :_HOP]
    halves[1:] += pieces[:, _HOP:]
    return halves.ravel()
