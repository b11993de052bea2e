"""Postings in four bytes each: which recordings hold which code, in arrays that can be mapped from a file.

Entries are sorted by code. The upper bits of a code select a bucket in a directory; an entry keeps only the lower
bits of its code and, in the other bits of its 32, the number of the recording. A million recordings of 200 codes are
800 MB and a directory of 16. Looking a code up is one step in the directory and a binary search within the bucket.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.duplicates.codes import CODE_BITS

Words = NDArray[np.uint32]

SMALLEST_DIRECTORY_BITS = 19
"""With 31 bits of code, entries then hold 20 bits of recording number."""
LARGEST_DIRECTORY_BITS = 26
ENTRIES_PER_BUCKET = 32
MOST_PER_CODE = 4_000
"""Postings of one code that are read at most: what stands in more recordings than this tells none of them apart."""


@dataclass(frozen=True)
class Postings:
    """An immutable index of recordings numbered from 0; see the module."""

    directory: Words
    """Start of every bucket and, last, the number of entries: (2**bits + 1,)."""
    entries: Words
    recordings: int

    @property
    def directory_bits(self) -> int:
        return (len(self.directory) - 1).bit_length() - 1

    @property
    def number_bits(self) -> int:
        return 32 - (CODE_BITS - self.directory_bits)

    @classmethod
    def build(cls, codes: Words, numbers: Words, recordings: int) -> "Postings":
        """From pairs of code and recording number, in any order. Raises `ValueError` for too many recordings."""
        bits = directory_bits(len(codes), recordings)
        keyed = (codes.astype(np.uint64) << np.uint64(32)) | numbers
        keyed.sort()
        codes = (keyed >> np.uint64(32)).astype(np.uint32)
        entries = packed(codes, keyed.astype(np.uint32), bits)
        counts = np.bincount(codes >> np.uint32(CODE_BITS - bits), minlength=1 << bits)
        directory = np.zeros((1 << bits) + 1, np.uint32)
        np.cumsum(counts, out=directory[1:], dtype=np.uint32)
        return cls(directory, entries, recordings)

    @classmethod
    def of(cls, recordings: Sequence[Iterable[int]]) -> "Postings":
        """From the codes of each recording."""
        lists = [np.fromiter(codes, np.uint32) for codes in recordings]
        numbers = np.repeat(np.arange(len(lists), dtype=np.uint32), [len(codes) for codes in lists])
        return cls.build(np.concatenate([*lists, np.empty(0, np.uint32)]), numbers, len(lists))

    def pairs(self, start: int = 0, end: int = 2**CODE_BITS) -> tuple[Words, Words]:
        """Codes from `start` to before `end`, whole buckets, and the recordings that hold them, in order of code."""
        low_bits, number_bits = CODE_BITS - self.directory_bits, self.number_bits
        low, high = start >> low_bits, end >> low_bits
        bounds = self.directory[low : high + 1]
        entries = self.entries[int(bounds[0]) : int(bounds[-1])]
        upper = np.repeat(np.arange(low, high, dtype=np.uint32), np.diff(bounds))
        codes = (upper << np.uint32(low_bits)) | (entries >> np.uint32(number_bits))
        return codes, entries & np.uint32((1 << number_bits) - 1)

    def numbers_of(self, codes: Words) -> Words:
        """Recording numbers that stand under these codes, once for every code they hold."""
        number_bits = np.uint32(self.number_bits)
        low_bits = CODE_BITS - self.directory_bits
        bucket = codes >> np.uint32(low_bits)
        low = self.directory[bucket].astype(np.int64)
        end = self.directory[bucket + np.uint32(1)].astype(np.int64)
        first = (codes & np.uint32((1 << low_bits) - 1)) << number_bits
        start = self._first_at_least(low, end, first)
        stop = self._first_at_least(start, end, first | np.uint32((1 << self.number_bits) - 1), after=True)
        count = np.minimum(stop - start, MOST_PER_CODE)
        within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        found: Words = self.entries[np.repeat(start, count) + within]
        return found & np.uint32((1 << self.number_bits) - 1)

    def _first_at_least(
        self, low: NDArray[np.int64], end: NDArray[np.int64], value: Words, *, after: bool = False
    ) -> NDArray[np.int64]:
        """For each range low..end of the entries the first place whose entry is not below (or above) the value."""
        low, high = low.copy(), end.copy()
        last = max(len(self.entries) - 1, 0)
        for _ in range(int((high - low).max(initial=0)).bit_length()):
            middle = (low + high) >> 1
            entry = self.entries[np.minimum(middle, last)]
            less = (entry <= value if after else entry < value) & (low < high)
            low = np.where(less, middle + 1, low)
            high = np.where(less, high, middle)
        return low

    def hits(self, codes: Iterable[int], least: int) -> tuple[Words, Words]:
        """Recordings that hold at least that many of the codes: their numbers and how many, best first."""
        asked = np.fromiter(codes, np.uint32)
        if not len(self.entries) or not len(asked):
            return np.empty(0, np.uint32), np.empty(0, np.uint32)
        return counted(self.numbers_of(asked), least)


def directory_bits(entries: int, recordings: int) -> int:
    """Size of the directory for so many entries. Raises `ValueError` for too many recordings to number."""
    wanted = max(entries // ENTRIES_PER_BUCKET, 1).bit_length()
    bits = max(SMALLEST_DIRECTORY_BITS, min(wanted, LARGEST_DIRECTORY_BITS), recordings.bit_length() - 1)
    if bits > LARGEST_DIRECTORY_BITS:
        raise ValueError("too many recordings for one index")
    return bits


def packed(codes: Words, numbers: Words, bits: int) -> Words:
    """Entries under a directory of so many bits: the lower bits of each code over the recording's number."""
    low_bits = np.uint32(CODE_BITS - bits)
    return ((codes & np.uint32((1 << low_bits) - 1)) << (np.uint32(32) - low_bits)) | numbers


def merged(parts: Sequence[Postings], slices: int = 64) -> Iterator[tuple[Words, Words]]:
    """All entries of several indexes as codes and numbers, in order of code, one slice of the codes at a time.

    The recordings of each part are numbered after those of the parts before it. Memory is that of a slice.
    """
    first = np.cumsum([0, *(part.recordings for part in parts)])
    step = 2**CODE_BITS // slices
    for start in range(0, 2**CODE_BITS, step):
        found = [part.pairs(start, start + step) for part in parts]
        codes = np.concatenate([codes for codes, _ in found])
        numbers = np.concatenate([own + np.uint32(add) for (_, own), add in zip(found, first[:-1], strict=True)])
        order = np.argsort((codes.astype(np.uint64) << np.uint64(32)) | numbers)
        yield codes[order], numbers[order]


def counted(numbers: Words, least: int) -> tuple[Words, Words]:
    """Numbers that occur at least so often, and how often, most frequent first and then in order of number."""
    numbers = np.sort(numbers)
    first = np.ones(len(numbers), bool)
    first[1:] = numbers[1:] != numbers[:-1]
    if least > 1:
        enough = np.zeros(len(numbers), bool)
        enough[: max(len(numbers) - least + 1, 0)] = numbers[: max(len(numbers) - least + 1, 0)] == numbers[least - 1 :]
        first &= enough
    starts = np.flatnonzero(first)
    found = numbers[starts]
    counts = np.searchsorted(numbers, found, side="right") - starts
    order = np.lexsort((found, -counts))
    return found[order], counts[order].astype(np.uint32)
