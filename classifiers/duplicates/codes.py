"""Codes of the index: four peaks seen from the first of them.

A code is made of the steps in semitones and in seconds from an anchor peak to three of the next eight. Pitch does not
enter it, only intervals do, so a code is the same at any transposition; time enters in fifths of a second, so it holds
over speed changes of about +-2 %, and a query is asked again with its times scaled for speeds further away.
Four peaks together are as good as unique in a catalogue, while among 56 quadruples per anchor enough survive damage.

Quads: Sonnleitner and Widmer, "Robust Quad-Based Audio Fingerprinting", IEEE/ACM TASLP 24(3), 2016.
Min-wise sampling: Broder, "On the resemblance and containment of documents", 1997.
"""

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


def _chunk(peaks: Peaks, start: int, end: int, scale: float) -> Codes:
    near = _neighbours(peaks, start, end)
    others = near[:, _COMBINATIONS]
    anchor, combination = np.nonzero((others >= 0).all(axis=2))
    others = others[anchor, combination]
    anchor = anchor + start
    times = (peaks.time[others] - peaks.time[anchor, None]) * (TIME_STEP_S * scale / SECONDS_PER_STEP)
    steps = np.diff(times, axis=1, prepend=0.0)
    intervals = peaks.pitch[others].astype(np.int64) - peaks.pitch[anchor, None]
    tones = np.floor(intervals / (PITCH_STEPS_PER_SEMITONE * SEMITONES_PER_STEP) + 0.5).astype(np.int64)
    beats = np.floor(steps + np.array([0.0, 0.5, 0.5])).astype(np.int64)
    value = np.zeros(len(anchor), np.uint64)
    for part in (*beats.T, *tones.T):
        value = _mixed(value, part)
    value = _mixed(value, np.zeros(len(anchor), np.int64))
    code = (value >> np.uint64(64 - CODE_BITS)).astype(np.uint32)
    return Codes(code, value.astype(np.uint32), peaks.time[anchor], peaks.pitch[anchor])


def _joined(parts: list[Codes]) -> Codes:
    code = np.concatenate([p.code for p in parts])
    rank = np.concatenate([p.rank for p in parts])
    time = np.concatenate([p.time for p in parts])
    pitch = np.concatenate([p.pitch for p in parts])
    order = np.argsort(rank, kind="stable")
    return Codes(code[order], rank[order], time[order], pitch[order])


def codes_of(peaks: Peaks, *, scale: float = 1.0, highest_rank: int = 2**32 - 1) -> Codes:
    """Codes of all quadruples whose rank is at most `highest_rank`.

    `scale` is the hypothesis that the recording was played that much faster than the one it is compared with: times
    are multiplied by it before they are rounded. Work is done in chunks of anchors, so that a mix of hours needs
    no more memory than a song when few ranks are asked for.
    """
    parts = []
    for start in range(0, max(len(peaks), 1), _CHUNK):
        part = _chunk(peaks, start, min(start + _CHUNK, len(peaks)), scale)
        if highest_rank < 2**32 - 1:
            low = part.rank <= highest_rank
            part = Codes(part.code[low], part.rank[low], part.time[low], part.pitch[low])
        parts.append(part)
    return _joined(parts)


def lowest(peaks: Peaks, count: int, *, scale: float = 1.0) -> Codes:
    """The `count` codes of lowest rank, repetitions included (all where there are fewer)."""
    expected = max(len(peaks) * len(_COMBINATIONS), 1)
    share = 1.5 * count / expected
    if share < 0.5:
        found = codes_of(peaks, scale=scale, highest_rank=int(share * 2**32))
        if len(found) >= count:
            return found.first(count)
    return codes_of(peaks, scale=scale).first(count)


def sampled(peaks: Peaks, count: int, *, scale: float = 1.0) -> Codes:
    """About `count` distinct codes of lowest rank (all where there are fewer), each at its first place."""
    expected = max(len(peaks) * len(_COMBINATIONS), 1)
    share = 4 * count / expected
    if share < 0.5:
        found = _distinct(codes_of(peaks, scale=scale, highest_rank=int(share * 2**32)))
        if len(found) >= count:
            return found.first(count)
    return _distinct(codes_of(peaks, scale=scale)).first(count)


def _distinct(codes: Codes) -> Codes:
    """A figure that a loop repeats counts once: equal codes have equal ranks and stand side by side."""
    new = np.ones(len(codes), bool)
    new[1:] = (codes.rank[1:] != codes.rank[:-1]) | (codes.code[1:] != codes.code[:-1])
    return Codes(codes.code[new], codes.rank[new], codes.time[new], codes.pitch[new])
