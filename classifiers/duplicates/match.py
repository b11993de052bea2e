"""Whether two recordings are one, in which stretches, and what was done to it."""

from dataclasses import dataclass

import numpy as np

from classifiers.duplicates.align import Alignment, Landmarks, alignments
from classifiers.duplicates.fingerprint import FingerprintCodes
from classifiers.duplicates.proof import WINDOW_S, Met, chance, met, stretches
from schemas.evidence import MatchedSegment, RecordingMatch, Relation


@dataclass(frozen=True)
class Thresholds:
    """What is asked of a match. Measured on real recordings by `make bench-duplicates`."""

    beyond_chance: float = 0.2
    """Share of landmarks that a stretch must find beyond what wrong offsets find."""
    least_overlap_s: float = 5.0
    least_found: int = 36
    """Landmarks found, both ways together: some five seconds of music."""
    related: float = 0.3
    """Share of landmarks found, beyond chance, from which two recordings have something in common."""
    same: float = 0.46
    """Share beyond chance from which they are one recording: copies through phase vocoders, rooms and compressors
    keep 0.46 and more, two songs over one backing less."""
    same_half: float = 0.4
    """The same, asked of the median stretch: an intro in common makes no copy."""
    speed: float = 0.003
    pitch: float = 0.15
    """Differences up to which nothing was done to speed and pitch."""


THRESHOLDS = Thresholds()
_SECONDS_OF_TIMING_ERROR = 0.03


@dataclass(frozen=True)
class Proof:
    """One alignment with the landmarks that meet on it."""

    alignment: Alignment
    segments: list[tuple[float, float]]
    query: Met
    reference: Met
    chance: float

    @property
    def overlap_s(self) -> float:
        return sum(end - start for start, end in self.segments)

    @property
    def found(self) -> int:
        return int(self.query.found.sum() + self.reference.found.sum())

    @property
    def share(self) -> float:
        """Share of landmarks found, of the side that lost fewer: a band limit or rain on top costs one side only."""
        return max(self.query.share, self.reference.share)

    @property
    def beyond_chance(self) -> float:
        """`share`, with 0 for what wrong offsets find."""
        return (self.share - self.chance) / (1 - self.chance)

    @property
    def median_beyond_chance(self) -> float:
        """The same for the median window of the segments."""
        shares = []
        for start, end in self.segments:
            for at in np.arange(start, max(end - WINDOW_S, start) + 0.01, WINDOW_S / 2):
                one, other = self.query.within(at, at + WINDOW_S), self.reference.within(at, at + WINDOW_S)
                shares.append(max(one.share, other.share))
        return (float(np.median(shares)) - self.chance) / (1 - self.chance)


def compare(
    query: FingerprintCodes, reference: FingerprintCodes, thresholds: Thresholds = THRESHOLDS
) -> RecordingMatch | None:
    """How the query is related to the reference; None where they have nothing in common.

    `speed_ratio` and `pitch_semitones` say what was done to the query as against the reference. What is not matchable
    (silence, noise, steady tones) is related to nothing, not even to itself.
    """
    if not (query.matchable and reference.matchable):
        return None
    if query.pcm_sha256 is not None and query.pcm_sha256 == reference.pcm_sha256:
        whole = _segment(0.0, query.duration_s, 0.0, reference.duration_s, 0.0)
        return RecordingMatch(
            relation=Relation.IDENTICAL, overlap_s=round(query.duration_s, 2), score=1.0, segments=[whole]
        )
    best: Proof | None = None
    landmarks, others = Landmarks.of(query.peaks), Landmarks.of(reference.peaks)
    for alignment in alignments(query, reference):
        proof = proven(alignment, landmarks, others, thresholds)
        if proof is not None and (best is None or proof.found > best.found):
            best = proof
    if best is None or best.beyond_chance < thresholds.related:
        return None
    return _described(best, thresholds)


def proven(
    alignment: Alignment, query: Landmarks, reference: Landmarks, thresholds: Thresholds = THRESHOLDS
) -> Proof | None:
    """The stretches that meet on an alignment; None where there is too little for a proof."""
    of_query, of_reference = met(alignment, query, reference)
    luck = chance(alignment, query, reference)
    segments = stretches(of_query, of_reference, luck + thresholds.beyond_chance)
    if not segments:
        return None
    proof = Proof(alignment, segments, _inside(of_query, segments), _inside(of_reference, segments), luck)
    if proof.overlap_s < thresholds.least_overlap_s or proof.found < thresholds.least_found:
        return None
    return proof


def _inside(side: Met, segments: list[tuple[float, float]]) -> Met:
    mask = np.zeros(len(side.time), bool)
    for start, end in segments:
        mask |= (side.time >= start) & (side.time <= end)
    return side.where(mask)


def _described(proof: Proof, thresholds: Thresholds) -> RecordingMatch:
    alignment = proof.alignment
    tolerance = max(thresholds.speed, _SECONDS_OF_TIMING_ERROR / proof.overlap_s)
    speed = 1.0 if abs(alignment.speed - 1) < tolerance else round(alignment.speed, 4)
    pitch = 0.0 if abs(alignment.pitch) < thresholds.pitch else round(alignment.pitch, 2)
    if proof.beyond_chance < thresholds.same or proof.median_beyond_chance < thresholds.same_half:
        relation = Relation.SHARED_BACKING
    elif speed == 1.0 and pitch == 0.0:
        relation = Relation.SAME_RECORDING
    else:
        relation = Relation.TRANSFORMED
    segments = []
    for start, end in proof.segments:
        one, other = proof.query.within(start, end), proof.reference.within(start, end)
        there = alignment.reference_time(np.array([start, end]))
        error = 1 - max(one.share, other.share)
        segments.append(_segment(start, end, float(there[0]), float(there[1]), error))
    return RecordingMatch(
        relation=relation,
        overlap_s=round(proof.overlap_s, 2),
        speed_ratio=speed,
        pitch_semitones=pitch,
        score=round(proof.share, 4),
        segments=segments,
    )


def _segment(query_start: float, query_end: float, start: float, end: float, error: float) -> MatchedSegment:
    return MatchedSegment(
        query_start_s=round(max(query_start, 0.0), 2),
        query_end_s=round(query_end, 2),
        reference_start_s=round(max(start, 0.0), 2),
        reference_end_s=round(end, 2),
        bit_error_rate=round(error, 4),
    )
