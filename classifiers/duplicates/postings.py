"""Postings in four bytes each: which recordings hold which code, in arrays that can be mapped from a file.

Entries are sorted by code. The upper bits of a code select a bucket in a directory; an entry keeps only the lower
bits of its code and, in the other bits of its 32, the number of the recording. A million recordings of 200 codes are
800 MB and a directory of 16. Looking a code up is one step in the directory and a binary search within the bucket.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.compiled import compiled_exactly
from classifiers.duplicates.codes import CODE_BITS, Places

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

    def hits(self, codes: Iterable[int], least: int) -> tuple[Words, Words]:
        """Recordings that hold at least that many of the codes: their numbers and how many, best first."""
        start, end = self._runs(codes)
        number_mask = (1 << self.number_bits) - 1
        return _best_first(*_counted_runs(_plain(self.entries), start, end, number_mask, self.recordings, least))

    def held(self, codes: Iterable[int]) -> int:
        """Postings under these codes: what `hits` reads."""
        start, end = self._runs(codes)
        return int((end - start).sum())

    def _runs(self, codes: Iterable[int]) -> tuple[Places, Places]:
        """Where the entries of each code begin and end, the first `MOST_PER_CODE` of them."""
        asked, low_bits = np.fromiter(codes, np.uint32), CODE_BITS - self.directory_bits
        start, end, _ = _found_runs(
            _plain(self.directory), _plain(self.entries), asked, low_bits, self.number_bits, MOST_PER_CODE
        )
        return start, end


def _plain(mapped: Words) -> Words:
    """The same memory as an array that is only read, whether or not a file is behind it: one compiled form serves."""
    array = np.asarray(mapped).view()
    array.flags.writeable = False
    return array


@compiled_exactly
def _found_runs(
    directory: Words, entries: Words, codes: Words, low_bits: int, number_bits: int, most: int
) -> tuple[Places, Places, np.int64]:
    """See `Postings._runs`. Nearly all of this is waiting for memory, so each step is taken for every code before the
    next one, and the processor fetches for many at once: the bounds of the buckets, the first and last entries of
    them, and only then what depends on these. Their sum is returned lest a compiler leave that step out. A directory
    that is damaged leads to nothing or to wrong entries, never out of them."""
    low_mask, number_mask = (1 << low_bits) - 1, (1 << number_bits) - 1
    start, end = np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)
    for at in range(len(codes)):
        bucket = np.int64(codes[at]) >> low_bits
        if bucket < len(directory) - 1 and directory[bucket] <= directory[bucket + 1] <= len(entries):
            start[at], end[at] = directory[bucket], directory[bucket + 1]
    fetched = np.int64(0)
    for at in range(len(codes)):
        if start[at] < end[at]:
            fetched += np.int64(entries[start[at]]) + np.int64(entries[end[at] - 1])
    for at in range(len(codes)):
        first = (int(codes[at]) & low_mask) << number_bits
        start[at] = _first_at_least(entries, start[at], end[at], first)
        end[at] = _first_at_least(entries, start[at], end[at], (first | number_mask) + 1)
        end[at] = min(end[at], start[at] + most)
    return start, end, fetched


@compiled_exactly
def _first_at_least(entries: Words, low: int, high: int, value: int) -> int:
    """The first place from low to before high whose entry is not below the value; high if there is none."""
    while low < high:
        middle = (low + high) >> 1
        if np.int64(entries[middle]) < value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled_exactly
def _counted_runs(
    entries: Words, start: Places, end: Places, number_mask: int, recordings: int, least: int
) -> tuple[Words, Words]:
    """Recording numbers that stand in at least so many of the runs, and in how many, in any order.

    A count for every recording fits into the processor's cache and is faster than to sort what the runs hold. The
    number of a damaged entry may belong to no recording: it is passed over.
    """
    counts = np.zeros(recordings, np.uint32)
    found, filled = np.empty(64, np.uint32), 0
    for at in range(len(start)):
        for place in range(start[at], end[at]):
            number = entries[place] & number_mask
            if number >= recordings:
                continue
            counts[number] += np.uint32(1)
            if counts[number] == least:
                if filled == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[filled] = number
                filled += 1
    numbers = found[:filled].copy()
    return numbers, counts[numbers]


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
    found, counts = np.unique(numbers, return_counts=True)
    enough = counts >= least
    return _best_first(found[enough], counts[enough].astype(np.uint32))


def _best_first(numbers: Words, counts: Words) -> tuple[Words, Words]:
    order = np.lexsort((numbers, -counts.astype(np.int64)))
    return numbers[order], counts[order]
