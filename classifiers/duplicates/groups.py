"""Recordings that belong together, out of matches between two."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifiers.duplicates.fingerprint import FingerprintCodes
from classifiers.duplicates.match import compare
from classifiers.duplicates.postings import Postings
from schemas.evidence import RecordingMatch
from schemas.recording_groups import is_one_recording

LEAST_HITS = 3
"""Codes in common under one hypothesis before two recordings are compared: chance gives one or two."""
MOST_CANDIDATES = 50


@dataclass(frozen=True)
class Link:
    """A match between two recordings by their numbers: `a` is the reference and comes first, `b` is the query."""

    a: int
    b: int
    match: RecordingMatch
    joins: bool
    """Whether the two are one recording (`schemas.recording_groups`)."""


def candidate_pairs(recordings: Sequence[FingerprintCodes]) -> list[tuple[int, int]]:
    """Pairs of recordings worth a comparison, each once and in order: they share codes under some speed, or all PCM."""
    index = Postings.of([codes.postings() for codes in recordings])
    pairs = set()
    first_with: dict[str, int] = {}
    for number, codes in enumerate(recordings):
        best: dict[int, int] = {}
        for probe in codes.probes().values():
            for other, hits in zip(*(found.tolist() for found in index.hits(probe, LEAST_HITS)), strict=True):
                best[other] = max(hits, best.get(other, 0))
        best.pop(number, None)
        for other in sorted(best, key=lambda other: (-best[other], other))[:MOST_CANDIDATES]:
            pairs.add((min(number, other), max(number, other)))
        if codes.matchable and codes.pcm_sha256 is not None:
            same = first_with.setdefault(codes.pcm_sha256, number)
            if same != number:
                pairs.add((same, number))
    return sorted(pairs)


def link(recordings: Sequence[FingerprintCodes], pairs: Iterable[tuple[int, int]]) -> Iterable[Link]:
    """Compare pairs, the later one as the query, and give those that match."""
    for a, b in pairs:
        query, reference = recordings[b], recordings[a]
        match = compare(query, reference)
        if match is not None:
            yield Link(a, b, match, is_one_recording(match, query.duration_s, reference.duration_s))


def grouped(links: Iterable[Link]) -> list[tuple[list[int], list[Link]]]:
    """Groups of two and more recordings with the links that touch them, in order of their first member.

    A shared backing joins nothing, nor does a song in a mix; they stand with the groups at their two ends.
    """
    links = list(links)
    root: dict[int, int] = {}

    def top(number: int) -> int:
        while root.setdefault(number, number) != number:
            root[number] = number = root[root[number]]
        return number

    for one in links:
        if one.joins:
            first, second = sorted((top(one.a), top(one.b)))
            root[second] = first
    members: dict[int, list[int]] = {}
    for number in sorted(root):
        members.setdefault(top(number), []).append(number)
    touching: dict[int, list[Link]] = {key: [] for key in members}
    for one in links:
        for key in sorted({top(end) for end in (one.a, one.b) if end in root}):
            touching[key].append(one)
    return [(group, touching[key]) for key, group in members.items()]
