"""Whether two recordings are one, in which stretches, and what was done to it."""

from dataclasses import dataclass, replace

import numpy as np

from classifiers.duplicates.align import Alignment, Landmarks, alignments
from classifiers.duplicates.backing import only_soft_losses, recording_odds
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
    """Share beyond chance from which they may be one recording: copies through phase vocoders, rooms and compressors
    keep 0.46 and more. What was lost then decides between a copy and another song over the same backing."""
    short_s: float = 15.0
    same_when_short: float = 0.025
    """What `same` rises by for every second that less than 15 s of either recording are in common: six seconds of one
    scale on a saxophone fit any song in that key."""
    same_when_odd: float = 0.08
    """What `same` rises by when neither speed, nor pitch alone, nor tempo alone explains the change."""
    same_throughout: float = 0.4
    """The same, asked of all windows but the weakest quarter: an intro in common makes no copy."""
    speed: float = 0.003
    pitch: float = 0.15
    """Differences up to which nothing was done to speed and pitch."""


THRESHOLDS = Thresholds()
_SECONDS_OF_TIMING_ERROR = 0.03
_SAME_SPEED, _SAME_PITCH = 0.01, 0.3


@dataclass(frozen=True)
class Stretch:
    """A piece of the query, in its seconds, whose landmarks meet those of the reference on one alignment."""

    alignment: Alignment
    start_s: float
    end_s: float
    query: Met
    reference: Met

    @property
    def error(self) -> float:
        """Share of landmarks that are not found again, of the side that lost fewer."""
        return 1 - max(self.query.share, self.reference.share)

    def window_shares(self) -> list[float]:
        """Share of landmarks found in windows of four seconds, half overlapping."""
        starts = np.arange(self.start_s, max(self.end_s - WINDOW_S, self.start_s) + 0.01, WINDOW_S / 2)
        windows = ((self.query.within(at, at + WINDOW_S), self.reference.within(at, at + WINDOW_S)) for at in starts)
        return [max(one.share, other.share) for one, other in windows]


@dataclass(frozen=True)
class Proof:
    """All stretches that show two recordings to be related, and what chance alone would show."""

    stretches: list[Stretch]
    chance: float

    @property
    def alignment(self) -> Alignment:
        """That of the longest stretch."""
        return max(self.stretches, key=lambda stretch: stretch.end_s - stretch.start_s).alignment

    @property
    def overlap_s(self) -> float:
        return sum(stretch.end_s - stretch.start_s for stretch in self.stretches)

    @property
    def covered_s(self) -> float:
        """Seconds in common of the side that has fewer: a loop covers the same seconds of the other again and again."""
        spans = sorted(
            (float(there[0]), float(there[1]))
            for one in self.stretches
            for there in [one.alignment.reference_time(np.array([one.start_s, one.end_s]))]
        )
        total, reached = 0.0, -np.inf
        for start, end in spans:
            total += max(0.0, end - max(start, reached))
            reached = max(reached, end)
        return min(total, self.overlap_s)

    @property
    def found(self) -> int:
        """Landmarks found again, both ways together."""
        return sum(int(one.query.found.sum() + one.reference.found.sum()) for one in self.stretches)

    @property
    def share(self) -> float:
        """Share of landmarks found, of the side that lost fewer: a band limit or rain on top costs one side only."""
        sides = ([one.query for one in self.stretches], [one.reference for one in self.stretches])
        return max(sum(int(m.found.sum()) for m in side) / max(sum(len(m.found) for m in side), 1) for side in sides)

    @property
    def beyond_chance(self) -> float:
        """`share`, with 0 for what wrong offsets find."""
        return (self.share - self.chance) / (1 - self.chance)

    @property
    def beyond_chance_throughout(self) -> float:
        """The same for the window that three quarters of all windows reach."""
        shares = [share for stretch in self.stretches for share in stretch.window_shares()]
        return (float(np.quantile(shares, 0.25)) - self.chance) / (1 - self.chance)


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
    landmarks, others = Landmarks.of(query.peaks), Landmarks.of(reference.peaks)
    proofs = (proven(alignment, landmarks, others, thresholds) for alignment in alignments(query, reference))
    proof = _combined([one for one in proofs if one is not None])
    if proof is None or proof.beyond_chance < thresholds.related:
        return None
    return _described(proof, thresholds)


def proven(
    alignment: Alignment, query: Landmarks, reference: Landmarks, thresholds: Thresholds = THRESHOLDS
) -> Proof | None:
    """The stretches that meet on an alignment; None where there is too little for a proof."""
    of_query, of_reference = met(alignment, query, reference)
    luck = chance(alignment, query, reference)
    proof = Proof(
        [
            Stretch(alignment, start, end, of_query.within(start, end), of_reference.within(start, end))
            for start, end in stretches(of_query, of_reference, luck + thresholds.beyond_chance)
        ],
        luck,
    )
    if proof.overlap_s < thresholds.least_overlap_s or proof.found < thresholds.least_found:
        return None
    return proof


def _combined(proofs: list[Proof]) -> Proof | None:
    """The proof of most landmarks, with what others add elsewhere in the query at the same speed and pitch: an edit
    with its middle cut out lies on two alignments."""
    if not proofs:
        return None
    proofs = sorted(proofs, key=lambda proof: -proof.found)
    best = proofs[0]
    together = list(best.stretches)
    for proof in proofs[1:]:
        one, other = proof.alignment, best.alignment
        if abs(one.speed / other.speed - 1) > _SAME_SPEED or abs(one.pitch - other.pitch) > _SAME_PITCH:
            continue
        for stretch in proof.stretches:
            part = _uncovered(stretch, together)
            if part is not None and 1 - part.error >= best.share / 2:
                together.append(part)
    return Proof(sorted(together, key=lambda stretch: stretch.start_s), best.chance)


def _uncovered(stretch: Stretch, taken: list[Stretch]) -> Stretch | None:
    """What is left of a stretch between those that are taken, where that is a window or more."""
    start, end = stretch.start_s, stretch.end_s
    for other in taken:
        if other.start_s <= start < other.end_s:
            start = other.end_s
        if other.start_s < end <= other.end_s:
            end = other.start_s
        if start < other.start_s and other.end_s < end:
            end = other.start_s
    if end - start < WINDOW_S:
        return None
    return replace(
        stretch,
        start_s=start,
        end_s=end,
        query=stretch.query.within(start, end),
        reference=stretch.reference.within(start, end),
    )


def _asked(proof: Proof, thresholds: Thresholds) -> float:
    """Share beyond chance that this proof must reach to show one recording."""
    asked = thresholds.same + thresholds.same_when_short * max(0.0, thresholds.short_s - proof.covered_s)
    speed, pitch = proof.alignment.speed, proof.alignment.pitch
    ordinary = (abs(pitch - 12 * np.log2(speed)) < _SAME_PITCH, abs(speed - 1) < _SAME_SPEED, abs(pitch) < _SAME_PITCH)
    return asked if any(ordinary) else asked + thresholds.same_when_odd


def _described(proof: Proof, thresholds: Thresholds) -> RecordingMatch:
    alignment = proof.alignment
    tolerance = max(thresholds.speed, _SECONDS_OF_TIMING_ERROR / proof.overlap_s)
    speed = 1.0 if abs(alignment.speed - 1) < tolerance else round(alignment.speed, 4)
    pitch = 0.0 if abs(alignment.pitch) < thresholds.pitch else round(alignment.pitch, 2)
    asked = _asked(proof, thresholds)
    sides = [one.query for one in proof.stretches], [one.reference for one in proof.stretches]
    damaged = recording_odds(*sides, changed=speed != 1.0 or pitch != 0.0) > 0 or only_soft_losses(*sides)
    if (
        proof.beyond_chance < asked
        or proof.beyond_chance_throughout < asked - thresholds.same + thresholds.same_throughout
        or not damaged
    ):
        relation = Relation.SHARED_BACKING
    elif speed == 1.0 and pitch == 0.0:
        relation = Relation.SAME_RECORDING
    else:
        relation = Relation.TRANSFORMED
    segments = []
    for one in proof.stretches:
        there = one.alignment.reference_time(np.array([one.start_s, one.end_s]))
        segments.append(_segment(one.start_s, one.end_s, float(there[0]), float(there[1]), one.error))
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
