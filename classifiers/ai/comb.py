"""Search for equally spaced lines of any spacing in an average spectrum.

For a spacing f the values at all multiples of f in the band are averaged; in a spectrum without such lines their sum
is normal, which makes the result a z-score. A line is one bin wide (1.35 Hz), so at 16 kHz a spacing must be right to
0.005 %: the search takes 57,565 steps from 15 to 1,500 Hz, and finer ones around what it finds. A change of playing
speed moves the spacing and nothing else, so it needs no search of its own.
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from classifiers.ai.residue import BIN_HZ, Array
from classifiers.compiled import compiled

Wide = npt.NDArray[np.float64]
Scores = TypeVar("Scores", float, Wide)

LOWEST_HZ = 1_000.0
"""Lines are looked for from here upwards; under it the music is too dense."""

HIGHEST_HZ = 16_000.0

_STEP = 8e-5
_APART = 5e-4
_PER_BIN = 4
_CLIP_DB = 3.0
_WIDTH = 41
_EDGE_BINS = 30

SPACINGS_HZ: Wide = np.exp(np.arange(np.log(15.0), np.log(1500.0), _STEP))
"""The spacings that are searched, in Hz: each by 0.008 % larger than the one before."""


def flattened(mean: Array, clip: float = _CLIP_DB) -> Array:
    """An average with its slow course removed and its outliers cut, so that no single peak carries a comb."""
    cut = np.clip(mean, -clip, clip)
    flat: Array = cut - uniform_filter1d(cut, _WIDTH)
    return flat


def upper_edge_hz(level_db: Array) -> float:
    """Where the band that holds energy ends, in Hz: 75 dB under its strong parts, and 100 Hz less for the slope."""
    smooth = uniform_filter1d(level_db, _EDGE_BINS)
    strong = np.quantile(smooth[int(200 / BIN_HZ) : int(HIGHEST_HZ / BIN_HZ)], 0.95)
    over = np.flatnonzero(smooth > max(strong - 75.0, -47.0))
    return min(HIGHEST_HZ, float(over[-1]) * BIN_HZ - 100.0) if len(over) else 0.0


class Lines:
    """A flattened average between two frequencies, asked for combs."""

    def __init__(self, flat: Array, low_hz: float, high_hz: float) -> None:
        self.low_hz, self.high_hz = low_hz, high_hz
        band = flat[int(np.ceil(low_hz / BIN_HZ)) : int(high_hz / BIN_HZ) + 1]
        self._mean, self._std = (float(band.mean()), float(band.std())) if len(band) else (0.0, 0.0)
        positions = np.arange((len(flat) - 1) * _PER_BIN + 1) / _PER_BIN
        self._fine = np.interp(positions, np.arange(len(flat)), flat).astype(np.float32)

    def orders(self, spacing_hz: float, phase: float = 0.0) -> npt.NDArray[np.int64]:
        """Numbers k of the lines at ``(k + phase) * spacing_hz`` within the band."""
        first = int(np.ceil(self.low_hz / spacing_hz - phase))
        last = int(np.floor(self.high_hz / spacing_hz - phase))
        return np.arange(first, last + 1)

    def values(self, spacing_hz: float, phase: float = 0.0) -> Array:
        """What stands at the lines, in dB."""
        at = (self.orders(spacing_hz, phase) + phase) * (spacing_hz * _PER_BIN / BIN_HZ)
        values: Array = self._fine[np.rint(at).astype(np.int64)]
        return values

    def z(self, spacing_hz: float, phase: float = 0.0) -> float:
        """How far the mean over the lines lies over that of the band, in standard errors; 0 without lines."""
        values = self.values(spacing_hz, phase)
        return self.z_of_mean(float(values.mean()), len(values)) if len(values) else 0.0

    def between(self, spacing_hz: float, most: int) -> Wide:
        """What a spacing of a half, a third, down to ``most`` parts would add, as z-scores of as many lines.

        Each is the mean at the parts over what stands half-way between them: a broad foot of the lines is no line.
        """
        if most < 2 or self._std <= 0:
            return np.zeros(0)
        points = _PER_BIN / BIN_HZ
        at, beside = _between(self._fine, self.low_hz * points, self.high_hz * points, spacing_hz * points, most)
        count = len(self.orders(spacing_hz))
        z: Wide = (at - np.maximum(beside, self._mean)) / self._std * count**0.5
        return z

    def z_of_mean(self, mean: Scores, count: Scores) -> Scores:
        """The same from the mean over so many lines; 0 where nothing in the band differs from anything else."""
        return (mean - self._mean) / self._std * count**0.5 if self._std > 0 else 0 * mean


def scan(one: Lines, other: Lines, spacings_hz: Wide = SPACINGS_HZ) -> tuple[Array, Array]:
    """z-scores of all these spacings in two averages over one band. Their lines are looked up together."""
    points = _PER_BIN / BIN_HZ
    means, counts = _means(spacings_hz * points, one.low_hz * points, one.high_hz * points, one._fine, other._fine)
    z_one, z_other = one.z_of_mean(means[0], counts), other.z_of_mean(means[1], counts)
    return z_one.astype(np.float32), z_other.astype(np.float32)


@compiled
def _means(steps: Wide, low: float, high: float, one: Array, other: Array) -> tuple[Wide, Wide]:
    """Means of two spectra over the multiples of each step from low to high, shape ``(2, steps)``, and their numbers.

    All in units of the spectra's own points. Places are counted in 2**-32 of a point, in whole numbers, so that one
    addition leads from a multiple to the next; and they are summed in four turns, so that no sum waits for the one
    before.
    """
    means, counts = np.zeros((2, len(steps))), np.zeros(len(steps))
    pairs = np.empty((len(one), 2), np.float32)
    pairs[:, 0], pairs[:, 1] = one, other
    point = np.uint64(32)
    for at in range(len(steps)):
        first, last = int(np.ceil(low / steps[at])), int(high / steps[at])
        if last < first:
            continue
        step = np.uint64(np.rint(steps[at] * 2.0**32))
        place = np.uint64(first) * step + np.uint64(2**31)
        a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = np.float32(0.0)
        lines = last - first + 1
        for _ in range(lines // 4):
            p0, p1, p2, p3 = place, place + step, place + step + step, place + step + step + step
            place = p3 + step
            a0 += pairs[p0 >> point, 0]
            b0 += pairs[p0 >> point, 1]
            a1 += pairs[p1 >> point, 0]
            b1 += pairs[p1 >> point, 1]
            a2 += pairs[p2 >> point, 0]
            b2 += pairs[p2 >> point, 1]
            a3 += pairs[p3 >> point, 0]
            b3 += pairs[p3 >> point, 1]
        for _ in range(lines % 4):
            a0 += pairs[place >> point, 0]
            b0 += pairs[place >> point, 1]
            place += step
        counts[at] = lines
        means[0, at] = ((a0 + a1) + (a2 + a3)) / lines
        means[1, at] = ((b0 + b1) + (b2 + b3)) / lines
    return means, counts


@compiled
def _between(values: Array, low: float, high: float, step: float, most: int) -> tuple[Wide, Wide]:
    """For two to ``most`` parts of a step, the mean at the multiples of a part that are no multiples of the step, and
    the mean half-way between them, next to the step itself only for two parts."""
    at, beside = np.zeros(most - 1), np.zeros(most - 1)
    for parts in range(2, most + 1):
        total, count = 0.0, 0
        half_total, half_count = 0.0, 0
        for doubled in range(1, 2 * parts):
            phase = doubled / (2 * parts)
            if doubled % 2 == 1 and parts > 2 and (doubled == 1 or doubled == 2 * parts - 1):
                continue
            for order in range(int(np.ceil(low / step - phase)), int(np.floor(high / step - phase)) + 1):
                value = values[int((order + phase) * step + 0.5)]
                if doubled % 2 == 0:
                    total += value
                    count += 1
                else:
                    half_total += value
                    half_count += 1
        at[parts - 2] = total / max(1, count)
        beside[parts - 2] = half_total / max(1, half_count)
    return at, beside


def peaks(scores: Array, count: int) -> list[float]:
    """Spacings in Hz of the highest scores, highest first, at least 0.05 % apart."""
    left = scores.copy()
    found = []
    apart = int(_APART / _STEP)
    for _ in range(count):
        best = int(left.argmax())
        if left[best] <= 0:
            break
        found.append(float(SPACINGS_HZ[best]))
        left[max(0, best - apart) : best + apart + 1] = 0
    return found


def _ratios() -> Wide:
    simple = {p / q for p in range(1, 41) for q in range(1, 13) if np.gcd(p, q) == 1}
    logs: Wide = np.log(np.array(sorted(simple)))
    return logs


_SIMPLE_RATIOS = _ratios()
_LOG_SPACINGS = np.log(SPACINGS_HZ)


def rival(scores: Array, spacing_hz: float, parts: int = 1, within: float = 6e-4) -> float:
    """The highest score of a spacing that has nothing to do with this one.

    Spacings in a simple ratio share lines and are left out, and so are, where something repeats at one of ``parts``
    parts of the spacing, all multiples of that part. What is left tells how high mere chance reaches in this
    recording: about 4 where the floor is noise; more where several notes leave harmonics, or where the lines are so
    broad (a played string, a voice) that neighbouring spacings fit as well.
    """
    centres = np.log(spacing_hz) + _SIMPLE_RATIOS
    if parts > 1:
        slowest = spacing_hz / parts
        multiples = np.arange(1, int(SPACINGS_HZ[-1] / slowest) + 1)
        centres = np.concatenate([centres, np.log(slowest * multiples)])
    starts = np.searchsorted(_LOG_SPACINGS, centres - within)
    stops = np.searchsorted(_LOG_SPACINGS, centres + within)
    return float(_highest_outside(scores, starts, stops))


@compiled
def _highest_outside(scores: Array, starts: npt.NDArray[np.int64], stops: npt.NDArray[np.int64]) -> float:
    """The highest score that lies in none of the stretches, at least 0."""
    left = scores.copy()
    for stretch in range(len(starts)):
        left[starts[stretch] : stops[stretch]] = 0.0
    highest = np.float32(0.0)
    for score in left:
        highest = max(highest, score)
    return float(highest)
