"""Integrated loudness and silence, measured while the sound passes by.

ITU-R BS.1770-5: K-weighting, mean square in blocks of 400 ms every 100 ms, an absolute gate at -70 LUFS and a relative
gate 10 LU under the loudness of what the first gate leaves.
"""

import numpy as np
import numpy.typing as npt

from classifiers.compiled import compiled

Array = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]

SILENCE_DBFS = -60.0
"""RMS under which 100 ms count as silent, over all channels."""

_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_STEPS_PER_BLOCK = 4
_INAUDIBLE = 1e-24
"""Sum of squares in a step, 240 dB under full scale, that ends the filter's memory."""


def k_weighting(rate_hz: int) -> Wide:
    """The K filter for any sample rate as two second-order sections ``b0, b1, b2, a1, a2``, shape ``(2, 5)``.

    BS.1770 gives them for 48 kHz alone; the analogue prototypes behind them (a high shelf of +4 dB at 1,682 Hz and a
    high pass at 38 Hz) are put through the bilinear transform for other rates, which returns the standard's own
    coefficients at 48 kHz. At low rates the shelf lies over the Nyquist frequency and is left out.
    """
    shelf = [1.0, 0.0, 0.0, 0.0, 0.0]
    frequency, gain_db, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    if frequency < 0.4 * rate_hz:
        k = np.tan(np.pi * frequency / rate_hz)
        high = 10 ** (gain_db / 20)
        band = high**0.4996667741545416
        b = np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k])
        shelf = [*(b / (1 + k / q + k * k)), *_poles(k, q)]
    frequency, q = 38.13547087602444, 0.5003270373238773
    return np.array([shelf, [1.0, -2.0, 1.0, *_poles(np.tan(np.pi * frequency / rate_hz), q)]])


def _poles(k: float, q: float) -> tuple[float, float]:
    first = 1 + k / q + k * k
    return 2 * (k * k - 1) / first, (1 - k / q + k * k) / first


@compiled
def _energies(planar: Array, step: int, sections: Wide, states: Wide, plain: Wide, weighted: Wide) -> None:
    """Sum of squares of every ``step`` samples of each channel, as they are and through the filter.

    Args:
        planar: samples, shape ``(channels, steps * step)``.
        sections: as of :func:`k_weighting`.
        states: what the filter remembers, shape ``(channels, 4)``; carried on. (Transposed direct form II.)
        plain, weighted: the results, shape ``(channels, steps)``.

    Two channels at a time: each sample waits for the one before, and the other channel's fills the wait. The high
    pass adds its input once, takes it off twice and adds it once: nothing to multiply.
    """
    channels, frames = planar.shape
    b0, b1, b2, a1, a2 = sections[0]
    c1, c2 = sections[1, 3], sections[1, 4]
    for one in range(0, channels, 2):
        two = min(one + 1, channels - 1)
        left, right = planar[one], planar[two]
        p1, p2, q1, q2 = states[one]
        r1, r2, s1, s2 = states[two]
        for at in range(frames // step):
            sum_x = sum_y = sum_u = sum_v = 0.0
            samples, others = left[at * step : (at + 1) * step], right[at * step : (at + 1) * step]
            for n in range(step):
                x, u = np.float64(samples[n]), np.float64(others[n])
                sum_x += x * x
                sum_u += u * u
                y = b0 * x + p1
                v = b0 * u + r1
                p1 = (b1 * x + p2) - a1 * y
                r1 = (b1 * u + r2) - a1 * v
                p2 = b2 * x - a2 * y
                r2 = b2 * u - a2 * v
                x = y + q1
                u = v + s1
                q1 = (q2 - 2 * y) - c1 * x
                s1 = (s2 - 2 * v) - c1 * u
                q2 = y - c2 * x
                s2 = v - c2 * u
                sum_y += x * x
                sum_v += u * u
            plain[one, at], weighted[one, at] = sum_x, sum_y
            plain[two, at], weighted[two, at] = sum_u, sum_v
            if sum_y + sum_v < _INAUDIBLE:  # numbers near zero take a hundred times as long
                p1 = p2 = q1 = q2 = r1 = r2 = s1 = s2 = 0.0
        states[one, 0], states[one, 1], states[one, 2], states[one, 3] = p1, p2, q1, q2
        states[two, 0], states[two, 1], states[two, 2], states[two, 3] = r1, r2, s1, s2


class Loudness:
    """Integrated loudness and the share of silence of a stream of blocks of shape ``(channels, frames)``."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._step = round(rate_hz / 10)
        self._sections = k_weighting(rate_hz)
        self._states = np.zeros((channels, 4))
        self._channel_weights = np.array(channel_weights(channels))
        self._rest = np.zeros((channels, 0), np.float32)
        self._weighted: list[Wide] = []
        self._plain: list[Wide] = []

    def feed(self, planar: Array) -> None:
        signal = np.concatenate([self._rest, planar], axis=1) if self._rest.size else planar
        whole = signal.shape[1] // self._step * self._step
        self._rest = signal[:, whole:].copy()
        if whole:
            self._measure(signal[:, :whole])

    def _measure(self, signal: Array) -> None:
        plain, weighted = np.empty((2, len(signal), signal.shape[1] // self._step))
        _energies(np.ascontiguousarray(signal), self._step, self._sections, self._states, plain, weighted)
        self._plain.append(plain)
        self._weighted.append(weighted)

    def finish(self) -> tuple[float | None, float]:
        """Integrated loudness in LUFS (None where nothing passes the gate) and the share of silence, 0-1."""
        if self._rest.size and not self._weighted:  # shorter than one step
            self._measure(np.pad(self._rest, ((0, 0), (0, self._step - self._rest.shape[1]))))
        if not self._weighted:
            return None, 1.0
        plain = np.concatenate(self._plain, axis=1).mean(axis=0) / self._step
        silent = float(np.mean(plain < 10 ** (SILENCE_DBFS / 10)))
        return integrated(self._channel_weights @ np.concatenate(self._weighted, axis=1) / self._step), silent


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
