"""An index of fingerprints in files that are mapped into memory: the fast form of `fingerprint_posting`.

The database stays the truth; this is derived from it and can be thrown away. New recordings are appended to a log,
every few thousand the log becomes a segment of sorted postings, and a segment that is not much smaller than the one
before it is merged with it (a log-structured merge tree). So sizes fall from each segment to the next, a query looks
into four or five of them at a million recordings, and every posting is written some ten times.

Nothing is lost or damaged when a process is killed: a log record counts once its checksum is whole, segments are
written aside and renamed, and `manifest.json`, replaced in one step, says which files make up the index. Whatever else
lies in the folder is left over and removed. Any number of processes may use one folder: who adds holds a lock for that
moment, who merges holds another and lets the rest go on, and who asks takes none and sees what was added before.
"""

import fcntl
import json
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Self

import numpy as np
import structlog

from classifiers.duplicates.postings import Postings, Words, counted
from service.store.segment_files import Segment, to_disk
from service.store.segment_log import SegmentLog

LOG_RECORDINGS = 4_096
"""Recordings in the log before it becomes a segment."""
RATIO = 4
"""A segment is merged with the one before it unless that is so many times as large: no more than log4 N segments."""
_TAIL = 256
_MANIFEST = "manifest.json"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Manifest:
    """Which files make up the index, and the algorithm whose codes they hold."""

    codes: str
    next: int
    log: str
    segments: tuple[str, ...] = ()

    def named(self, kind: str) -> tuple[str, Self]:
        """A name that nothing in the folder had before, and the manifest that says so."""
        return f"{kind}-{self.next:06}", replace(self, next=self.next + 1)


class SegmentIndex:
    """See the module. Numbers are those of the table `fingerprint`."""

    def __init__(self, folder: Path, *, codes: str = "", log_recordings: int = LOG_RECORDINGS) -> None:
        """Open an index or begin one.

        `codes` names the algorithm whose codes are indexed; an index of another's, or one whose files are damaged, is
        emptied, to be filled anew.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._codes, self._log_recordings = folder, codes, log_recordings
        self._lock, self._merging = (folder / "lock").open("a"), (folder / "merging").open("a")
        self._threads = threading.RLock()
        self._segments: list[Segment] = []
        self._log = SegmentLog(folder / "none")
        self._recent_index: tuple[int, Postings] = (0, Postings.of([]))
        self._seen: object = None
        with self._alone():
            try:
                begun = self._read_manifest().codes == codes
                self._refresh()
            except (OSError, ValueError, KeyError, TypeError) as error:
                if (folder / _MANIFEST).exists():
                    log.warning("a damaged fingerprint index is emptied", folder=str(folder), error=repr(error))
                begun = False
            if not begun:
                self._begin()
            with self._merges_alone(wait=False) as alone:
                if alone:
                    self._tidy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the files."""
        self._log.close()
        self._lock.close()
        self._merging.close()

    def __len__(self) -> int:
        with self._threads:
            self._refresh()
            return sum(len(segment.numbers) for segment in self._segments) + len(self._log)

    def __contains__(self, number: int) -> bool:
        return not self.lacking([number])

    def lacking(self, numbers: Sequence[int]) -> list[int]:
        """Those of the numbers that are not in the index."""
        with self._threads:
            self._refresh()
            return self._lacking(numbers)

    @property
    def highest(self) -> int:
        """The greatest number in the index, 0 where it is empty."""
        with self._threads:
            self._refresh()
            return max([0, *(segment.highest for segment in self._segments), *self._log.numbers])

    def add(self, number: int, codes: Sequence[int]) -> None:
        """Add a recording; nothing happens where it is in already. It outlives this process when `add` has returned,
        and this machine's power once `sync` has."""
        self.add_all([(number, codes)])

    def add_all(self, recordings: Iterable[tuple[int, Sequence[int]]]) -> None:
        """Add several at once: the lock is taken once."""
        given = {number: np.asarray(codes, np.uint32) for number, codes in recordings}
        with self._alone():
            self._refresh()
            self._log.append([(number, given[number]) for number in self._lacking(list(given))])
            full = len(self._log) >= self._log_recordings
            if full:
                self._make_segment()
        if full:
            self._merge_like_sizes()

    def sync(self) -> None:
        """Return once everything added is on the disk."""
        with self._threads:
            self._log.sync()

    def hits(self, codes: Iterable[int], least: int, limit: int = 100) -> list[tuple[int, int]]:
        """Recordings that hold at least `least` of the codes: their numbers and how many, best first."""
        with self._threads:
            self._refresh()
            return self._hits(codes, least, limit)

    def found(self, probes: Sequence[Sequence[int]], least: int, limit: int) -> list[tuple[int, int, int]]:
        """For every probe its best recordings: their numbers, the probe's index and how many codes they hold."""
        with self._threads:
            self._refresh()
            asked = ((at, self._hits(probe, least, limit)) for at, probe in enumerate(probes))
            return [(number, at, hits) for at, found in asked for number, hits in found]

    def flush(self) -> None:
        """Make a segment of the log, and merge segments of like size."""
        with self._alone():
            self._refresh()
            self._make_segment()
        self._merge_like_sizes()

    def compact(self) -> None:
        """Merge everything into one segment, for the fastest queries. `flush` keeps segments few by itself."""
        self.flush()
        with self._merges_alone(wait=True):
            if len(self._segments) > 1:
                self._merge(list(self._segments))

    def clear(self) -> None:
        """Empty the index, for filling it anew."""
        with self._merges_alone(wait=True), self._alone():
            self._begin()
            self._tidy()

    @property
    def segments(self) -> int:
        """How many files of sorted postings a query looks into, beside the log."""
        return len(self._segments)

    def postings(self, codes: Iterable[int]) -> int:
        """How many postings the segments hold under these codes: what a query has to read."""
        asked = list(codes)
        return sum(segment.postings.held(asked) for segment in self._segments)

    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While this lasts nobody else changes the manifest or the log."""
        with self._threads, _locked(self._lock, wait=True):
            yield

    @contextmanager
    def _merges_alone(self, *, wait: bool) -> Iterator[bool]:
        """While this lasts nobody else merges; false where somebody does and it is not waited for.

        Taken before `_alone`, or without waiting: so no two processes wait for each other.
        """
        with self._threads, _locked(self._merging, wait=wait) as alone:
            yield alone

    def _refresh(self) -> None:
        """Come up to date with the folder: the manifest if it was replaced, and what the log has gained.

        A log that becomes a segment meanwhile is missed in neither: the manifest is looked at again at the end.
        """
        while True:
            seen = self._identity()
            if seen != self._seen:
                try:
                    self._load(self._read_manifest())
                except FileNotFoundError:
                    if self._identity() == seen:
                        raise
                    continue
                self._seen = seen
            self._log.read()
            if self._identity() == seen:
                return

    def _identity(self) -> tuple[int, int]:
        stat = (self._folder / _MANIFEST).stat()
        return stat.st_ino, stat.st_mtime_ns

    def _read_manifest(self) -> _Manifest:
        said = json.loads((self._folder / _MANIFEST).read_text(encoding="utf-8"))
        return _Manifest(said["codes"], int(said["next"]), said["log"], tuple(said["segments"]))

    def _load(self, manifest: _Manifest) -> None:
        known = {segment.name: segment for segment in self._segments}
        self._segments = [known.get(name) or Segment.open(self._folder, name) for name in manifest.segments]
        if self._log.path.name != manifest.log:
            self._log.close()
            self._log, self._recent_index = SegmentLog(self._folder / manifest.log), (0, Postings.of([]))

    def _begin(self) -> None:
        """An empty index, under names that no file of the former one has."""
        try:
            first = self._read_manifest().next
        except (OSError, ValueError, KeyError, TypeError):
            first = 1 + max((int(path.name[-6:]) for path in self._folder.glob("*-[0-9]*[0-9]")), default=0)
        name, manifest = _Manifest(self._codes, first, "").named("log")
        self._write(replace(manifest, log=name))
        self._refresh()

    def _lacking(self, numbers: Sequence[int]) -> list[int]:
        absent = np.ones(len(numbers), bool)
        for segment in self._segments:
            absent &= ~segment.holds(np.asarray(numbers, np.uint32))
        return [
            number for number, lacks in zip(numbers, absent, strict=True) if lacks and number not in self._log.numbers
        ]

    def _hits(self, codes: Iterable[int], least: int, limit: int) -> list[tuple[int, int]]:
        asked = np.fromiter(codes, np.uint32)
        found: list[tuple[int, int]] = []
        for segment in self._segments:
            locals_, counts = segment.postings.hits(asked.tolist(), least)
            found += zip(segment.numbers[locals_[:limit]].tolist(), counts[:limit].tolist(), strict=True)
        found += self._recent_hits(asked, least, limit)
        return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]

    def _recent_hits(self, asked: Words, least: int, limit: int) -> list[tuple[int, int]]:
        """The same of the log: most of it as postings that are made anew now and then, the newest one by one."""
        recent = self._log.records
        if len(recent) - self._recent_index[0] >= _TAIL:
            self._recent_index = (len(recent), Postings.of([codes.tolist() for _, codes in recent]))
        indexed, postings = self._recent_index
        locals_, counts = postings.hits(asked.tolist(), least)
        tail = recent[indexed:]
        if tail:
            owner = np.repeat(np.arange(len(tail), dtype=np.uint32), [len(codes) for _, codes in tail])
            same = np.isin(np.concatenate([codes for _, codes in tail]), asked)
            newest, their_counts = counted(owner[same], least)
            locals_ = np.concatenate([locals_, newest + np.uint32(indexed)])
            counts = np.concatenate([counts, their_counts])
        numbers = [recent[local][0] for local in locals_.tolist()]
        return sorted(zip(numbers, counts.tolist(), strict=True), key=lambda item: (-item[1], item[0]))[:limit]

    def _make_segment(self) -> None:
        """A segment of the log, and a new log; under the lock."""
        if not len(self._log):
            return
        former, name = self._log.path, self._reserved("segment")
        Segment.write(self._folder, name, self._log.records)
        new_log, manifest = self._read_manifest().named("log")
        self._write(replace(manifest, log=new_log, segments=(*manifest.segments, name)))
        former.unlink()
        self._refresh()

    def _merge_like_sizes(self) -> None:
        with self._merges_alone(wait=False) as alone:
            while alone and (last := self._not_smaller()) > 1:
                self._merge(self._segments[-last:])

    def _not_smaller(self) -> int:
        """How many of the last segments are to be merged: each as long as what follows it is not much smaller."""
        self._refresh()
        sizes = [len(segment.numbers) for segment in self._segments]
        count, total = 1, sizes[-1] if sizes else 0
        while count < len(sizes) and sizes[-count - 1] < RATIO * total:
            total += sizes[-count - 1]
            count += 1
        return count

    def _merge(self, segments: list[Segment]) -> None:
        """Put one segment in the place of several that follow one another. Others add and ask meanwhile."""
        with self._alone():
            name = self._reserved("segment")
        Segment.merge(self._folder, name, segments)
        gone = {segment.name for segment in segments}
        with self._alone():
            manifest = self._read_manifest()
            at = manifest.segments.index(segments[0].name)
            left = [other for other in manifest.segments if other not in gone]
            self._write(replace(manifest, segments=(*left[:at], name, *left[at:])))
            self._refresh()
            self._tidy()

    def _reserved(self, kind: str) -> str:
        """A name that nobody else will use, whatever becomes of this process; under the lock."""
        name, manifest = self._read_manifest().named(kind)
        self._write(manifest)
        return name

    def _write(self, manifest: _Manifest) -> None:
        aside = self._folder / "manifest.part"
        aside.write_text(json.dumps(asdict(manifest)), encoding="utf-8")
        to_disk(aside)
        aside.replace(self._folder / _MANIFEST)
        to_disk(self._folder)

    def _tidy(self) -> None:
        """Remove what no manifest names: left over from a process that was killed, or merged. Under both locks."""
        manifest = self._read_manifest()
        named = {"lock", "merging", _MANIFEST, manifest.log, *manifest.segments}
        for path in self._folder.iterdir():
            if path.name in named:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@contextmanager
def _locked(file: IO[str], *, wait: bool) -> Iterator[bool]:
    """Hold a lock on a file; false where another has it and it is not waited for."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
