"""The duplicate matrix: real recordings x everything that is done to them, found again through the index.

    python -m tests.bench.duplicates --shared ../shared

Every variant is a query against an index of all originals and of the rest of the catalogue: candidates by common
codes at all hypotheses of speed, then the proof. What is called the same recording and is not, is a false pair.
Fingerprints and rows that are done are kept in .cache/bench-duplicates: a run that was broken off goes on where it was.
The first one makes some 3,400 variants and takes long.
"""

import argparse
import hashlib
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from classifiers.duplicates.fingerprint import FingerprintCodes
from classifiers.duplicates.groups import LEAST_HITS, candidate_pairs, grouped, link
from classifiers.duplicates.match import compare
from classifiers.duplicates.postings import Postings
from schemas.recording_groups import GROUPING
from tests.bench import backing, chromaprint
from tests.bench.recordings import Recording, Shelf, fingerprinted, originals, others
from tests.bench.variants import VARIANTS

MATCHER = Path(__file__).parents[2] / "classifiers" / "duplicates"
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


@dataclass
class Row:
    """What one variant of all recordings gave."""

    variant: str
    found: int = 0
    reverse: int = 0
    chromaprint: int = 0
    pairs: int = 0
    scores: list[float] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)


class Matrix:
    """Variants against the index. Rows that are done are kept in a file until the matcher or the recordings change."""

    def __init__(self, shelf: Shelf, chosen: list[Recording], rest: list[Recording], *, theirs: bool) -> None:
        self._shelf, self._chosen, self._all, self._theirs = shelf, chosen, [*chosen, *rest], theirs
        self._own = [shelf.get(recording) for recording in chosen]
        self._catalogue = [*(codes for codes, _ in self._own), *(shelf.get(recording)[0] for recording in rest)]
        self._index = Postings.of([codes.postings() for codes in self._catalogue])
        state = b"".join(
            path.read_bytes()
            for path in sorted((Path(__file__).parents[2] / "classifiers" / "duplicates").glob("*.py"))
        )
        state += repr(([recording.path.name for recording in self._all], CANDIDATES, theirs)).encode()
        self._file = shelf.folder / f"rows-{hashlib.sha256(state).hexdigest()[:12]}.jsonl"

    def print(self, variants: Sequence[str]) -> tuple[float, int, int]:
        """Print a row a variant; the overall recall, the number of unrelated pairs and of false ones."""
        print(f"{len(self._chosen)} recordings x {len(variants)} variants; index of {len(self._all)} recordings\n")
        print(f"{'variant':34} {'recall':>7} {'reverse':>8} {'relation':>9} {'score':>6} {'Chromaprint':>12}   missed")
        kept = {row.variant: row for row in self._kept()}
        rows = []
        for variant in variants:
            row = kept.get(variant)
            if row is None:
                row = self._row(variant)
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(row)) + "\n")
            rows.append(row)
            self._print(row)
        many = len(self._chosen)
        total = Row(
            "all",
            found=sum(row.found for row in rows),
            reverse=sum(row.reverse for row in rows),
            chromaprint=sum(row.chromaprint for row in rows),
        )
        self._print(total, many * len(rows))
        pairs, false = sum(row.pairs for row in rows), sum(len(row.false) for row in rows)
        print(f"\nunrelated pairs asked of the index: {pairs:,}, called the same recording: {false}")
        if self._theirs:
            _false_chromaprints([items for _, items in self._own])
        return total.found / (many * len(rows)), pairs, false

    def _kept(self) -> list[Row]:
        if not self._file.exists():
            return []
        return [Row(**json.loads(line)) for line in self._file.read_text(encoding="utf-8").splitlines()]

    def _row(self, variant: str) -> Row:
        row = Row(variant)
        for number, recording in enumerate(self._chosen):
            other = (number + 7) % len(self._chosen)
            query, items = self._shelf.get(recording, variant, self._chosen[other])
            hit = False
            for at in candidates(self._index, query):
                match = compare(query, self._catalogue[at])
                same = match is not None and match.relation in GROUPING
                if at == number and match is not None:
                    hit = same
                    row.scores.append(match.score)
                    row.relations.append(match.relation.value)
                elif same and not self._related(at, number, variant, other):
                    row.false.append(f"{recording.path.name} and {self._all[at].path.name}: {match}")
            row.pairs += len(self._catalogue) - 1
            row.found += hit
            alone = Postings.of([[]] * number + [query.postings()])
            row.reverse += number in candidates(alone, self._own[number][0]) and is_same(self._own[number][0], query)
            if not hit:
                row.missed.append(recording.path.stem[:16])
            if self._theirs:
                theirs = chromaprint.bit_error_rate(items, self._own[number][1])
                row.chromaprint += theirs <= chromaprint.USUAL_BIT_ERROR_RATE
        return row

    def _print(self, row: Row, of: int | None = None) -> None:
        of = of or len(self._chosen)
        beside = f"{row.chromaprint / of:.3f}" if self._theirs else "-"
        score = f"{np.median(row.scores):.2f}" if row.scores else ""
        kind = Counter(row.relations).most_common(1)[0][0].split("_")[0][:9] if row.relations else ""
        print(f"{row.variant:34} {row.found / of:7.3f} {row.reverse / of:8.3f} {kind:>9} {score:>6}", end=" ")
        print(f"{beside:>12}   {' '.join(row.missed)}", flush=True)
        for pair in row.false:
            print(f"  false pair: {pair}")

    def _related(self, at: int, number: int, variant: str, other: int) -> bool:
        """Near copies of one group; and the music that a variant itself puts in front or underneath."""
        near = self._all[at].group == self._all[number].group
        return near or (variant.startswith(("prepend", "music bed")) and at == other)


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
    parser.add_argument(
        "--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="ROW", help="these rows"
    )
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
    Matrix(shelf, chosen, rest, theirs=printer is not None).print(asked.variants)
    brute_force(shelf, chosen, asked.brute)
    if asked.backing:
        shared_backing(shelf, chosen, asked.backing)
    no_music(300, 50)
    print(f"\n{time.process_time() - started:.0f} s of CPU")


if __name__ == "__main__":
    main()
