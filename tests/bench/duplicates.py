"""The duplicate matrix: real recordings x everything that is done to them, found again through the index.

    python -m tests.bench.duplicates --shared ../shared

Every variant is a query against an index of all originals and of the rest of the catalogue: candidates by common
codes at all hypotheses of speed, then the proof. What is called the same recording and is not, is a false pair.
Fingerprints are kept in .cache/bench-duplicates; the first run makes some 3,000 variants and takes long.
"""

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classifiers.duplicates.fingerprint import FingerprintCodes
from classifiers.duplicates.groups import GROUPING, LEAST_HITS, candidate_pairs, grouped, link
from classifiers.duplicates.match import compare
from classifiers.duplicates.postings import Postings
from tests.bench import backing, chromaprint
from tests.bench.recordings import Recording, Shelf, fingerprinted, originals, others
from tests.bench.variants import VARIANTS

CANDIDATES = 20
"""Recordings compared with a query at most: what the service compares."""


def candidates(index: Postings, query: FingerprintCodes) -> list[int]:
    best: Counter[int] = Counter()
    for probe in query.probes().values():
        for number, hits in zip(*index.hits(probe, LEAST_HITS), strict=True):
            best[int(number)] = max(best[int(number)], int(hits))
    return [number for number, _ in sorted(best.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATES]]


def is_same(query: FingerprintCodes, reference: FingerprintCodes) -> bool:
    match = compare(query, reference)
    return match is not None and match.relation in GROUPING


def matrix(shelf: Shelf, chosen: list[Recording], rest: list[Recording], *, theirs: bool) -> tuple[float, int, int]:
    """Print a row a variant; the overall recall, the number of unrelated pairs and of false ones."""
    own = [shelf.get(recording) for recording in chosen]
    catalogue = [*(codes for codes, _ in own), *(shelf.get(recording)[0] for recording in rest)]
    groups = [recording.group for recording in (*chosen, *rest)]
    index = Postings.of([codes.postings() for codes in catalogue])
    print(f"{len(chosen)} recordings x {len(VARIANTS)} variants; index of {len(catalogue)} recordings\n")
    print(f"{'variant':34} {'recall':>7} {'reverse':>8} {'relation':>9} {'score':>6} {'Chromaprint':>12}   missed")
    found_all = reverse_all = total = pairs = false = chroma_all = 0
    for variant in VARIANTS:
        found, reverse, chroma, scores, kinds, missed = 0, 0, 0, [], Counter(), []
        for number, recording in enumerate(chosen):
            other = chosen[(number + 7) % len(chosen)]
            query, items = shelf.get(recording, variant, other)
            hit = False
            for at in candidates(index, query):
                match = compare(query, catalogue[at])
                same = match is not None and match.relation in GROUPING
                if at == number and match is not None:
                    hit = same
                    scores.append(match.score)
                    kinds[match.relation.value] += 1
                elif same and not _related(groups, at, number, variant, (number + 7) % len(chosen)):
                    false += 1
                    print(
                        f"  false pair: {recording.path.name} ({variant}) and {(*chosen, *rest)[at].path.name}: {match}"
                    )
            pairs += len(catalogue) - 1
            found += hit
            reverse += number in candidates(
                Postings.of([[]] * number + [query.postings()]), catalogue[number]
            ) and is_same(catalogue[number], query)
            if not hit:
                missed.append(recording.path.stem[:16])
            if theirs:
                chroma += chromaprint.bit_error_rate(items, own[number][1]) <= chromaprint.USUAL_BIT_ERROR_RATE
        total += len(chosen)
        found_all, reverse_all, chroma_all = found_all + found, reverse_all + reverse, chroma_all + chroma
        beside = f"{chroma / len(chosen):.3f}" if theirs else "-"
        score = f"{np.median(scores):.2f}" if scores else "-"
        kind = kinds.most_common(1)[0][0].split("_")[0][:9] if kinds else "-"
        print(
            f"{variant:34} {found / len(chosen):7.3f} {reverse / len(chosen):8.3f} {kind:>9} {score:>6} {beside:>12}"
            f"   {' '.join(missed)}",
            flush=True,
        )
    beside = f"{chroma_all / total:.3f}" if theirs else "-"
    print(f"{'all':34} {found_all / total:7.3f} {reverse_all / total:8.3f} {'':9} {'':6} {beside:>12}")
    print(f"\nunrelated pairs: {pairs:,}, called the same recording: {false}")
    if theirs:
        _false_chromaprints([items for _, items in own])
    return found_all / total, pairs, false


def _related(groups: Sequence[str], at: int, number: int, variant: str, other: int) -> bool:
    """Near copies of one group; and the music that a variant itself puts in front or underneath."""
    return groups[at] == groups[number] or (variant in ("prepend 10 s", "music bed -12 dB") and at == other)


def _false_chromaprints(items: list[np.ndarray]) -> None:
    pairs = list(itertools.combinations(items, 2))
    false = sum(chromaprint.bit_error_rate(a, b) <= chromaprint.USUAL_BIT_ERROR_RATE for a, b in pairs)
    threshold = chromaprint.USUAL_BIT_ERROR_RATE
    print(f"Chromaprint at BER <= {threshold:.4f} and 1x: {false} of {len(pairs):,} unrelated pairs")


def brute_force(shelf: Shelf, recordings: list[Recording], most: int) -> None:
    """Compare unrelated originals without asking the index first."""
    codes = [shelf.get(recording)[0] for recording in recordings]
    pairs = [
        (a, b)
        for a, b in itertools.combinations(range(len(recordings)), 2)
        if recordings[a].group != recordings[b].group
    ]
    step = max(1, len(pairs) // most)
    relations = Counter(
        match.relation.value if (match := compare(codes[b], codes[a])) else "none" for a, b in pairs[::step]
    )
    print(f"\nunrelated pairs compared without the index: {sum(relations.values()):,}: {dict(relations)}")


def shared_backing(shelf: Shelf, chosen: list[Recording], count: int) -> None:
    rng = np.random.default_rng(21)
    songs, instrumental = Counter(), Counter()
    for number in range(count):
        under, one, other = (chosen[at] for at in rng.choice(len(chosen), 3, replace=False))
        level = backing.LEAD_DB[number % len(backing.LEAD_DB)]
        first = fingerprinted(backing.over_backing(shelf.sound(under), shelf.sound(one), level))
        second = fingerprinted(backing.over_backing(shelf.sound(under), shelf.sound(other), level))
        for kind, pair in ((songs, (second, first)), (instrumental, (first, shelf.get(under)[0]))):
            match = compare(*pair)
            kind["same" if match and match.relation in GROUPING else match.relation.value if match else "none"] += 1
    for what, kinds in (("two songs over one backing", songs), ("a song and its bare backing", instrumental)):
        print(f"\n{what}, {count} pairs: {dict(kinds)}, called the same {kinds['same'] / count:.3f}")


def no_music(noises: int, silences: int) -> None:
    codes = [fingerprinted(sound) for sound in itertools.chain(backing.noises(noises), backing.silences(silences))]
    groups = grouped(link(codes, candidate_pairs(codes)))
    matchable = sum(one.matchable for one in codes)
    print(f"\n{noises} noises and {silences} silences: {matchable} matchable, {len(groups)} groups")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="folder with audio/manifest.csv")
    parser.add_argument("--recordings", type=int, default=80)
    parser.add_argument("--brute", type=int, default=5_000, help="unrelated pairs compared without the index")
    parser.add_argument("--backing", type=int, default=100, help="pairs over one backing")
    parser.add_argument("--cache", type=Path, default=Path(".cache/bench-duplicates"))
    asked = parser.parse_args()
    started = time.process_time()
    printer = chromaprint.load()
    if printer is None:
        print("Chromaprint: not here (pip install essentia brings it); its column stays empty", file=sys.stderr)
    shelf = Shelf(asked.cache, printer)
    chosen = originals(asked.shared, asked.recordings)
    rest = others(asked.shared, chosen)
    matrix(shelf, chosen, rest, theirs=printer is not None)
    brute_force(shelf, chosen, asked.brute)
    shared_backing(shelf, chosen, asked.backing)
    no_music(300, 50)
    print(f"\n{time.process_time() - started:.0f} s of CPU")


if __name__ == "__main__":
    main()
