"""The index of a million recordings: size, time of a query, growth, and whether what is planted is found again.

    python -m tests.bench.fingerprint_index --shared ../shared

Codes are drawn like real ones: intervals, steps in time and pitches of figures that real recordings keep in the index,
each drawn by itself. Originals of real recordings are planted among them, and their variants asked for. Queries are
medleys of eight clips, three minutes long. The index merges its segments by itself; nothing is compacted by hand.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.duplicates.codes import CODE_BITS, UNCHANGED, Hypothesis, Quads
from classifiers.duplicates.fingerprint import ALGORITHM, POSTINGS, FingerprintCodes
from classifiers.duplicates.groups import LEAST_HITS
from classifiers.duplicates.peaks import TIME_STEP_S, Peaks
from service.store.segments import SegmentIndex
from tests.bench.recordings import Recording, Shelf, originals

MEDLEY = 8
CANDIDATES = 20
AT_ONCE = 500
"""Recordings added under one lock, as when an index is filled from the database."""
PLANTED = 10_000_000
"""Number of the first planted recording."""
FIGURES = 600
"""Figures of lowest rank that are drawn from, of each medley."""
ASKED_FOR = ("MP3 64", "reverb", "noise 10 dB", "compressor", "speed 0.8", "pitch -2.0", "slowed 0.85 + reverb")
Probes = dict[Hypothesis, list[int]]


def medley(clips: list[FingerprintCodes]) -> FingerprintCodes:
    """Recordings one after another."""
    start, times, pitches, strengths = 0, [], [], []
    for clip in clips:
        times.append(clip.peaks.time + start)
        pitches.append(clip.peaks.pitch)
        strengths.append(clip.peaks.strength)
        start += int(clip.duration_s / TIME_STEP_S) + 4
    peaks = Peaks(np.concatenate(times).astype(np.int32), np.concatenate(pitches), np.concatenate(strengths))
    return FingerprintCodes(peaks, start * TIME_STEP_S, True)


class Drawn:
    """Codes of recordings that do not exist, made of the parts of real figures."""

    def __init__(self, medleys: list[FingerprintCodes]) -> None:
        figures = [one.figures.lowest(FIGURES) for one in medleys]
        self._toned = np.concatenate([part.toned for part in figures])
        self._seconds = np.concatenate([part.seconds for part in figures], axis=1)
        self._pitch = np.concatenate([part.pitch for part in figures])
        self._rng = np.random.default_rng(8)

    def recordings(self, count: int) -> Iterator[np.ndarray]:
        for start in range(0, count, 4_096):
            size = POSTINGS * min(4_096, count - start)
            seconds = np.stack([self._rng.choice(step, size) for step in self._seconds])
            toned, pitch = self._rng.choice(self._toned, size), self._rng.choice(self._pitch, size)
            codes = Quads(seconds, toned, np.zeros(size, np.int32), pitch).codes(UNCHANGED)
            yield from codes.reshape(-1, POSTINGS)


def batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The items in lists of that many."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def timed(work: Callable[[], object], times: int = 3) -> float:
    """Milliseconds of CPU, the least of several.

    A query runs in one thread on files in memory: where nothing else runs it takes as long by the clock.
    """
    best = np.inf
    for _ in range(times):
        started = time.process_time()
        work()
        best = min(best, 1000 * (time.process_time() - started))
    return best


def report(index: SegmentIndex, asked: list[Probes], built_s: float) -> tuple[float, float]:
    """Print a row; the median milliseconds of a query as it is, and under all hypotheses."""

    def ask(codes: list[int]) -> object:
        return index.hits(codes, LEAST_HITS, CANDIDATES)

    plain = [timed(lambda probes=probes: ask(probes[UNCHANGED])) for probes in asked]
    every = [timed(lambda probes=probes: [ask(codes) for codes in probes.values()]) for probes in asked]
    postings = np.median([index.postings(probes[UNCHANGED]) for probes in asked])
    print(f"{len(index):>10,} {index.size_bytes() / 1e6:>8.0f} {index.segments:>9} {postings:>10,.0f}", end=" ")
    print(f"{np.median(plain):>8.2f} {np.max(plain):>8.2f} {np.median(every):>8.1f} {np.max(every):>8.1f}", end=" ")
    print(f"{built_s:>8.0f}", flush=True)
    return float(np.median(plain)), float(np.median(every))


def found_again(index: SegmentIndex, shelf: Shelf, chosen: list[Recording]) -> None:
    print(f"\nplanted originals among the first {CANDIDATES}, of {len(chosen)}:")
    for variant in ASKED_FOR:
        found = 0
        for number, recording in enumerate(chosen):
            best: dict[int, int] = {}
            for codes in shelf.get(recording, variant, chosen[(number + 7) % len(chosen)])[0].probes().values():
                for other, hits in index.hits(codes, LEAST_HITS, CANDIDATES):
                    best[other] = max(hits, best.get(other, 0))
            first = sorted(best, key=lambda other: (-best[other], other))[:CANDIDATES]
            found += PLANTED + number in first
        print(f"  {variant:24} {found}", flush=True)


_WRITER = """
import sys
from pathlib import Path
from service.store.segments import SegmentIndex
from tests.bench.fingerprint_index import ALGORITHM, AT_ONCE, any_codes
with SegmentIndex(Path(sys.argv[1]), codes=ALGORITHM) as index:
    for first in range(int(sys.argv[2]), 2**31, AT_ONCE):
        index.add_all([(number, any_codes(number)) for number in range(first, first + AT_ONCE)])
        print(first + AT_ONCE, flush=True)
"""


def any_codes(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 2**CODE_BITS, POSTINGS).astype(np.uint32)


def killed_while_indexing(folder: Path, times: int) -> None:
    """Add to the index in another process, kill that, and look whether everything is there: again and again."""
    rng, told = np.random.default_rng(3), 2 * PLANTED
    with SegmentIndex(folder, codes=ALGORITHM) as index:
        before = len(index)
    for _ in range(times):
        command = [sys.executable, "-c", _WRITER, str(folder), str(told)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(rng.uniform(0.2, 6.0))
        writer.kill()
        told = max(int(line) for line in (first + writer.communicate()[0]).split())
    with SegmentIndex(folder, codes=ALGORITHM) as index:
        added = range(2 * PLANTED, told)
        lost = index.lacking(added)
        asked = rng.choice(np.array(added), 500)
        wrong = [number for number in asked.tolist() if index.hits(any_codes(number), 100, 1) != [(number, POSTINGS)]]
        held = len(index) - before
    print(
        f"\nkilled {times} times while indexing: {len(added):,} added, {len(lost)} lost, {held:,} more in the index,",
        end=" ",
    )
    print(f"{len(wrong)} of {len(asked)} not found whole")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="folder with audio/manifest.csv")
    parser.add_argument("--recordings", type=int, default=1_000_000)
    parser.add_argument("--originals", type=int, default=80)
    parser.add_argument("--kills", type=int, default=10, help="times that a process is killed while it indexes")
    parser.add_argument("--cache", type=Path, default=Path(".cache/bench-duplicates"))
    asked = parser.parse_args()
    shelf, chosen = Shelf(asked.cache, None), originals(asked.shared, asked.originals)
    own = [shelf.get(recording)[0] for recording in chosen]
    medleys = [medley(own[start : start + MEDLEY]) for start in range(0, len(own) - MEDLEY + 1, MEDLEY)]
    probes, drawn = [one.probes() for one in medleys], Drawn(medleys)
    folder = Path(tempfile.mkdtemp(prefix="earmark-index-"))
    print(f"{len(probes[0])} hypotheses, {POSTINGS} codes a recording of three minutes; ms of CPU, best of three\n")
    print("recordings       MB  segments   postings    at 1x  slowest      all  slowest    CPU s")
    try:
        with SegmentIndex(folder / "index", codes=ALGORITHM) as index:
            for number, codes in enumerate(own):
                index.add(PLANTED + number, codes.postings())
            spent, rows = 0.0, []
            for size in sorted({asked.recordings // 100, asked.recordings // 10, asked.recordings}):
                started = time.process_time()
                first = len(index) - len(own)
                for chunk in batched(enumerate(drawn.recordings(size - first), first), AT_ONCE):
                    index.add_all(chunk)
                spent += time.process_time() - started
                rows.append(report(index, probes, spent))
            print(f"\na hundred times as many recordings: {rows[-1][0] / rows[0][0]:.1f} times as long at 1x,", end=" ")
            print(f"{rows[-1][1] / rows[0][1]:.1f} times under all hypotheses")
            found_again(index, shelf, chosen[:40])
        killed_while_indexing(folder / "index", asked.kills)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
