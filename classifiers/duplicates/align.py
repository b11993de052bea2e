"""Where one recording may lie in another: speed, pitch and offset on which many codes agree.

Codes in common vote: each says at which pitch and at which offset in time the query would lie on the reference.
A true match gathers its votes on one cell of pitch and offset; chance spreads them.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifiers.compiled import compiled_exactly
from classifiers.duplicates.fingerprint import SCALES, FingerprintCodes
from classifiers.duplicates.peaks import PITCH_STEPS_PER_SEMITONE, TIME_STEP_S, Peaks

Numbers = NDArray[np.float64]
Numbers32 = NDArray[np.uint32]
Places = NDArray[np.int64]
Steps = NDArray[np.int32]
Tones = NDArray[np.int16]

BLOCK_S = 16.0
"""Stretch of the query whose votes are counted together: short enough that 2 % of speed is a third of a second."""
OFFSET_STEP_S = 0.6
PITCH_STEP = 0.5
FARTHEST_PITCH = 7.0
"""Semitones up to which a recording is looked for: beyond, chords of another key fit by chance, and nobody hears a
song in it any more."""
LEAST_ANCHORS = 3
"""Anchors that must agree before a place is looked at."""
MOST_PLACES = 6
_MOST_REPEATS = 12


@dataclass(frozen=True)
class Alignment:
    """``reference_s = speed * query_s + offset_s``, and the query sounds ``pitch`` semitones above the reference.

    `speed` above 1: the query runs through the same music faster.
    """

    speed: float
    offset_s: float
    pitch: float
    anchors: int = 0
    start_s: float = 0.0
    end_s: float = 0.0

    def reference_time(self, query_s: Numbers) -> Numbers:
        return self.speed * query_s + self.offset_s

    def query_time(self, reference_s: Numbers) -> Numbers:
        return (reference_s - self.offset_s) / self.speed


@dataclass(frozen=True)
class Landmarks:
    """Peaks in seconds and semitones, sorted by time."""

    time: Numbers
    pitch: Numbers
    strength: NDArray[np.uint8]
    level: NDArray[np.uint8]
    """How far under the whole music each lies (`peaks.LEVEL_STEP_DB`); 0 where it was not kept."""
    asked: NDArray[np.bool_]
    """The landmarks, which the other side has to show; the rest are only there to be found."""

    @classmethod
    def of(cls, peaks: Peaks) -> "Landmarks":
        time = peaks.time.astype(np.float64) * TIME_STEP_S
        pitch = peaks.pitch.astype(np.float64) / PITCH_STEPS_PER_SEMITONE
        level = np.zeros(len(peaks), np.uint8) if peaks.level is None else peaks.level
        return cls(time, pitch, peaks.strength, level, peaks.is_landmark)

    def those_asked(self) -> "Landmarks":
        """The landmarks alone."""
        return self._only(self.asked)

    def between(self, start_s: float, end_s: float) -> "Landmarks":
        low, high = np.searchsorted(self.time, (start_s, end_s))
        return self._only(slice(low, high))

    def _only(self, which: NDArray[np.bool_] | slice) -> "Landmarks":
        return Landmarks(
            self.time[which], self.pitch[which], self.strength[which], self.level[which], self.asked[which]
        )

    def __len__(self) -> int:
        return len(self.time)


def nearest(time: Numbers, pitch: Numbers, among: Landmarks, *, within_s: float, within_semitones: float) -> Places:
    """For each landmark (time, pitch) the index of the nearest one among others in reach, -1 where there is none."""
    best = np.full(len(time), -1, np.int64)
    _nearest(time, pitch, among.time, among.pitch, within_s, within_semitones, best)
    return best


@compiled_exactly
def _nearest(
    time: Numbers,
    pitch: Numbers,
    their_time: Numbers,
    their_pitch: Numbers,
    within_s: float,
    within_semitones: float,
    best: Places,
) -> None:
    """The first place in reach is looked for from that of the landmark before: both sides are in order of time."""
    first = 0
    for n in range(len(time)):
        while first > 0 and their_time[first - 1] >= time[n] - within_s:
            first -= 1
        while first < len(their_time) and their_time[first] < time[n] - within_s:
            first += 1
        least, at = 2.0, first
        while at < len(their_time) and their_time[at] <= time[n] + within_s:
            apart = abs(their_pitch[at] - pitch[n]) / within_semitones
            distance = apart + abs(their_time[at] - time[n]) / within_s
            if apart <= 1 and distance < least:
                best[n], least = at, distance
            at += 1


def alignments(
    query: FingerprintCodes, reference: FingerprintCodes, scales: tuple[float, ...] = SCALES
) -> list[Alignment]:
    """Places where the query may lie on the reference, best first, refined; at most `MOST_PLACES`."""
    places: list[Alignment] = []
    for scale in scales:
        least = places[-1].anchors if len(places) == 2 * MOST_PLACES else LEAST_ANCHORS
        places += _voted(query, reference, scale, least)
        places.sort(key=lambda place: (-place.anchors, place.speed, place.offset_s, place.pitch))
        del places[2 * MOST_PLACES :]
    marks, others = Landmarks.of(query.peaks).those_asked(), Landmarks.of(reference.peaks)
    found: list[Alignment] = []
    for place in places:
        better = refined(place, marks, others)
        if better is not None and not any(_same(better, other) for other in found):
            found.append(better)
    return found[:MOST_PLACES]


def _same(one: Alignment, other: Alignment) -> bool:
    middle = (one.start_s + one.end_s) / 2
    apart = abs((one.speed - other.speed) * middle + one.offset_s - other.offset_s)
    return apart < 0.3 and abs(one.pitch - other.pitch) < 0.5


def _voted(query: FingerprintCodes, reference: FingerprintCodes, scale: float, least: int) -> list[Alignment]:
    """Places under one scale on which at least so many anchors agree."""
    asked, (their_codes, theirs) = query.aligning, reference.aligned_to
    codes, order = query.aligning_codes(scale)
    left, right = _pairs(codes, their_codes)
    left = order[left]
    time, offset, pitch, place = _votes(
        asked.time[left], asked.pitch[left], theirs.time[right], theirs.pitch[right], scale
    )
    places: list[Alignment] = []
    for shift in (0.0, 0.5):
        key = place + np.floor(offset / OFFSET_STEP_S + shift).astype(np.int64)
        cells, counts = _counted(np.sort((key << 16) + time % 2**16), least)
        for at in np.argsort(-counts, kind="stable")[:MOST_PLACES]:
            of = key == cells[at]
            start = float(cells[at] >> 27) * BLOCK_S
            middle, tones = float(np.median(offset[of])), float(np.median(pitch[of]))
            places.append(Alignment(scale, middle, tones, int(counts[at]), start, start + BLOCK_S))
    return places


@compiled_exactly
def _votes(
    time: Steps, pitch: Tones, their_time: Steps, their_pitch: Tones, scale: float
) -> tuple[Places, Numbers, Numbers, Places]:
    """Of the pairs that lie no further apart in pitch than is looked for: times of the query, offsets in seconds,
    semitones, and cells of block and pitch with room for that of the offset."""
    near = np.abs(pitch.astype(np.int32) - their_pitch) <= FARTHEST_PITCH * PITCH_STEPS_PER_SEMITONE
    count, at = near.sum(), 0
    steps, place = np.empty((2, count), np.int64)
    offset, tones = np.empty((2, count), np.float64)
    for n in range(len(near)):
        if near[n]:
            seconds = time[n] * TIME_STEP_S
            steps[at] = time[n]
            offset[at] = their_time[n] * TIME_STEP_S - scale * seconds
            tones[at] = (np.int32(pitch[n]) - np.int32(their_pitch[n])) / PITCH_STEPS_PER_SEMITONE
            block, tone = np.int64(np.floor(seconds / BLOCK_S)), np.int64(np.rint(tones[at] / PITCH_STEP))
            place[at] = (block << 27) + ((tone + 256) << 18) + 2**17
            at += 1
    return steps, offset, tones, place


@compiled_exactly
def _counted(votes: Places, least: int) -> tuple[Places, Places]:
    """Cells that so many votes are for, and how many; of votes in order, equal ones are one."""
    cells, counts = np.empty((2, len(votes) // least + 1), np.int64)
    found = count = 0
    for n in range(len(votes)):
        if n == 0 or votes[n] != votes[n - 1]:
            count += 1
        if n == len(votes) - 1 or votes[n + 1] >> 16 != votes[n] >> 16:
            if count >= least:
                cells[found], counts[found] = votes[n] >> 16, count
                found += 1
            count = 0
    return cells[:found], counts[:found]


def _pairs(asked: Numbers32, theirs: Numbers32) -> tuple[Places, Places]:
    """Indices of all pairs of equal codes, both sorted; a figure that returns often pairs with its first returns."""
    low, count = np.empty((2, len(asked)), np.int64)
    _returns(asked, theirs, low, count)
    left = np.repeat(np.arange(len(asked)), count)
    within = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
    return left, np.repeat(low, count) + within


@compiled_exactly
def _returns(asked: Numbers32, theirs: Numbers32, low: Places, count: Places) -> None:
    """Where each code first stands among theirs, and how often, up to `_MOST_REPEATS`; all in order.

    From where the code before was found, steps that double lead past the place, and halving leads back to it.
    """
    end, at = len(theirs), 0
    for n in range(len(asked)):
        step = 1
        while at + step < end and theirs[at + step] < asked[n]:
            at += step
            step *= 2
        high = min(at + step, end)
        while at < high:
            middle = (at + high) // 2
            if theirs[middle] < asked[n]:
                at = middle + 1
            else:
                high = middle
        low[n] = at
        found = 0
        while found < _MOST_REPEATS and at + found < end and theirs[at + found] == asked[n]:
            found += 1
        count[n] = found


def refined(place: Alignment, query: Landmarks, reference: Landmarks) -> Alignment | None:
    """Fit speed, offset and pitch to the landmarks that meet, over a stretch that grows while they keep meeting."""
    now = place
    start, end = place.start_s, place.end_s
    first, last = (float(query.time[0]), float(query.time[-1])) if len(query) else (0.0, 0.0)
    for within_s in (0.3, 0.2, 0.12, 0.1):
        better = _fitted(now, query.between(start, end), reference, within_s)
        if better is None:
            return None
        now = better
    while start > first or end < last:
        step = max(BLOCK_S, (end - start) / 2)
        wider = (max(start - step, first - 1), min(end + step, last + 1))
        better = _fitted(now, query.between(*wider), reference, 0.12)
        if better is None or abs(better.speed / now.speed - 1) > 0.01:
            break
        now = better
        grown = wider != (start, end)
        start, end = wider
        if not grown or (start <= first and end >= last):
            break
    return replace(now, start_s=start, end_s=end)


def _fitted(now: Alignment, query: Landmarks, reference: Landmarks, within_s: float) -> Alignment | None:
    expected = now.reference_time(query.time)
    met = nearest(expected, query.pitch - now.pitch, reference, within_s=within_s, within_semitones=0.5)
    has = met >= 0
    if has.sum() < 6:
        return None
    x, y = query.time[has], reference.time[met[has]]
    apart = query.pitch[has] - now.pitch - reference.pitch[met[has]]
    near = np.abs(apart - np.median(apart)) <= 0.25
    pitch = now.pitch + float(apart[near].mean())
    spread = float(np.ptp(x))
    if spread < 4.0:
        return replace(now, offset_s=now.offset_s + float(np.median(y - expected[has])), pitch=pitch)
    slope, offset = np.polyfit(x, y, 1)
    if not 0.95 < slope / now.speed < 1.05:
        return None
    return replace(now, speed=float(slope), offset_s=float(offset), pitch=pitch)
