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
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from classifiers.duplicates.peaks import PITCH_STEPS_PER_SEMITONE, TIME_STEP_S, Peaks

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
_COMBINATIONS = np.array(list(combinations(range(NEIGHBOURS), 3)))


def _mixed(value: NDArray[np.uint64], part: NDArray[np.int64]) -> NDArray[np.uint64]:
    value = (value ^ (part + 512).astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
    return value ^ (value >> np.uint64(29))


def _neighbours(peaks: Peaks, start: int, end: int) -> NDArray[np.int64]:
    """The next eight peaks in reach of each anchor start..end, -1 where there are fewer: (anchors, 8)."""
    anchors = np.arange(start, end)
    ahead = anchors[:, None] + np.arange(1, _LOOK_AHEAD + 1)
    inside = ahead < len(peaks)
    ahead = np.where(inside, ahead, 0)
    seconds = (peaks.time[ahead] - peaks.time[anchors, None]) * TIME_STEP_S
    interval = np.abs(peaks.pitch[ahead].astype(np.int32) - peaks.pitch[anchors, None])
    fit = inside & (seconds >= NEAREST_S) & (seconds <= FARTHEST_S)
    fit &= interval <= WIDEST_SEMITONES * PITCH_STEPS_PER_SEMITONE
    place = np.cumsum(fit, axis=1) - 1
    out = np.full((len(anchors), NEIGHBOURS), -1, np.int64)
    row, column = np.nonzero(fit & (place < NEIGHBOURS))
    out[row, place[row, column]] = ahead[row, column]
    return out


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
        near = _neighbours(peaks, start, end)
        others = near[:, _COMBINATIONS]
        anchor, combination = np.nonzero(others[:, :, 2] >= 0)
        others = others[anchor, combination].T
        anchor = anchor + start
        steps = np.diff(peaks.time[others], axis=0, prepend=peaks.time[None, anchor])
        intervals = peaks.pitch[others].astype(np.int64) - peaks.pitch[anchor]
        tones = np.floor(intervals / (PITCH_STEPS_PER_SEMITONE * SEMITONES_PER_STEP) + 0.5).astype(np.int64)
        value = np.zeros(len(anchor), np.uint64)
        for part in tones:
            value = _mixed(value, part)
        value = _mixed(value, np.zeros(1, np.int64))
        return cls((steps * TIME_STEP_S).astype(np.float32), value, peaks.time[anchor], peaks.pitch[anchor])

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
        semitone = np.floor(self.pitch / PITCH_STEPS_PER_SEMITONE - hypothesis.pitch).astype(np.int64)
        return _code(_mixed(self._timed(hypothesis.scale), semitone))

    def relative_codes(self, scale: float) -> NDArray[np.uint32]:
        """The same without the anchor's pitch, for finding the pitch itself."""
        return _code(self._timed(scale))

    def _timed(self, scale: float) -> NDArray[np.uint64]:
        value = self.toned
        for number, step in enumerate(self.seconds):
            beat = np.floor(step * np.float32(scale / SECONDS_PER_STEP) + np.float32(0.5 if number else 0.0))
            value = _mixed(value, beat.astype(np.int64))
        return value


def _code(value: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return (_mixed(value, np.zeros(1, np.int64)) >> np.uint64(64 - CODE_BITS)).astype(np.uint32)


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


def in_order(codes: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The codes in ascending order, equal ones as they stood, and from where each came.

    Whole numbers of 64 bits, the code above its place, are sorted in vector registers; an order of places is not.
    """
    placed = np.sort(codes.astype(np.uint64) << np.uint64(32) | np.arange(len(codes), dtype=np.uint64))
    return (placed >> np.uint64(32)).astype(np.uint32), (placed & np.uint64(0xFFFFFFFF)).astype(np.int64)
