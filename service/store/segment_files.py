"""One segment of the fingerprint index on disk: three arrays in a folder, written aside and renamed when whole."""

import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifiers.duplicates.codes import CODE_BITS
from classifiers.duplicates.postings import Postings, Words, directory_bits, merged, packed


@dataclass(frozen=True)
class Segment:
    """Postings with the number that the database gives to every recording in them."""

    name: str
    postings: Postings
    numbers: Words

    @cached_property
    def _sorted(self) -> Words:
        return np.sort(self.numbers)

    @property
    def highest(self) -> int:
        """The greatest number in it."""
        return int(self._sorted[-1]) if len(self.numbers) else 0

    def holds(self, numbers: Words) -> NDArray[np.bool_]:
        """Which of the numbers are in it."""
        if not len(self._sorted):
            return np.zeros(len(numbers), bool)
        at = np.minimum(np.searchsorted(self._sorted, numbers), len(self._sorted) - 1)
        found: NDArray[np.bool_] = self._sorted[at] == numbers
        return found

    @classmethod
    def open(cls, folder: Path, name: str) -> Self:
        """Map the files of a segment; nothing is read before it is needed."""
        parts = (np.load(folder / name / f"{part}.npy", mmap_mode="r") for part in ("directory", "entries", "numbers"))
        directory, entries, numbers = parts
        return cls(name, Postings(directory, entries, len(numbers)), numbers)

    @classmethod
    def write(cls, folder: Path, name: str, recordings: list[tuple[int, Words]]) -> Self:
        """A segment of recordings: the number and the codes of each."""
        lists = [codes for _, codes in recordings]
        locals_ = np.repeat(np.arange(len(lists), dtype=np.uint32), [len(codes) for codes in lists])
        postings = Postings.build(np.concatenate([*lists, np.empty(0, np.uint32)]), locals_, len(lists))
        aside = _begun(folder, name)
        np.save(aside / "entries.npy", postings.entries)
        np.save(aside / "directory.npy", postings.directory)
        np.save(aside / "numbers.npy", np.array([number for number, _ in recordings], np.uint32))
        return cls._named(folder, name, aside)

    @classmethod
    def merge(cls, folder: Path, name: str, segments: list["Segment"]) -> Self:
        """A segment of what several hold. Memory is that of a slice of the codes, whatever their size."""
        numbers = np.concatenate([segment.numbers for segment in segments])
        total = sum(len(segment.postings.entries) for segment in segments)
        bits = directory_bits(total, len(numbers))
        directory = np.zeros((1 << bits) + 1, np.uint32)
        aside = _begun(folder, name)
        entries = np.lib.format.open_memmap(aside / "entries.npy", "w+", np.uint32, (total,))
        at = 0
        for codes, locals_ in merged([segment.postings for segment in segments]):
            entries[at : at + len(codes)] = packed(codes, locals_, bits)
            at += len(codes)
            if len(codes):
                upper = codes >> np.uint32(CODE_BITS - bits)
                first = int(upper[0])
                counts = np.bincount(upper - np.uint32(first))
                directory[first + 1 : first + 1 + len(counts)] += counts.astype(np.uint32)
        entries.flush()
        np.save(aside / "directory.npy", np.cumsum(directory, dtype=np.uint32))
        np.save(aside / "numbers.npy", numbers)
        return cls._named(folder, name, aside)

    @classmethod
    def _named(cls, folder: Path, name: str, aside: Path) -> Self:
        for path in (*aside.iterdir(), aside):
            to_disk(path)
        aside.rename(folder / name)
        to_disk(folder)
        return cls.open(folder, name)


def _begun(folder: Path, name: str) -> Path:
    aside = folder / f"{name}.part"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    return aside


def to_disk(path: Path) -> None:
    """Return once a file or the entries of a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
