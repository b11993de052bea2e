"""Integrated loudness and silence, measured while the sound passes by.

ITU-R BS.1770-5: K-weighting, mean square in blocks of 400 ms every 100 ms, an absolute gate at -70 LUFS and a relative
gate 10 LU under the loudness of what the first gate leaves.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex64]

SILENCE_DBFS = -60.0
"""RMS under which 100 ms count as silent, over all channels."""

_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_STEPS_PER_BLOCK = 4


def k_weighting(rate_hz: int) -> tuple[Wide, Wide]:
    """Coefficients ``(b, a)`` of the K filter as one fourth-order section, for any sample rate.

    BS.1770 gives them for 48 kHz alone; the analogue prototypes behind them (a high shelf of +4 dB at 1,682 Hz and a
    high pass at 38 Hz) are put through the bilinear transform for other rates, which returns the standard's own
    coefficients at 48 kHz. At low rates the shelf lies over the Nyquist frequency and is left out.
    """
    b, a = np.ones(1), np.ones(1)
    frequency, gain_db, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    if frequency < 0.4 * rate_hz:
        k = np.tan(np.pi * frequency / rate_hz)
        high = 10 ** (gain_db / 20)
        band = high**0.4996667741545416
        b = np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k])
        a = np.array([1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k])
        b, a = b / a[0], a / a[0]
    frequency, q = 38.13547087602444, 0.5003270373238773
    k = np.tan(np.pi * frequency / rate_hz)
    low = np.array([1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k])
    return np.convolve(b, [1.0, -2.0, 1.0]), np.convolve(a, low / low[0])


class _BlockFilter:
    """A recursive filter on rows of equal length as two matrix products: several times faster than sample by sample.

    Within a row the output is the input times a triangular matrix of the impulse response, plus the response to the
    filter's state at the start of the row. From row to row each mode of the state (one for each pair of conjugate
    poles) follows a recursion of one complex number, which is done in the same way: over the rows of a step, then over
    the steps.
    """

    def __init__(self, b: Wide, a: Wide, length: int, rows: int, channels: int) -> None:
        order = len(a) - 1
        advance = np.zeros((order, order))
        advance[:, 0] = -a[1:]
        advance[:-1, 1:] += np.eye(order - 1)
        powers = [np.eye(order)]
        for _ in range(length):
            powers.append(powers[-1] @ advance)
        enter = b[1:] - a[1:] * b[0]
        out = np.array([power[0] for power in powers[:length]])  # what the state adds to each output of a row
        into = np.array([powers[length - 1 - n] @ enter for n in range(length)])  # what each input adds to the state
        values, vectors = np.linalg.eig(advance)
        kept = np.flatnonzero(values.imag >= 0)
        twice = np.where(values[kept].imag > 0, 2.0, 1.0)
        entering = (into @ np.linalg.inv(vectors).T)[:, kept]
        leaving = ((out @ vectors)[:, kept] * twice).T
        impulse = np.array([b[0], *(out[:-1] @ enter)])
        lag = np.subtract.outer(np.arange(length), np.arange(length))
        self._direct = np.ascontiguousarray(np.where(lag >= 0, impulse[np.abs(lag)], 0.0).T, np.float32)
        self._in = np.ascontiguousarray(np.hstack([entering.real, entering.imag]), np.float32)
        self._out = np.vstack([leaving.real, -leaving.imag]).astype(np.float32)
        self._rows = rows
        self._modes = values[kept, None, None] ** length
        self._within = _running_sums(self._modes, rows)
        self._decay: Complex = _without_traces(self._modes[:, 0] ** np.arange(rows))[:, None, None]
        self._across: dict[int, tuple[Complex, Complex]] = {}
        self._state = np.zeros((len(kept), channels, 1), np.complex64)
        self._filtered = self._of_state = np.empty((0, length), np.float32)

    def feed(self, rows: Array) -> Array:
        """Filtered rows of shape ``(channels, rows, length)``, to be read before the next call; the state is kept."""
        flat = rows.reshape(-1, rows.shape[2])
        modes, channels, _ = self._state.shape
        entering = np.ascontiguousarray((flat @ self._in).T)
        into = entering[:modes] + np.complex64(1j) * entering[modes:]
        before = self._before(into.reshape(modes, channels, -1, self._rows)).reshape(modes, -1)
        states = np.empty((2 * modes, len(flat)), np.float32)
        states[:modes], states[modes:] = before.real, before.imag
        if len(self._filtered) < len(flat):
            self._filtered, self._of_state = np.empty((2, *flat.shape), np.float32)
        filtered, of_state = self._filtered[: len(flat)], self._of_state[: len(flat)]
        np.matmul(flat, self._direct, out=filtered)
        filtered += np.matmul(states.T, self._out, out=of_state)
        return filtered.reshape(rows.shape)

    def _before(self, into: Complex) -> Complex:
        """The state before each row, from what enters it in each: both ``(modes, channels, steps, rows)``."""
        steps = into.shape[2]
        if steps not in self._across:
            of_step = self._modes**self._rows
            self._across[steps] = _running_sums(of_step, steps), _without_traces(of_step[:, 0] ** np.arange(steps + 1))
        sums, decay = self._across[steps]
        path: Complex = into.reshape(len(into), -1, self._rows) @ self._within
        path = path.reshape(*into.shape[:3], self._rows + 1)
        starts = path[..., -1] @ sums
        starts += self._state * decay[:, None]
        self._state = starts[..., -1:].copy()
        before = path[..., :-1]
        before += starts[..., :-1, None] * self._decay
        return before


def _running_sums(modes: npt.NDArray[np.complex128], count: int) -> Complex:
    """For each mode the matrix that turns ``count`` inputs into ``count + 1`` states, from nothing on."""
    exponents = np.arange(count + 1) - np.arange(1, count + 1)[:, None]
    return _without_traces(np.where(exponents >= 0, modes ** np.maximum(exponents, 0), 0.0))


def _without_traces(values: npt.NDArray[Any]) -> Complex:
    """Single precision, with zero for what is too small to matter: denormal numbers take ten times as long."""
    return np.where(np.abs(values) > 1e-12, values, 0.0).astype(np.complex64)


def _row_length(rate_hz: int) -> tuple[int, int]:
    """Samples a row and rows a step of 100 ms, as near to 100 ms as rows of 48 to 96 samples allow."""
    step = rate_hz / 10
    length = min(range(48, 97), key=lambda n: (abs(round(step / n) * n - step), abs(n - 64)))
    return length, max(1, round(step / length))


class Loudness:
    """Integrated loudness and the share of silence of a stream of blocks of shape ``(channels, frames)``."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._length, self._rows = _row_length(rate_hz)
        self._filter = _BlockFilter(*k_weighting(rate_hz), self._length, self._rows, channels)
        self._weights = np.array(channel_weights(channels))
        self._rest = np.zeros((channels, 0), np.float32)
        self._weighted: list[Wide] = []
        self._plain: list[Wide] = []

    def feed(self, planar: Array) -> None:
        signal = np.concatenate([self._rest, planar], axis=1) if self._rest.size else planar
        step = self._length * self._rows
        whole = signal.shape[1] // step * step
        self._rest = signal[:, whole:].copy()
        if whole:
            self._measure(np.ascontiguousarray(signal[:, :whole]))

    def _measure(self, signal: Array) -> None:
        rows = signal.reshape(len(signal), -1, self._length)
        step = self._length * self._rows
        self._plain.append(_mean_squares(rows, step).mean(axis=0))
        self._weighted.append(self._weights @ _mean_squares(self._filter.feed(rows), step))

    def finish(self) -> tuple[float | None, float]:
        """Integrated loudness in LUFS (None where nothing passes the gate) and the share of silence, 0-1."""
        if self._rest.size and not self._weighted:  # shorter than one step
            missing = self._length * self._rows - self._rest.shape[1]
            self._measure(np.pad(self._rest, ((0, 0), (0, missing))))
        if not self._weighted:
            return None, 1.0
        plain = np.concatenate(self._plain)
        silent = float(np.mean(plain < 10 ** (SILENCE_DBFS / 10)))
        return integrated(np.concatenate(self._weighted)), silent


def _mean_squares(rows: Array, step: int) -> Wide:
    """Mean square of every ``step`` samples, shape ``(channels, steps)``."""
    steps = rows.reshape(len(rows), -1, step)
    squares: Wide = np.einsum("ijk,ijk->ij", steps, steps).astype(np.float64)
    return squares / step


def channel_weights(channels: int) -> list[float]:
    """BS.1770 weights in the usual order: surround channels of 5.1 and 7.1 count 1.41, the LFE channel nothing."""
    if channels >= 6:
        return [1.0, 1.0, 1.0, 0.0, *([1.41] * (channels - 4))]
    return [1.0] * min(channels, 3) + [1.41] * (channels - 3)


def integrated(steps: Wide) -> float | None:
    """Gated loudness in LUFS of K-weighted mean squares of 100 ms each, summed over channels.

    A recording shorter than one block of 400 ms is measured as one block.
    """
    count = min(_STEPS_PER_BLOCK, len(steps))
    blocks = np.convolve(steps, np.full(count, 1 / count), "valid")
    loud = blocks[blocks > 10 ** ((_ABSOLUTE_GATE_LUFS + 0.691) / 10)]
    if not len(loud):
        return None
    gated = loud[loud > float(loud.mean()) * 10 ** (_RELATIVE_GATE_LU / 10)]
    return float(-0.691 + 10 * np.log10(gated.mean()))
