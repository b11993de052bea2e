"""An index of fingerprints in files that are mapped into memory: the fast form of `fingerprint_posting`.

The database stays the truth; this is derived from it and can be thrown away. New recordings are appended to a log,
every few thousand the log becomes a segment of sorted postings, and a segment that is not much smaller than the one
before it is merged with it (a log-structured merge tree). So sizes fall from each segment to the next, a query looks
into four or five of them at a million recordings, and every posting is written some ten times.

Nothing is lost or damaged when the process is killed: a log record counts once its checksum is whole, segments are
written aside and renamed, and `manifest.json`, replaced in one step, says which files make up the index. Whatever else
lies in the folder is left over and removed. One process opens an index at a time, under a lock.
"""

import fcntl
import json
import os
import shutil
import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from classifiers.duplicates.postings import Postings, Words, counted
from service.store.segment_files import Segment, to_disk

LOG_RECORDINGS = 4_096
"""Recordings in the log before it becomes a segment."""
RATIO = 4
"""A segment is merged with the one before it unless that is so many times as large: no more than log4 N segments."""
_TAIL = 256
_RECORD = struct.Struct("<III")


class IndexLocked(RuntimeError):
    """Another process has this index open."""


class SegmentIndex:
    """See the module. Numbers are those of the table `fingerprint`."""

    def __init__(self, folder: Path, *, codes: str = "", log_recordings: int = LOG_RECORDINGS) -> None:
        """Open an index or begin one. Raises `IndexLocked`.

        `codes` names the algorithm whose codes are indexed; an index of another's is emptied, to be filled anew.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._codes, self._log_recordings = folder, codes, log_recordings
        self._lock = (folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise IndexLocked(str(folder)) from error
        self._next, self._log_name = 1, "log-000000"
        names: list[str] = []
        manifest = folder / "manifest.json"
        if manifest.exists():
            said = json.loads(manifest.read_text(encoding="utf-8"))
            self._next, self._log_name, names = said["next"], said["log"], said["segments"]
            if said.get("codes", "") != codes:
                self._log_name, names = self._new_name("log"), []
        self._segments = [Segment.open(folder, name) for name in names]
        self._write_manifest()
        self._tidy()
        self._recent, whole = _replayed(folder / self._log_name)
        self._recent_index: tuple[int, Postings] = (0, Postings.of([]))
        self._known = {int(number) for segment in self._segments for number in segment.numbers}
        self._known |= {number for number, _ in self._recent}
        self._log = (folder / self._log_name).open("ab")
        self._log.truncate(whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another process in."""
        self._log.close()
        self._lock.close()

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, number: int) -> bool:
        return number in self._known

    def add(self, number: int, codes: Sequence[int]) -> None:
        """Add a recording; nothing happens where it is in already. It is safe once `sync` has returned."""
        if number in self._known:
            return
        array = np.asarray(codes, np.uint32)
        body = array.astype("<u4").tobytes()
        self._log.write(_RECORD.pack(number, len(array), zlib.crc32(body, number)) + body)
        self._recent.append((number, array))
        self._known.add(number)
        if len(self._recent) >= self._log_recordings:
            self.flush()

    def sync(self) -> None:
        """Return once everything added is on the disk."""
        self._log.flush()
        os.fsync(self._log.fileno())

    def hits(self, codes: Iterable[int], least: int, limit: int = 100) -> list[tuple[int, int]]:
        """Recordings that hold at least `least` of the codes: their numbers and how many, best first."""
        asked = np.fromiter(codes, np.uint32)
        found: list[tuple[int, int]] = []
        for segment in self._segments:
            locals_, counts = segment.postings.hits(asked.tolist(), least)
            found += zip(segment.numbers[locals_[:limit]].tolist(), counts[:limit].tolist(), strict=True)
        found += self._recent_hits(asked, least, limit)
        return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]

    def flush(self) -> None:
        """Make a segment of the log, and merge segments of like size."""
        if self._recent:
            self.sync()
            segment = Segment.write(self._folder, self._new_name("segment"), self._recent)
            self._log.close()
            self._log_name = self._new_name("log")
            self._log = (self._folder / self._log_name).open("ab")
            self._recent, self._recent_index = [], (0, Postings.of([]))
            self._replace([], segment)
        while (last := self._not_smaller()) > 1:
            self._merge(self._segments[-last:])

    def compact(self) -> None:
        """Merge everything into one segment, for the fastest queries. `flush` keeps segments few by itself."""
        self.flush()
        if len(self._segments) > 1:
            self._merge(self._segments)

    @property
    def segments(self) -> int:
        """How many files of sorted postings a query looks into, beside the log."""
        return len(self._segments)

    def postings(self, codes: Iterable[int]) -> int:
        """How many postings the segments hold under these codes: what a query has to read."""
        asked = np.fromiter(codes, np.uint32)
        return sum(len(segment.postings.numbers_of(asked)) for segment in self._segments)

    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())

    def _recent_hits(self, asked: Words, least: int, limit: int) -> list[tuple[int, int]]:
        """The same of the log: most of it as postings that are made anew now and then, the newest one by one."""
        if len(self._recent) - self._recent_index[0] >= _TAIL:
            self._recent_index = (len(self._recent), Postings.of([codes.tolist() for _, codes in self._recent]))
        indexed, postings = self._recent_index
        locals_, counts = postings.hits(asked.tolist(), least)
        tail = self._recent[indexed:]
        if tail:
            owner = np.repeat(np.arange(len(tail), dtype=np.uint32), [len(codes) for _, codes in tail])
            same = np.isin(np.concatenate([codes for _, codes in tail]), asked)
            newest, their_counts = counted(owner[same], least)
            locals_ = np.concatenate([locals_, newest + np.uint32(indexed)])
            counts = np.concatenate([counts, their_counts])
        numbers = [self._recent[local][0] for local in locals_.tolist()]
        return sorted(zip(numbers, counts.tolist(), strict=True), key=lambda item: (-item[1], item[0]))[:limit]

    def _not_smaller(self) -> int:
        """How many of the last segments are to be merged: each as long as what follows it is not much smaller."""
        sizes = [len(segment.numbers) for segment in self._segments]
        count, total = 1, sizes[-1] if sizes else 0
        while count < len(sizes) and sizes[-count - 1] < RATIO * total:
            total += sizes[-count - 1]
            count += 1
        return count

    def _merge(self, segments: list[Segment]) -> None:
        self._replace(segments, Segment.merge(self._folder, self._new_name("segment"), segments))

    def _new_name(self, kind: str) -> str:
        self._next += 1
        return f"{kind}-{self._next - 1:06}"

    def _replace(self, old: list[Segment], new: Segment) -> None:
        """Let the manifest name the new segment in place of others, then remove what it names no more."""
        gone = {segment.name for segment in old}
        self._segments = [segment for segment in self._segments if segment.name not in gone] + [new]
        self._write_manifest()
        self._tidy()

    def _write_manifest(self) -> None:
        names = [segment.name for segment in self._segments]
        said = {"codes": self._codes, "next": self._next, "log": self._log_name, "segments": names}
        aside = self._folder / "manifest.part"
        aside.write_text(json.dumps(said), encoding="utf-8")
        to_disk(aside)
        aside.replace(self._folder / "manifest.json")
        to_disk(self._folder)

    def _tidy(self) -> None:
        """Remove what no manifest names: left over from a process that was killed, or merged."""
        named = {"lock", "manifest.json", self._log_name, *(segment.name for segment in self._segments)}
        for path in self._folder.iterdir():
            if path.name in named:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _replayed(log: Path) -> tuple[list[tuple[int, Words]], int]:
    """The whole records of a log, and where they end: what follows was being written when the process was killed."""
    data = log.read_bytes() if log.exists() else b""
    found, at = [], 0
    while at + _RECORD.size <= len(data):
        number, count, checksum = _RECORD.unpack_from(data, at)
        body = data[at + _RECORD.size : at + _RECORD.size + 4 * count]
        if len(body) < 4 * count or zlib.crc32(body, number) != checksum:
            break
        found.append((number, np.frombuffer(body, "<u4").astype(np.uint32)))
        at += _RECORD.size + len(body)
    return found, at
