"""The proof: landmark by landmark, does the query hold what the reference holds, where the alignment says it should?

Each landmark inside the overlap is one bit: found again in the other recording within 80 ms and 0.4 semitones, or
not. The share of bits that fail is the error rate. Stretches where the landmarks meet are the segments a reviewer
hears in step.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifiers.duplicates.align import Alignment, Landmarks, Numbers, nearest
from classifiers.duplicates.peaks import BANDS, SEMITONES_PER_BAND

WITHIN_S = 0.08
WITHIN_SEMITONES = 0.4
HIGHEST_PITCH = (BANDS - 1) * SEMITONES_PER_BAND
WINDOW_S = 4.0
HOP_S = 1.0
EDGE_S = 1.0
CHANCE_SHIFTS_S = (-2.9, -1.7, -0.9, -0.43, 0.37, 0.77, 1.3, 2.3)
"""Wrong offsets at which the same two recordings are compared, to learn how many landmarks meet by chance."""


@dataclass(frozen=True)
class Met:
    """The landmarks of one side that the other side could hold, and which of them it does."""

    time: Numbers
    pitch: Numbers
    strength: NDArray[np.uint8]
    level: NDArray[np.uint8]
    found: NDArray[np.bool_]

    def within(self, start_s: float, end_s: float) -> "Met":
        low, high = np.searchsorted(self.time, (start_s, end_s))
        which = slice(low, high)
        return Met(self.time[which], self.pitch[which], self.strength[which], self.level[which], self.found[which])

    @property
    def share(self) -> float:
        return float(self.found.mean()) if len(self.found) else 0.0


def met(alignment: Alignment, query: Landmarks, reference: Landmarks) -> tuple[Met, Met]:
    """Landmarks of the query, and of the reference, that lie in the overlap; both with times of the query."""
    asked = query.those_asked()
    expected = alignment.reference_time(asked.time)
    pitch = asked.pitch - alignment.pitch
    inside = _inside(expected, pitch, reference)
    again = nearest(expected[inside], pitch[inside], reference, within_s=WITHIN_S, within_semitones=WITHIN_SEMITONES)
    of_query = Met(asked.time[inside], asked.pitch[inside], asked.strength[inside], asked.level[inside], again >= 0)
    asked = reference.those_asked()
    heard = alignment.query_time(asked.time)
    tone = asked.pitch + alignment.pitch
    inside = _inside(heard, tone, query)
    again = nearest(heard[inside], tone[inside], query, within_s=WITHIN_S, within_semitones=WITHIN_SEMITONES)
    of_reference = Met(heard[inside], tone[inside], asked.strength[inside], asked.level[inside], again >= 0)
    return of_query, of_reference


def _inside(time: Numbers, pitch: Numbers, other: Landmarks) -> NDArray[np.bool_]:
    if not len(other):
        return np.zeros(len(time), bool)
    inside: NDArray[np.bool_] = (time >= other.time[0] - WITHIN_S) & (time <= other.time[-1] + WITHIN_S)
    return inside & (pitch >= -WITHIN_SEMITONES) & (pitch <= HIGHEST_PITCH + WITHIN_SEMITONES)


def chance(alignment: Alignment, query: Landmarks, reference: Landmarks) -> float:
    """Share of landmarks that meet at wrong offsets: more in dense, tonal or looped music."""
    shares = []
    for shift in CHANCE_SHIFTS_S:
        wrong = replace(alignment, offset_s=alignment.offset_s + shift)
        one, other = met(wrong, query, reference)
        shares.append((one.share + other.share) / 2)
    return float(np.median(shares))


def stretches(of_query: Met, of_reference: Met, least: float) -> list[tuple[float, float]]:
    """Stretches of the query (s) of 4 s and more in which at least that share of landmarks is found, either way."""
    times = np.concatenate([of_query.time, of_reference.time])
    if not len(times):
        return []
    starts = np.arange(np.floor(times.min()), times.max(), HOP_S)
    good = []
    for start in starts:
        one, other = of_query.within(start, start + WINDOW_S), of_reference.within(start, start + WINDOW_S)
        enough = len(one.found) + len(other.found) >= 8
        good.append(enough and max(one.share, other.share) >= least)
    out: list[tuple[float, float]] = []
    for start, fits in zip(starts.tolist(), good, strict=True):
        if not fits:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], start + WINDOW_S)
        else:
            out.append((start, start + WINDOW_S))
    low, high = float(times.min()), float(times.max())
    inside = ((max(start, low), min(end, high)) for start, end in out)
    trimmed = (_trimmed(of_query, of_reference, least, start, end) for start, end in inside)
    return [(start, end) for start, end in trimmed if end - start >= WINDOW_S / 2]


def _trimmed(of_query: Met, of_reference: Met, least: float, start: float, end: float) -> tuple[float, float]:
    """A stretch without what its outermost windows held beyond the music in common."""

    def meets(at: float) -> bool:
        one, other = of_query.within(at, at + EDGE_S), of_reference.within(at, at + EDGE_S)
        return max(one.share, other.share) >= least

    while end - start > WINDOW_S / 2 and not meets(start):
        start += EDGE_S / 2
    while end - start > WINDOW_S / 2 and not meets(end - EDGE_S):
        end -= EDGE_S / 2
    return start, end
