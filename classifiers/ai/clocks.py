"""Search of a cyclic spectrum for the clock of a decoder.

The rates at which a decoder's power can swing are a short list (:mod:`classifiers.ai.frame_rates`), each known to a
millionth, and a note, a beat or an old sampler meets one only by chance. The price is that a recording played at
another speed shows nothing here; the comb search sees that one, and asks the swing about the spacing that it found
(`classifiers.ai.agreement`).
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from classifiers.ai.codec_grids import Codec
from classifiers.ai.cyclic import CYCLIC_BIN_HZ, Array
from classifiers.ai.frame_rates import frame_rates_hz, is_harmonic_of_note
from classifiers.ai.guards import Guard
from classifiers.compiled import compiled

Wide = npt.NDArray[np.float64]

_LOWEST_HZ, _HIGHEST_HZ = 1_000.0, 22_050.2
_SLOWEST_HZ, _FASTEST_HZ = 20.0, 4_000.0
_CAP = 6.0
_AROUND = np.linspace(-6e-6, 6e-6, 7)
_MOST_PARTS = 200
_SLOWEST_REPETITION_HZ = 0.5
_STRENGTH_PER_SIGMA = 0.4
_LEAST_Z = 5.0
_STANDS_OUT_Z = 3.0
_BESIDE_BINS = (3, 4, 5, 6)
_LAYER_3_HZ = tuple(rate / 64 for rate in (32_000, 44_100, 48_000))
_LAYER_3_SCORE = 30.0
_NOTE_SCORE = 30.0
_LAYER_3_ANY_SPEED_HZ = (375.0, 940.0)
_LAYER_3_LINES = 9
_LAYER_3_STANDS_OUT = 10.0
_GRANULES_STAND_OUT = 5.0
_CODEC_GRID = {"aac": (2_048, 16, 5.0), "vorbis": (2_048, 16, 33.0), "opus": (960, 8, 5.0)}


CLOCKS_HZ = frame_rates_hz(_SLOWEST_HZ, _FASTEST_HZ)
"""Frame rates that are searched, in Hz."""

_CLOCKS_HZ = np.array(CLOCKS_HZ)


@dataclass(frozen=True)
class Clock:
    """A frame rate at whose multiples the power swings.

    ``z`` is how far the mean over its multiples lies over chance, in standard errors; ``strength`` is what the guards
    left of it, in the units of the comb search: its highest values on recordings by people are as high there as here.
    ``share`` is the share of the stretches in which the clock stands out by itself.
    """

    spacing_hz: float
    z: float
    strength: float
    repetition: float
    codec: float
    lines: int
    expected_lines: int
    share: float


def strongest_clock(stretches: list[Array], codec: Codec, *, without: Guard | None = None) -> Clock | None:
    """The clock that most is left of after the guards; None where there was nothing to look at.

    ``stretches`` are cyclic spectra (:meth:`classifiers.ai.cyclic.CyclicMeter.finish`); their average is searched.
    What lies under five standard errors is far from any answer, and is looked into only where nothing else is there.

    Four guards take off what else draws such lines. *Repetition*: a sound that repeats exactly swings at all multiples
    of its tempo, so what stands between the lines of a clock, down to a bar of two seconds, counts against it, wholly
    from four fifths of the clock's own score on and not at all under 45 %. *Codecs*: the subbands of MPEG Layer III
    swing at multiples of a 64th of the sample rate, whatever the file was copied to since, with sidebands 1/576 of the
    rate apart; the former are left out of every clock. Played at another speed these lines may meet a clock, of which
    every 9th (18th, 27th, 36th) then stands far out, as no decoder's do; that takes as much off. Frames of other codecs
    take off what they may leave: of 41 recordings by people in Vorbis one reached 32 standard errors on their grid, one
    16, and all others stayed under 6. *Notes* that synthesisers hold swing at their own rate: where that is a clock, to
    a hundred-thousandth, as much is taken off. *Broad lines* half a hertz to a hertz beside a clock's own count against
    it as repetition does: notes that start and end draw them. ``without`` leaves one of them out, to see what it does.
    """
    if not stretches:
        return None
    lines = Swing.of(stretches)
    best: Clock | None = None
    for clock_hz, z in lines.scores():
        if best is not None and (z < _LEAST_Z or z * _STRENGTH_PER_SIGMA <= best.strength):
            break
        codecs = without is not Guard.CODEC_GRIDS
        of_codec = _codec_score(codec, clock_hz) if codecs else 0.0
        if codecs and z >= _LEAST_Z and lines.is_layer_3_at_another_speed(clock_hz):
            of_codec = max(of_codec, _LAYER_3_SCORE)
        repeated = lines.repetition(clock_hz) if without is not Guard.REPETITION else 0.0
        broad = max(0.0, lines.beside(clock_hz)) if without is not Guard.BROAD_LINES else 0.0
        left = min(lines.off_grid(clock_hz), lines.off_layer_3_at_another_speed(clock_hz)) if codecs else z
        of_note = _NOTE_SCORE if without is not Guard.HELD_NOTES and is_harmonic_of_note(clock_hz) else 0.0
        left -= repeated * _counted(repeated, z) + broad * _counted(broad, z) + of_codec + of_note
        strength = max(0.0, left) * _STRENGTH_PER_SIGMA
        if best is None or strength > best.strength:
            over, of = lines.standing(clock_hz)
            best = Clock(clock_hz, z, strength, repeated, of_codec, over, of, 1.0)
    if best is None or len(stretches) == 1:
        return best
    alone = [Swing(stretch).score(best.spacing_hz) >= _STANDS_OUT_Z for stretch in stretches]
    return replace(best, share=sum(alone) / len(alone))


def _counted(repeated: float, z: float) -> float:
    """The share of a repetition that is taken off."""
    return min(1.0, max(0.0, (repeated / z - 0.45) / 0.35)) if z > 0 else 0.0


def _codec_score(codec: Codec, clock_hz: float) -> float:
    score = 0.0
    for rate_64th in _LAYER_3_HZ:
        if clock_hz * 18 / rate_64th < 9.5 and _is_multiple(clock_hz, rate_64th / 18):
            score = _LAYER_3_SCORE
    if codec.name in _CODEC_GRID:
        samples, most, taken = _CODEC_GRID[codec.name]
        grid_hz = (48_000 if codec.name == "opus" else codec.rate_hz) / samples
        if _is_multiple(clock_hz, grid_hz) and clock_hz < (most + 0.5) * grid_hz:
            score = max(score, taken)
    return score


def _is_multiple(value: float, of: float) -> bool:
    return abs(value / of - round(value / of)) < 1e-5 * value / of


class Swing:
    """A cyclic spectrum with its highest values cut, asked for means over multiples. Scores are in standard errors.

    ``band_hz`` is where its values are looked at.
    """

    def __init__(self, cyclic: Array, band_hz: tuple[float, float] = (_LOWEST_HZ, _HIGHEST_HZ)) -> None:
        cut = np.minimum(cyclic, np.float32(_CAP))
        self._low_hz, self._high_hz = band_hz
        self._band = (self._low_hz / CYCLIC_BIN_HZ, self._high_hz / CYCLIC_BIN_HZ)
        band = cut[int(self._band[0]) : int(self._band[1]) + 1]
        self._mean, self._std = float(band.mean()), max(1e-6, float(band.std()))
        self._values = np.append(cut, cut[-1:].repeat(3))
        self._granules: dict[float, bool] = {}

    @classmethod
    def of(cls, stretches: list[Array]) -> "Swing":
        """The average of stretches."""
        return cls(np.mean(stretches, axis=0, dtype=np.float32))

    def scores(self) -> list[tuple[float, float]]:
        """Clocks with their z-scores, the highest first."""
        return sorted(zip(CLOCKS_HZ, self.scores_of(_CLOCKS_HZ).tolist(), strict=True), key=lambda item: -item[1])

    def score(self, clock_hz: float) -> float:
        """The z-score of one clock, at the best of seven places within a bin."""
        return float(self.scores_of(np.array([clock_hz]))[0])

    def scores_of(self, clocks_hz: Wide) -> Wide:
        """The z-score of each clock, at the best of seven places within a bin."""
        best: Wide = self.z_of(np.outer(clocks_hz, 1 + _AROUND).ravel()).reshape(-1, len(_AROUND)).max(axis=1)
        return best

    def z_of(self, spacings_hz: Wide) -> Wide:
        """The scores of spacings, without a search around them."""
        return _over_mean(self._values, spacings_hz / CYCLIC_BIN_HZ, *self._band, self._mean) / self._std

    def z_at(self, at_hz: Wide) -> float:
        """The score of places in Hz, of those within the band; 0 without any."""
        at_hz = at_hz[at_hz <= self._high_hz]
        if not len(at_hz):
            return 0.0
        mean = float(self._values[(at_hz / CYCLIC_BIN_HZ + 0.5).astype(np.int64)].mean())
        return (mean - self._mean) / self._std * math.sqrt(len(at_hz))

    def repetition(self, clock_hz: float) -> float:
        """The highest score of the places between the lines, in the standard error of the lines themselves."""
        return float(self._between(clock_hz).max(initial=0.0))

    def beside(self, spacing_hz: float) -> float:
        """The highest score half a hertz to a hertz beside the lines."""
        at = self.positions(spacing_hz)
        return max(self.z_at(at + side * bins * CYCLIC_BIN_HZ) for bins in _BESIDE_BINS for side in (-1, 1))

    def taken_by_repetition(self, clock_hz: float, z: float, slow_hz: float, slow_weight: float) -> float:
        """What repetition takes off a score, as in the clock search; what repeats slower than ``slow_hz`` counts
        wholly and ``slow_weight`` times."""
        between = self._between(clock_hz)
        repeated = float(between.max(initial=0.0))
        slow = float(between[max(0, int(clock_hz / slow_hz) - 1) :].max(initial=0.0))
        return max(repeated * _counted(repeated, z), slow * slow_weight)

    def _between(self, clock_hz: float) -> Wide:
        """For two parts of a clock, three and so on, the score of their places between the lines, in the standard
        error of the lines themselves."""
        parts = min(_MOST_PARTS, int(clock_hz / _SLOWEST_REPETITION_HZ))
        own = math.sqrt((self._high_hz - self._low_hz) / clock_hz)
        between: Wide = _over_mean_between(self._values, clock_hz / CYCLIC_BIN_HZ, parts, *self._band, self._mean)
        return between / self._std * own

    def off_grid(self, clock_hz: float) -> float:
        """The score without the lines that Layer III draws too; 0 where it draws them all."""
        at = self.positions(clock_hz)
        kept = at
        for grid_hz in _LAYER_3_HZ:
            order = kept / grid_hz
            kept = kept[np.abs(order - np.rint(order)) * grid_hz > 2 * CYCLIC_BIN_HZ]
        if not len(kept):
            return 0.0
        scores = []
        for by in _AROUND:
            mean = float(self._values[(kept * (1 + by) / CYCLIC_BIN_HZ + 0.5).astype(np.int64)].mean())
            scores.append((mean - self._mean) / self._std * math.sqrt(len(kept)))
        return max(scores)

    def is_layer_3_at_another_speed(self, clock_hz: float) -> bool:
        """Whether every 9th multiple of a clock (18th, 27th and so on), at a rate that Layer III's subbands have at
        some speed, stands far over those of each coarser division.

        One subband is 18 lines wide. The stages of a decoder divide its frames too, but not by nines.
        """
        at = self.positions(clock_hz)
        order = np.rint(at / clock_hz).astype(np.int64)
        values = self._values[(at / CYCLIC_BIN_HZ + 0.5).astype(np.int64)]
        low, high = (hz / clock_hz / _LAYER_3_LINES for hz in _LAYER_3_ANY_SPEED_HZ)
        for every in range(math.ceil(low) * _LAYER_3_LINES, int(high) * _LAYER_3_LINES + 1, _LAYER_3_LINES):
            on = order % every == 0
            divisors = [parts for parts in range(1, every) if every % parts == 0]
            beside = max(float(values[(order % parts == 0) & ~on].mean()) for parts in divisors)
            over = (float(values[on].mean()) - beside) / self._std * math.sqrt(int(on.sum()))
            if over >= _LAYER_3_STANDS_OUT:
                return True
        return False

    def off_layer_3_at_another_speed(self, clock_hz: float) -> float:
        """The score without the lines that Layer III draws at whatever speed it is played; 0 where it draws them all.

        Its granules are nine times as long as what its subbands come in, so beside every multiple of the subbands' rate
        a ninth of that rate away, on both sides, stands another line, and half-way to the next multiple nothing. No
        decoder is built like that.
        """
        least = self.score(clock_hz)
        low, high = (hz / clock_hz for hz in _LAYER_3_ANY_SPEED_HZ)
        for every in range(math.ceil(low), int(high) + 1):
            if self._has_granules(every * clock_hz):
                at = self.positions(clock_hz)
                order = np.rint(at / clock_hz).astype(np.int64)
                apart = np.minimum(order % every, every - order % every)
                kept = at[apart * _LAYER_3_LINES > every] if every > 1 else at[:0]
                least = min(least, max(0.0, self.z_at(kept)))
        return least

    def _has_granules(self, subband_hz: float) -> bool:
        """Whether the lines at a rate have others a ninth beside them, on both sides, far over those half-way."""
        if subband_hz not in self._granules:
            ninth = subband_hz / _LAYER_3_LINES
            at = self.positions(subband_hz)
            between = max(0.0, *(self.z_at(at + side * 4 * ninth) for side in (-1, 1)))
            self._granules[subband_hz] = all(
                self.z_at(at + side * ninth) - between >= _GRANULES_STAND_OUT for side in (-1, 1)
            )
        return self._granules[subband_hz]

    def standing(self, clock_hz: float) -> tuple[int, int]:
        """Lines that stand over what chance reaches once in twenty, and all of them."""
        at = self.positions(clock_hz)
        values = self._values[(at / CYCLIC_BIN_HZ + 0.5).astype(np.int64)]
        return int((values > self._mean + 2 * self._std).sum()), len(at)

    def positions(self, clock_hz: float) -> Wide:
        """Where the multiples of a clock lie in the band, in Hz."""
        positions: Wide = np.arange(np.ceil(self._low_hz / clock_hz), self._high_hz // clock_hz + 1) * clock_hz
        return positions


@compiled
def _mean(values: Array, step: float, parts: int, low: float, high: float) -> tuple[float, int]:
    """Mean at the multiples of a step, where it is a part of something without those of the whole, and their number.

    Places are counted in 2**-32 of a value, so that one addition leads from a multiple to the next; and they are summed
    in four turns, so that no sum waits for the one before.
    """
    order, end = int(np.ceil(low / step)), int(high / step) + 1
    fixed, point = np.uint64(np.rint(step * 2.0**32)), np.uint64(32)
    place = np.uint64(order) * fixed + np.uint64(2**31)
    a0 = a1 = a2 = a3 = 0.0
    count = 0
    while order < end:
        if parts > 1 and order % parts == 0:
            place += fixed
            order += 1
        stop = min(end, (order // parts + 1) * parts) if parts > 1 else end
        here = max(0, stop - order)
        for _ in range(here // 4):
            p1, p2, p3 = place + fixed, place + fixed + fixed, place + fixed + fixed + fixed
            a0 += values[place >> point]
            a1 += values[p1 >> point]
            a2 += values[p2 >> point]
            a3 += values[p3 >> point]
            place = p3 + fixed
        for _ in range(here % 4):
            a0 += values[place >> point]
            place += fixed
        count += here
        order = stop
    return (((a0 + a1) + (a2 + a3)) / count if count else 0.0), count


@compiled
def _over_mean(values: Array, steps: Wide, low: float, high: float, mean: float) -> Wide:
    """For each step, the mean at its multiples less the mean of all, times the root of how many there are."""
    over = np.zeros(len(steps))
    for at in range(len(steps)):
        here, count = _mean(values, steps[at], 1, low, high)
        over[at] = (here - mean) * np.sqrt(count)
    return over


@compiled
def _over_mean_between(values: Array, step: float, most: int, low: float, high: float, mean: float) -> Wide:
    """For two to ``most`` parts of a step, the mean at the multiples of a part alone less the mean of all."""
    over = np.zeros(max(0, most - 1))
    for parts in range(2, most + 1):
        here, count = _mean(values, step / parts, parts, low, high)
        if count:
            over[parts - 2] = here - mean
    return over
