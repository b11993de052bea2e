"""Codes of the index: four peaks seen from the first of them.

A code is made of the steps in semitones and in seconds from an anchor peak to three of the next eight. Pitch does not
enter it, only intervals do, so a code is the same at any transposition; time enters in fifths of a second, so it holds
over speed changes of about +-2 %, and a query is asked again with its times scaled for speeds further away.
Four peaks together are as good as unique in a catalogue, while among 56 quadruples per anchor enough survive damage.

Quads: Sonnleitner and Widmer, "Robust Quad-Based Audio Fingerprinting", IEEE/ACM TASLP 24(3), 2016.
Min-wise sampling: Broder, "On the resemblance and containment of documents", 1997.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
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

HIGHEST_RANK = 2**32 - 1

_KEPT_PEAKS = 12_000
_LOOK_AHEAD = 32
_CHUNK = 4_096
_COMBINATIONS = np.array(list(combinations(range(NEIGHBOURS), 3)))


@dataclass(frozen=True)
class Codes:
    """Codes sorted by `rank`, a second hash: the lowest ranks are the same choice wherever a recording is cut."""

    code: NDArray[np.uint32]
    rank: NDArray[np.uint32]
    time: NDArray[np.int32]
    pitch: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.code)

    @cached_property
    def by_code(self) -> "Codes":
        """The same codes in order of `code`, for looking up."""
        order = np.argsort(self.code, kind="stable")
        return Codes(self.code[order], self.rank[order], self.time[order], self.pitch[order])

    def distinct(self) -> "Codes":
        """Each code once: a figure that a loop repeats has equal ranks, which stand side by side."""
        new = np.ones(len(self), bool)
        new[1:] = (self.rank[1:] != self.rank[:-1]) | (self.code[1:] != self.code[:-1])
        return Codes(self.code[new], self.rank[new], self.time[new], self.pitch[new])

    def first(self, count: int) -> "Codes":
        """The `count` codes of lowest rank."""
        return Codes(self.code[:count], self.rank[:count], self.time[:count], self.pitch[:count])


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
class Quads:
    """Quadruples of peaks before their times are rounded: what does not change with a hypothesis of speed."""

    seconds: NDArray[np.float32]
    """Steps in time from anchor to first, first to second, second to third: (3, quads)."""
    toned: NDArray[np.uint64]
    """Hash of the three intervals."""
    time: NDArray[np.int32]
    pitch: NDArray[np.int16]

    @classmethod
    def of(cls, peaks: Peaks, start: int, end: int) -> "Quads":
        """Quadruples whose anchors are the peaks `start` to `end`."""
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
        return cls((steps * TIME_STEP_S).astype(np.float32), value, peaks.time[anchor], peaks.pitch[anchor])

    def codes(self, scale: float, highest_rank: int) -> Codes:
        """Codes under a hypothesis of speed, of those ranks only, in no order."""
        value = self.toned
        for number, step in enumerate(self.seconds):
            beat = np.floor(step * np.float32(scale / SECONDS_PER_STEP) + np.float32(0.5 if number else 0.0))
            value = _mixed(value, beat.astype(np.int64))
        value = _mixed(value, np.zeros(1, np.int64))
        rank = value.astype(np.uint32)
        code = (value >> np.uint64(64 - CODE_BITS)).astype(np.uint32)
        if highest_rank >= HIGHEST_RANK:
            return Codes(code, rank, self.time, self.pitch)
        low = np.flatnonzero(rank <= highest_rank)
        return Codes(code[low], rank[low], self.time[low], self.pitch[low])


class Figures:
    """All quadruples of a constellation; those of a song are kept, those of hours are made anew when needed."""

    def __init__(self, peaks: Peaks) -> None:
        self._peaks = peaks
        self._kept: list[Quads] | None = list(self._made()) if len(peaks) <= _KEPT_PEAKS else None

    def _made(self) -> Iterator[Quads]:
        for start in range(0, len(self._peaks), _CHUNK):
            yield Quads.of(self._peaks, start, min(start + _CHUNK, len(self._peaks)))

    def codes(self, scale: float = 1.0, highest_rank: int = HIGHEST_RANK) -> Codes:
        """Codes of all quadruples whose rank is at most `highest_rank`, in order of rank.

        `scale` is the hypothesis that the recording was played that much faster than the one it is compared with:
        times are multiplied by it before they are rounded.
        """
        quads = self._made() if self._kept is None else self._kept
        return _joined([part.codes(scale, highest_rank) for part in quads])

    def lowest(self, count: int, scale: float = 1.0) -> Codes:
        """The `count` codes of lowest rank, repetitions included (all where there are fewer)."""
        share = 1.5 * count / max(len(self._peaks) * len(_COMBINATIONS), 1)
        if share < 0.5:
            found = self.codes(scale, int(share * HIGHEST_RANK))
            if len(found) >= count:
                return found.first(count)
        return self.codes(scale).first(count)

    def sampled(self, count: int, scale: float = 1.0) -> Codes:
        """The `count` distinct codes of lowest rank (all where there are fewer), each at its first place."""
        share = 3 * count / max(len(self._peaks) * len(_COMBINATIONS), 1)
        if share < 0.5:
            found = self.codes(scale, int(share * HIGHEST_RANK)).distinct()
            if len(found) >= count:
                return found.first(count)
        # Hours of one loop repeat the same codes: of each part no more than asked for is held.
        quads = self._made() if self._kept is None else self._kept
        parts = (_joined([part.codes(scale, HIGHEST_RANK)]).distinct().first(count) for part in quads)
        return _joined(list(parts)).distinct().first(count)


def _joined(parts: list[Codes]) -> Codes:
    nothing = Codes(np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.int32), np.empty(0, np.int16))
    parts = [nothing, *parts]
    code = np.concatenate([part.code for part in parts])
    rank = np.concatenate([part.rank for part in parts])
    time = np.concatenate([part.time for part in parts])
    pitch = np.concatenate([part.pitch for part in parts])
    order = np.argsort(rank, kind="stable")
    return Codes(code[order], rank[order], time[order], pitch[order])
