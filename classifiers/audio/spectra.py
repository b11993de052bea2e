"""The one pass over the sound: mono at the analysis rate, and the power spectra that every feature shares.

Blocks of any size go in; the same frames come out, whatever the block sizes were. Memory is that of a few blocks.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.fft
import soxr

from classifiers.compiled import compiled, compiled_exactly
from classifiers.duplicates import frames as music

Array = npt.NDArray[np.float32]

ANALYSIS_RATE_HZ = 44_100
"""Rate of the mono signal that the fine frames are cut from, in Hz."""

FINE_N_FFT = 32_768
"""Samples per fine frame: bins of 1.35 Hz. A decoder's lines are exactly as far apart as its hop says for as long as
it runs, so that each doubling of the frame lifts them by 3 dB over noise; music does not stand still for longer."""

FINE_HOP = 16_384

FINE_THINNED_FROM = 120
"""From the 45th second on, fine frames no longer overlap: by then every average is settled, and half the work is
saved on a whole track."""

TEXTURE_N_FFT = 16_384
TEXTURE_HOP = 24_576
"""Frames of 0.37 s every 0.56 s, and half as many from the 58th second on."""

TEXTURE_THINNED_FROM = 104

ONSET_RATE_HZ = music.RATE_HZ
ONSET_N_FFT = 1_024
ONSET_HOP = 512
"""Frames of 93 ms every 46 ms, fast enough for the beat."""


_VECTOR = 4
_AT_ONCE = 65_536
"""Samples that are transformed in one call: several frames, which fill the processor's vector registers and take half
the time of each alone, and few enough to stay in its cache."""


def fine_places(first: int, count: int) -> npt.NDArray[np.int64]:
    """How many hops of `FINE_HOP` lie before each of ``count`` consecutive fine frames."""
    frames = np.arange(first, first + count)
    return frames + np.maximum(0, frames - FINE_THINNED_FROM)


def downmix(planar: Array) -> Array:
    """Mono from ``(channels, frames)``, with unequal weights of sum 1 that fall from the first channel on.

    0.6 and 0.4 for stereo: with equal weights a mono recording whose second channel was inverted would vanish, and
    with it every trace of where it came from.
    """
    mixed = np.empty(planar.shape[1], np.float32)
    _mix(planar, _mix_weights(len(planar)), mixed)
    return mixed


@cache
def _mix_weights(channels: int) -> Array:
    weights = np.linspace(0.6, 0.4, channels).astype(np.float32)
    return weights / weights.sum() if channels > 1 else np.ones(1, np.float32)


@compiled_exactly
def _mix(planar: Array, weights: Array, mixed: Array) -> None:
    if len(planar) == 2:
        for n in range(len(mixed)):
            mixed[n] = planar[0, n] * weights[0] + planar[1, n] * weights[1]
        return
    mixed[:] = 0.0
    for channel in range(len(planar)):
        samples, weight = planar[channel], weights[channel]
        for n in range(len(mixed)):
            mixed[n] += samples[n] * weight


class Resampler:
    """Streaming sample-rate conversion of a mono signal (soxr, high quality); the signal itself at equal rates."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = None if from_hz == to_hz else soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32")

    def feed(self, mono: Array, *, last: bool = False) -> Array:
        if self._stream is None:
            return mono
        resampled: Array = self._stream.resample_chunk(mono, last=last)
        return resampled


class PowerFrames:
    """Cuts a signal into Hann-windowed frames and gives their power spectra, ``|rfft|**2`` as float32.

    Frame k covers samples ``k * hop`` to ``k * hop + n_fft``; there is no padding at the start, and what is left over
    at the end is dropped, except that a signal shorter than one frame is padded with zeros to one. From frame
    ``thinned_from``, a multiple of ``batch``, the hop is twice as long.
    """

    def __init__(self, n_fft: int, hop: int, batch: int = 8, *, thinned_from: int | None = None) -> None:
        self.n_fft, self.hop, self._batch = n_fft, hop, batch
        self._thinned_from = thinned_from
        phase = 2 * np.pi * np.arange(n_fft) / n_fft
        self._window = (0.5 - 0.5 * np.cos(phase)).astype(np.float32)
        self._at_once = max(_VECTOR, _AT_ONCE // n_fft)
        self._windowed = np.empty((self._at_once, n_fft), np.float32)
        self._samples = np.empty(0, np.float32)
        self._held = self._skip = 0
        self.count = 0

    def feed(self, mono: Array) -> Iterator[Array]:
        """Power of the frames of all batches that are complete now, each of shape ``(batch, n_fft // 2 + 1)``."""
        self._hold(mono[self._skip :])
        self._skip = max(0, self._skip - len(mono))
        at = 0
        while self._complete(self._held - at) >= self._batch:
            yield self._power(self._samples[at : self._held], self._batch)
            at += self._batch * self.hop
            self.count += self._batch
            if self.count == self._thinned_from:
                self.hop *= 2
        self._skip += max(0, at - self._held)
        left = max(0, self._held - at)
        if at and left:
            self._samples[:left] = self._samples[self._held - left : self._held]
        self._held = left

    def finish(self) -> Iterator[Array]:
        """The frames of the last, shorter batch, or the padded frame of a signal that was too short for one."""
        if self.count == 0 and 0 < self._held < self.n_fft:
            self._hold(np.zeros(self.n_fft - self._held, np.float32))
        if left := self._complete(self._held):
            yield self._power(self._samples[: self._held], left)
            self.count += left

    def _hold(self, mono: Array) -> None:
        """Keep samples behind those that wait for the rest of their batch. Each is copied twice at most."""
        held = self._held + len(mono)
        if held > len(self._samples):
            samples = np.empty(held + held // 2, np.float32)
            samples[: self._held] = self._samples[: self._held]
            self._samples = samples
        self._samples[self._held : held] = mono
        self._held = held

    def _complete(self, samples: int) -> int:
        """Frames in so many samples."""
        return max(0, (samples - self.n_fft) // self.hop + 1)

    def _power(self, signal: Array, count: int) -> Array:
        """Power of the first ``count`` frames of a signal."""
        step = signal.strides[0]
        frames: Array = np.ndarray((count, self.n_fft), np.float32, signal, strides=(self.hop * step, step))
        power = np.empty((count, self.n_fft // 2 + 1), np.float32)
        for start in range(0, count, self._at_once):
            some = frames[start : start + self._at_once]
            windowed = np.multiply(some, self._window, out=self._windowed[: len(some)])
            spectrum = scipy.fft.rfft(windowed, axis=1)
            _square(spectrum.view(np.float32), power[start : start + self._at_once])
        return power


@compiled
def _square(spectrum: Array, power: Array) -> None:
    """Squared magnitude of complex numbers that are laid out as pairs of real ones."""
    for frame in range(len(power)):
        pairs, squares = spectrum[frame], power[frame]
        for k in range(len(squares)):
            squares[k] = pairs[2 * k] * pairs[2 * k] + pairs[2 * k + 1] * pairs[2 * k + 1]
