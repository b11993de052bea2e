"""What overlapping segments say of every moment of a track: its course, the runs over a probability, their share."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from schemas.evidence import AiSegment

OVER = 0.5
"""From here on a moment counts among those that drove the likelihood."""


@dataclass(frozen=True)
class Stretch:
    """From ``start_s`` to ``end_s`` seconds, with the likelihood of that time."""

    start_s: float
    end_s: float
    probability: float


def course(segments: Sequence[AiSegment]) -> list[Stretch]:
    """The track cut wherever a segment begins or ends: each piece has the mean of the segments that cover it.

    Pieces follow one another and never overlap; what no segment covers is left out.
    """
    cuts = sorted({at for segment in segments for at in (segment.start_s, segment.end_s)})
    ordered = sorted(segments, key=lambda segment: segment.start_s)
    pieces, first = [], 0
    for start_s, end_s in pairwise(cuts):
        while first < len(ordered) and ordered[first].end_s <= start_s:
            first += 1
        over = []
        for segment in ordered[first:]:
            if segment.start_s > start_s:
                break
            if segment.end_s >= end_s:
                over.append(segment.probability)
        if over:
            pieces.append(Stretch(start_s, end_s, sum(over) / len(over)))
    return pieces


def runs(segments: Sequence[AiSegment], *, at_least: float = OVER) -> list[Stretch]:
    """Longest stretches without a break at or over a probability, in order, each with its mean over time."""
    found: list[list[Stretch]] = []
    for piece in course(segments):
        if piece.probability < at_least:
            continue
        if found and found[-1][-1].end_s == piece.start_s:
            found[-1].append(piece)
        else:
            found.append([piece])
    return [Stretch(pieces[0].start_s, pieces[-1].end_s, _mean(pieces)) for pieces in found]


def share(segments: Sequence[AiSegment], *, at_least: float = OVER) -> float | None:
    """Share of the segments' time at or over a probability, 0-1; unknown without segments."""
    pieces = course(segments)
    total = _seconds(pieces)
    return _seconds([piece for piece in pieces if piece.probability >= at_least]) / total if total > 0 else None


def longest_run_s(segments: Sequence[AiSegment], *, at_least: float = OVER) -> float | None:
    """Seconds of the longest run, 0 where there is none; unknown without segments."""
    if not segments:
        return None
    return max((run.end_s - run.start_s for run in runs(segments, at_least=at_least)), default=0.0)


def _seconds(pieces: Sequence[Stretch]) -> float:
    return sum(piece.end_s - piece.start_s for piece in pieces)


def _mean(pieces: Sequence[Stretch]) -> float:
    return sum(piece.probability * (piece.end_s - piece.start_s) for piece in pieces) / _seconds(pieces)
