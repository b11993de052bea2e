"""Two deliveries of one recording beside each other: what was done to the one, and how to hear both in step."""

from dataclasses import dataclass
from math import log2
from typing import Any

from schemas.evidence import MatchedSegment, RecordingMatch, Relation
from service.store.tables.tracks import Track

SHOWN_SEGMENTS = 24
_SAME_SPEED, _SAME_PITCH = 0.003, 0.15
_LEAST_RATE, _MOST_RATE = 0.25, 4.0
"""Browsers are silent outside of this."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of A and the stretch of B that it sounds like, in seconds; ``speed``: A's against B's."""

    a_start_s: float
    a_end_s: float
    b_start_s: float
    b_end_s: float
    speed: float
    error: float

    @classmethod
    def of(cls, matched: MatchedSegment, speed: float) -> "Segment":
        a, b = matched.query_end_s - matched.query_start_s, matched.reference_end_s - matched.reference_start_s
        return cls(
            matched.query_start_s,
            matched.query_end_s,
            matched.reference_start_s,
            matched.reference_end_s,
            b / a if a > 0 and b > 0 else speed,
            matched.bit_error_rate,
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """A is the track in question, B another delivery. ``plan`` is what ``pair.js`` keeps both in step by."""

    a: Track
    b: Track
    told: str
    segments: list[Segment]
    more: int
    plan: dict[str, Any]


def comparison(a: Track, b: Track, match: RecordingMatch | None, duration_s: float) -> Comparison:
    """``match`` is that of A's audio against B's; where there is none, they are the same file or linked by others."""
    if match is None and a.audio_sha256 == b.audio_sha256:
        match = RecordingMatch(relation=Relation.IDENTICAL, overlap_s=duration_s, score=1.0)
    if match is None:
        told = "These two were not matched with each other, only each with others: both play from their beginning."
        return Comparison(a, b, told, [], 0, _plan([], 1.0, False))
    segments = [Segment.of(one, match.speed_ratio) for one in match.segments]
    if not segments and match.relation is Relation.IDENTICAL:
        segments = [Segment(0.0, duration_s, 0.0, duration_s, 1.0, 0.0)]
    keeps = keeps_pitch(match.speed_ratio, match.pitch_semitones)
    return Comparison(
        a,
        b,
        _told(match, keeps),
        segments[:SHOWN_SEGMENTS],
        max(0, len(segments) - SHOWN_SEGMENTS),
        _plan(segments, match.speed_ratio, keeps),
    )


def keeps_pitch(speed: float, semitones: float) -> bool:
    """Whether the speed was changed without the pitch: B is then played the same way, so that both sound alike."""
    goes_along = 12 * log2(speed)
    return abs(speed - 1) > _SAME_SPEED and abs(semitones) < abs(semitones - goes_along)


def _plan(segments: list[Segment], speed: float, keeps: bool) -> dict[str, Any]:
    return {
        "segments": [[s.a_start_s, s.a_end_s, s.b_start_s, s.b_end_s] for s in segments],
        "speed": min(_MOST_RATE, max(_LEAST_RATE, speed)),
        "keepsPitch": keeps,
    }


def _told(match: RecordingMatch, keeps: bool) -> str:
    said = [f"{match.relation.value.replace('_', ' ').capitalize()}: {match.overlap_s:.0f} s in common"]
    speed, pitch = match.speed_ratio, match.pitch_semitones
    if abs(speed - 1) > _SAME_SPEED:
        said.append(f"A runs at {speed:.3f} times the speed of B, {'its pitch kept' if keeps else 'pitch with it'}")
    left = pitch - (0.0 if keeps else 12 * log2(speed))
    if abs(left) > _SAME_PITCH:
        said.append(f"A is {abs(left):.1f} semitones {'higher' if left > 0 else 'lower'}, which is not evened out here")
    said.append(f"{100 * (1 - match.score):.0f} % of the marks differ")
    return "; ".join(said) + "."
