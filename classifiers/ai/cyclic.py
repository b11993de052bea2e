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

from classifiers.ai.running_mean import HALF, mirror_ends, running_mean
from classifiers.compiled import compiled

Array = npt.NDArray[np.float32]

STRETCH = 1 << 18
"""Samples of one stretch at 44.1 kHz: 5.9 s, for lines that are 0.17 Hz wide."""

CYCLIC_BIN_HZ = 44_100 / STRETCH

_N = 8_192
_HOP = _N // 2
_CUT, _NOTE = 1.5, 2.3
_LOWEST_HZ, _HIGHEST_HZ = 2_000.0, 15_500.0
_LEVELLED = 1_024
_HEARD = 1e-5
_SIXTEEN_BITS = float(np.sqrt(_N / 2)) / 2 / 32_768
"""Magnitude of noise of half a step of 16-bit samples: what lies under it, such as the bands that a codec left almost
empty, swings with the codec's frames and was never in a release."""

_MOST_POWER = 5.0
_BLOCK = 256
_STEADY = slice(
    int(_LOWEST_HZ / CYCLIC_BIN_HZ) // _BLOCK * _BLOCK, -(-int(_HIGHEST_HZ / CYCLIC_BIN_HZ) // _BLOCK) * _BLOCK
)
_AT_ONCE = 8
_MOST = 40.0
_QUIET = 1e-4
_AT_FIRST = 4
_LEAST_LEFT = STRETCH // 8


class CyclicMeter:
    """Takes mono sound at 44.1 kHz. The first four stretches are looked at, then the 16th, 64th and so on, so that a
    long recording costs little more than a short one; quiet stretches are passed over. A recording that ends within
    the first four has its last stretch end where it does, over the one before, so that nothing of it is lost. What is
    kept is half a megabyte for each stretch looked at, and those are at most nine in four hours."""

    def __init__(self) -> None:
        self._pending: list[Array] = []
        self._held = 0
        self._stretch = 0
        self._wanted = 0
        self._seen: list[Array] = []
        self._before = np.zeros(0, np.float32)
        self._steady = np.zeros(STRETCH // 2 + 1, np.float32)

    def feed(self, mono: Array) -> None:
        """Take the next samples. Those of stretches that nobody will look at are not even kept."""
        while len(mono):
            part, mono = mono[: STRETCH - self._held], mono[STRETCH - self._held :]
            self._held += len(part)
            if self._stretch >= self._wanted:
                self._pending.append(part)
            if self._held == STRETCH:
                self._look(np.concatenate([*self._pending, np.zeros(0, np.float32)]))

    def _look(self, sound: Array) -> None:
        if len(sound) and float(np.abs(sound).mean()) > _QUIET:
            whitened = _whitened(sound)
            self._steady += steady_spectrum(whitened)
            self._seen.append(_swing_of(whitened))
            self._wanted = self._stretch + 1 if len(self._seen) < _AT_FIRST else 4 * max(self._stretch, _AT_FIRST)
        self._before = sound if len(self._seen) < _AT_FIRST else np.zeros(0, np.float32)
        self._stretch += 1
        self._pending, self._held = [], 0

    def finish(self) -> list[Array]:
        """Power of the swing in each stretch that was looked at, in bins of `CYCLIC_BIN_HZ`, 1 where there is only
        chance; empty without sound.

        What is left at the end, an eighth of a stretch or more, is looked at together with the sound before it that
        makes it a whole one; a recording shorter than a stretch counts where it fills half of it.
        """
        if len(self._seen) < _AT_FIRST:
            before = self._before[self._held :]
            if self._held >= (_LEAST_LEFT if len(before) else STRETCH // 2):
                self._look(np.concatenate([before, *self._pending]))
        return self._seen

    def steady(self) -> Array | None:
        """Mean over the same stretches of the spectrum of the sound itself (:func:`steady_spectrum`). To be asked after
        :meth:`finish`; None without sound."""
        return self._steady / np.float32(len(self._seen)) if self._seen else None


def cyclic_spectrum(sound: Array) -> Array:
    """Power spectrum of the squared, whitened sound over its own local median: exponentially distributed with mean 1
    where power swings by chance alone."""
    return _swing_of(_whitened(sound))


def steady_spectrum(whitened: Array) -> Array:
    """Power spectrum of a whitened stretch over its own local median.

    A tone that keeps its phase for the whole stretch, as a decoder's bias does at the multiples of its frame rate,
    gathers in one bin of 0.17 Hz, eight times as narrow as those of the comb search: it stands out where noise hides
    it there. Outside of the whitened band, 2 to 15.5 kHz, all is 1.
    """
    steady = np.ones(STRETCH // 2 + 1, np.float32)
    steady[_STEADY] = _over_chance(scipy.fft.rfft(whitened * _taper(len(whitened)), STRETCH)[_STEADY])
    return steady


def _swing_of(whitened: Array) -> Array:
    _level(whitened, _taper(len(whitened)))
    return _over_chance(scipy.fft.rfft(whitened, STRETCH))


def _over_chance(lines: npt.NDArray[np.complex64]) -> Array:
    swing = np.empty(len(lines), np.float32)
    _square(lines.view(np.float32), swing)
    whole = len(swing) // _BLOCK * _BLOCK
    ordered = np.sort(swing[:whole].reshape(-1, _BLOCK), axis=1)  # in vector registers, unlike a search of the median
    median = (ordered[:, _BLOCK // 2 - 1] + ordered[:, _BLOCK // 2]) * np.float32(0.5)
    level = np.empty(len(swing), np.float32)
    _over_median(swing, median, level)
    return level


@cache
def _taper(length: int) -> Array:
    return np.hanning(length).astype(np.float32)


@cache
def _window() -> Array:
    return np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_N) / _N)).astype(np.float32)


def _whitened(sound: Array) -> Array:
    """The sound between 2 and 15.5 kHz with a flat spectrum in every frame, and without what stands out as a note."""
    window = _window()
    frames = np.lib.stride_tricks.sliding_window_view(sound, _N)[::_HOP]
    halves = np.zeros((len(frames) + 1, _HOP), np.float32)
    for start in range(0, len(frames), _AT_ONCE):
        spectrum = scipy.fft.rfft(frames[start : start + _AT_ONCE] * window, axis=1)
        _flatten(spectrum.view(np.float32), int(_LOWEST_HZ * _N / 44_100), int(_HIGHEST_HZ * _N / 44_100))
        _add_up(scipy.fft.irfft(spectrum, _N, axis=1, overwrite_x=True), window, halves[start:])
    return halves.ravel()


@compiled
def _flatten(spectra: Array, low: int, high: int) -> None:
    """In each spectrum, complex numbers laid out as pairs, what lies from ``low`` to ``high`` is brought to its floor,
    notes and their neighbours to nothing, and so is the rest."""
    bins = high - low
    floor, level, note = np.empty(bins, np.float32), np.empty(bins, np.float32), np.zeros(bins + 2, np.uint8)
    padded = np.empty(bins + 2 * HALF, np.float32)
    middle = padded[HALF : HALF + bins]
    for frame in range(len(spectra)):
        pairs = spectra[frame, 2 * low : 2 * high]
        for k in range(bins):
            level[k] = np.sqrt(pairs[2 * k] * pairs[2 * k] + pairs[2 * k + 1] * pairs[2 * k + 1])
        middle[:] = level
        mirror_ends(padded)
        running_mean(padded, floor)
        for k in range(bins):
            middle[k] = min(level[k], np.float32(_CUT) * floor[k])
        mirror_ends(padded)
        running_mean(padded, floor)
        for k in range(bins):
            note[k + 1] = level[k] > np.float32(_NOTE) * floor[k]
        for k in range(bins):
            kept = np.float32(0 if note[k] | note[k + 1] | note[k + 2] else 1)
            factor = kept / max(floor[k], np.float32(_SIXTEEN_BITS))
            pairs[2 * k] *= factor
            pairs[2 * k + 1] *= factor
        spectra[frame, : 2 * low] = 0
        spectra[frame, 2 * high :] = 0


@compiled
def _add_up(pieces: Array, window: Array, halves: Array) -> None:
    """Windowed frames that overlap by half, added into rows of half a frame."""
    for frame in range(len(pieces)):
        piece, first, second = pieces[frame], halves[frame], halves[frame + 1]
        for k in range(_HOP):
            first[k] += piece[k] * window[k]
            second[k] += piece[_HOP + k] * window[_HOP + k]


@compiled
def _level(sound: Array, taper: Array) -> None:
    """Make of a sound its power over the power of the 1,024 samples around, cut, less the mean, and tapered."""
    count, half = len(sound), _LEVELLED // 2
    power = np.empty(count + _LEVELLED, np.float32)
    for n in range(count):
        power[half + n] = sound[n] * sound[n]
    for n in range(half):
        power[half - 1 - n] = power[half + n]
        power[half + count + n] = power[half + count - 1 - n]
    local = total = 0.0
    for n in range(_LEVELLED):
        local += power[n]
    for n in range(count):
        mean = max(np.float32(local * (1 / _LEVELLED)), np.float32(_HEARD))
        sound[n] = min(power[half + n] / mean, np.float32(_MOST_POWER))
        total += sound[n]
        local += power[n + _LEVELLED] - power[n]
    average = np.float32(total / count)
    for n in range(count):
        sound[n] = (sound[n] - average) * taper[n]


@compiled
def _square(pairs: Array, squares: Array) -> None:
    for k in range(len(squares)):
        squares[k] = pairs[2 * k] * pairs[2 * k] + pairs[2 * k + 1] * pairs[2 * k + 1]


@compiled
def _over_median(swing: Array, median: Array, level: Array) -> None:
    """Each value over the mean that its block's median stands for, cut; the last block serves what is left over."""
    for block in range(len(median)):
        last = len(swing) if block == len(median) - 1 else (block + 1) * _BLOCK
        factor = np.float32(np.log(2.0)) / max(median[block], np.float32(1e-20))
        for k in range(block * _BLOCK, last):
            level[k] = min(swing[k] * factor, np.float32(_MOST))
