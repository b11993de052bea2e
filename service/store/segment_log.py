"""What was added to a segment index since its last segment: a file of records, each whole or not there at all."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np

from classifiers.duplicates.postings import Words
from service.store.segment_files import to_disk

_RECORD = struct.Struct("<III")
"""Number of the recording, how many codes follow, and a checksum of both."""


class SegmentLog:
    """Records of one log as far as they are whole. Several processes may read it while one appends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[tuple[int, Words]] = []
        self.numbers: set[int] = set()
        self._whole = 0
        self._handle: int | None = None

    def __len__(self) -> int:
        return len(self.records)

    def read(self) -> None:
        """Take in what was appended since; a record that is still being written, or was torn, waits."""
        if self._handle is None:
            try:
                self._handle = os.open(self.path, os.O_RDWR | os.O_APPEND)
            except FileNotFoundError:
                return
        size = os.fstat(self._handle).st_size
        if size <= self._whole:
            return
        data = os.pread(self._handle, size - self._whole, self._whole)
        at = 0
        while at + _RECORD.size <= len(data):
            number, count, checksum = _RECORD.unpack_from(data, at)
            body = data[at + _RECORD.size : at + _RECORD.size + 4 * count]
            if len(body) < 4 * count or zlib.crc32(body, number) != checksum:
                break
            self._keep(number, np.frombuffer(body, "<u4").astype(np.uint32))
            at += _RECORD.size + len(body)
        self._whole += at

    def append(self, added: list[tuple[int, Words]]) -> None:
        """Write records; only under the lock of the index, and after `read`. A torn end is cut off first."""
        if self._handle is None:
            self._handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        if os.fstat(self._handle).st_size > self._whole:
            os.ftruncate(self._handle, self._whole)
        data = b"".join(_record(number, codes) for number, codes in added)
        written = 0
        while written < len(data):
            written += os.write(self._handle, data[written:])
        self._whole += len(data)
        for number, codes in added:
            self._keep(number, codes)

    def sync(self) -> None:
        """Return once every record is on the disk."""
        if self._handle is not None:
            os.fsync(self._handle)
            to_disk(self.path.parent)

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _keep(self, number: int, codes: Words) -> None:
        self.records.append((number, codes))
        self.numbers.add(number)


def _record(number: int, codes: Words) -> bytes:
    body = codes.astype("<u4").tobytes()
    return _RECORD.pack(number, len(codes), zlib.crc32(body, number)) + body
