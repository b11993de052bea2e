"""Codes of the index: four peaks seen from the first of them.

A code is made of the anchor's pitch in semitones and the steps in semitones and in fifths of a second from it to three
of the next eight peaks. It holds over changes of some 2 % in speed and a quarter of a semitone; for changes further
away a query is asked again with its times scaled and its pitches moved. Four peaks with a pitch are as good as unique
among the codes that a catalogue keeps, while among 56 quadruples per anchor enough survive damage.

Quads: Sonnleitner and Widmer, "Robust Quad-Based Audio Fingerprinting", IEEE/ACM TASLP 24(3), 2016.
Min-wise sampling: Broder, "On the resemblance and containment of documents", 1997.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from classifiers.compiled import compiled_exactly
from classifiers.duplicates.peaks import PITCH_STEPS_PER_SEMITONE, TIME_STEP_S, Peaks

Places = NDArray[np.int64]

NEIGHBOURS = 8
FARTHEST_S = 1.6
NEAREST_S = 0.09
WIDEST_SEMITONES = 18
SEMITONES_PER_STEP = 2 / 3
SECONDS_PER_STEP = 0.2
CODE_BITS = 31
"""Codes fit a signed 32-bit column."""

_KEPT_PEAKS = 12_000
_LOOK_AHEAD = 32
_CHUNK = 4_096
_FACTOR, _SHIFT, _ABOVE_ZERO = np.uint64(0x9E3779B97F4A7C15), np.uint64(29), 512
_CODE_SHIFT = np.uint64(64 - CODE_BITS)


@dataclass(frozen=True)
class Hypothesis:
    """How a query may have been changed: played `scale` times as fast, and sounding `pitch` semitones higher."""

    scale: float = 1.0
    pitch: float = 0.0


UNCHANGED = Hypothesis()


@dataclass(frozen=True)
class Quads:
    """Quadruples of peaks, in order of a rank that their intervals alone decide.

    As rank knows neither speed nor pitch nor place, the lowest ranks are the same choice in a recording, in a piece of
    it and in a copy at another speed; a query chooses once for all hypotheses.
    """

    seconds: NDArray[np.float32]
    """Steps in time from anchor to first, first to second, second to third: (3, quads)."""
    toned: NDArray[np.uint64]
    """Hash of the three intervals: the rank."""
    time: NDArray[np.int32]
    pitch: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.toned)

    @classmethod
    def none(cls) -> "Quads":
        nothing = np.empty((3, 0), np.float32), np.empty(0, np.uint64), np.empty(0, np.int32), np.empty(0, np.int16)
        return cls(*nothing)

    @classmethod
    def of(cls, peaks: Peaks, start: int, end: int) -> "Quads":
        """Quadruples whose anchors are the peaks `start` to `end`, in no order."""
        near, many = np.empty((end - start, NEIGHBOURS), np.int64), np.empty(end - start, np.int64)
        count = _look_ahead(peaks.time, peaks.pitch, start, near, many)
        seconds, toned = np.empty((3, count), np.float32), np.empty(count, np.uint64)
        time, pitch = np.empty(count, np.int32), np.empty(count, np.int16)
        _draw(peaks.time, peaks.pitch, start, near, many, seconds, toned, time, pitch)
        return cls(seconds, toned, time, pitch)

    @classmethod
    def joined(cls, one: "Quads", other: "Quads") -> "Quads":
        return cls(
            np.concatenate([one.seconds, other.seconds], axis=1),
            np.concatenate([one.toned, other.toned]),
            np.concatenate([one.time, other.time]),
            np.concatenate([one.pitch, other.pitch]),
        )

    def first(self, count: int) -> "Quads":
        """The `count` quadruples of lowest rank, in order of rank and then of place."""
        keep = np.arange(len(self))
        if count < len(self):
            keep = np.flatnonzero(self.toned <= np.partition(self.toned, count)[count])
        return self.at(keep[np.argsort(self.toned[keep], kind="stable")][:count])

    def at(self, places: NDArray[np.int64]) -> "Quads":
        """The quadruples at these places."""
        return Quads(self.seconds[:, places], self.toned[places], self.time[places], self.pitch[places])

    def codes(self, hypothesis: Hypothesis) -> NDArray[np.uint32]:
        """Codes of the index: intervals, steps in time and the anchor's own pitch, as the original would have them."""
        codes = np.empty(len(self), np.uint32)
        _code(self._timed(hypothesis.scale), self.pitch, hypothesis.pitch, codes)
        return codes

    def relative_codes(self, scale: float) -> NDArray[np.uint32]:
        """The same without the anchor's pitch, for finding the pitch itself."""
        codes = np.empty(len(self), np.uint32)
        _code_alone(self._timed(scale), codes)
        return codes

    def _timed(self, scale: float) -> NDArray[np.uint64]:
        value = np.empty(len(self), np.uint64)
        _timed(self.seconds, self.toned, np.float32(scale / SECONDS_PER_STEP), value)
        return value


@compiled_exactly
def _timed(
    seconds: NDArray[np.float32], toned: NDArray[np.uint64], rate: np.float32, value: NDArray[np.uint64]
) -> None:
    """The hash of the intervals with the steps in time, of which the first is rounded down and the others to the
    nearest."""
    for n in range(len(value)):
        one = np.floor(seconds[0, n] * rate)
        two, three = np.floor(seconds[1, n] * rate + np.float32(0.5)), np.floor(seconds[2, n] * rate + np.float32(0.5))
        value[n] = _with(_with(_with(toned[n], int(one)), int(two)), int(three))


@compiled_exactly
def _code(value: NDArray[np.uint64], pitch: NDArray[np.int16], moved: float, codes: NDArray[np.uint32]) -> None:
    for n in range(len(codes)):
        semitone = int(np.floor(pitch[n] / PITCH_STEPS_PER_SEMITONE - moved))
        codes[n] = _with(_with(value[n], semitone), 0) >> _CODE_SHIFT


@compiled_exactly
def _code_alone(value: NDArray[np.uint64], codes: NDArray[np.uint32]) -> None:
    for n in range(len(codes)):
        codes[n] = _with(value[n], 0) >> _CODE_SHIFT


@compiled_exactly
def _look_ahead(time: NDArray[np.int32], pitch: NDArray[np.int16], start: int, near: Places, many: Places) -> int:
    """The next eight peaks in reach of each anchor from ``start`` on, and how many there are; returns how many
    quadruples that makes."""
    count = 0
    for n in range(len(near)):
        anchor, found = start + n, 0
        for ahead in range(anchor + 1, min(anchor + _LOOK_AHEAD + 1, len(time))):
            seconds = (time[ahead] - time[anchor]) * TIME_STEP_S
            interval = abs(np.int32(pitch[ahead]) - np.int32(pitch[anchor]))
            reached = seconds >= NEAREST_S and seconds <= FARTHEST_S
            if reached and interval <= WIDEST_SEMITONES * PITCH_STEPS_PER_SEMITONE:
                near[n, found] = ahead
                found += 1
                if found == NEIGHBOURS:
                    break
        many[n] = found
        count += found * (found - 1) * (found - 2) // 6
    return count


@compiled_exactly
def _draw(
    time: NDArray[np.int32],
    pitch: NDArray[np.int16],
    start: int,
    near: Places,
    many: Places,
    seconds: NDArray[np.float32],
    toned: NDArray[np.uint64],
    times: NDArray[np.int32],
    pitches: NDArray[np.int16],
) -> None:
    """Every anchor with every three of its neighbours: steps in time, hash of the intervals, and the anchor itself."""
    at = 0
    for n in range(len(near)):
        anchor, count = start + n, many[n]
        for i in range(count - 2):
            first = near[n, i]
            one = _with_interval(np.uint64(0), pitch[first], pitch[anchor])
            for j in range(i + 1, count - 1):
                second = near[n, j]
                two = _with_interval(one, pitch[second], pitch[anchor])
                for k in range(j + 1, count):
                    third = near[n, k]
                    seconds[0, at] = (time[first] - time[anchor]) * TIME_STEP_S
                    seconds[1, at] = (time[second] - time[first]) * TIME_STEP_S
                    seconds[2, at] = (time[third] - time[second]) * TIME_STEP_S
                    toned[at] = _with(_with_interval(two, pitch[third], pitch[anchor]), 0)
                    times[at], pitches[at] = time[anchor], pitch[anchor]
                    at += 1


@compiled_exactly
def _with_interval(value: np.uint64, pitch: int, anchor: int) -> np.uint64:
    steps = (np.int64(pitch) - np.int64(anchor)) / (PITCH_STEPS_PER_SEMITONE * SEMITONES_PER_STEP)
    return _with(value, int(np.floor(steps + 0.5)))


@compiled_exactly
def _with(value: np.uint64, part: int) -> np.uint64:
    """A hash with one more whole number in it, from -512 on."""
    mixed = (value ^ np.uint64(part + _ABOVE_ZERO)) * _FACTOR
    return np.uint64(mixed ^ (mixed >> _SHIFT))


class Figures:
    """All quadruples of a constellation; those of a song are kept, those of hours are made anew when needed."""

    def __init__(self, peaks: Peaks) -> None:
        self._peaks = peaks
        self._kept: list[Quads] | None = list(self._made()) if len(peaks) <= _KEPT_PEAKS else None

    def _made(self) -> Iterator[Quads]:
        for start in range(0, len(self._peaks), _CHUNK):
            yield Quads.of(self._peaks, start, min(start + _CHUNK, len(self._peaks)))

    def lowest(self, count: int) -> Quads:
        """The `count` quadruples whose intervals have the lowest rank (all where there are fewer), in that order."""
        best = Quads.none()
        for part in self._made() if self._kept is None else self._kept:
            best = Quads.joined(best, part).first(count)
        return best

    def among(self, count: int) -> Quads:
        """The same in any order, which costs nothing where there are no more."""
        if self._kept is None or sum(map(len, self._kept)) > count:
            return self.lowest(count)
        return reduce(Quads.joined, self._kept, Quads.none()) if len(self._kept) != 1 else self._kept[0]

    def sampled(self, count: int) -> NDArray[np.uint32]:
        """About `count` distinct codes for the index, those of lowest rank (all where there are fewer).

        A loop repeats its figures, so more quadruples than codes are looked at, up to thirty-two times as many.
        """
        for wider in (2, 8, 32):
            found = distinct(self.lowest(wider * count).codes(UNCHANGED))
            if len(found) >= count:
                break
        return found[:count]


def distinct(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Each code once, in order of first appearance."""
    _, first = np.unique(codes, return_index=True)
    first.sort()
    return codes[first]


def in_order(codes: NDArray[np.uint32], rank: NDArray[np.uint64] | None = None) -> tuple[NDArray[np.uint32], Places]:
    """The codes in ascending order, equal ones by their rank where one is given and then as they stood, and from where
    each came.

    Whole numbers of 64 bits, the code above its place, are sorted in vector registers; an order of places is not. Codes
    of different rank are hardly ever equal.
    """
    placed = np.sort(codes.astype(np.uint64) << np.uint64(32) | np.arange(len(codes), dtype=np.uint64))
    ordered, places = (placed >> np.uint64(32)).astype(np.uint32), (placed & np.uint64(0xFFFFFFFF)).astype(np.int64)
    if rank is not None:
        _by_rank(ordered, rank, places)
    return ordered, places


@compiled_exactly
def _by_rank(codes: NDArray[np.uint32], rank: NDArray[np.uint64], places: Places) -> None:
    start = 0
    while start < len(codes):
        end, disordered = start + 1, False
        while end < len(codes) and codes[end] == codes[start]:
            disordered |= rank[places[end - 1]] > rank[places[end]]
            end += 1
        if disordered:
            equal = places[start:end].copy()
            places[start:end] = equal[np.argsort(rank[equal], kind="mergesort")]
        start = end
