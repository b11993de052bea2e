"""Bytes of uploads that are not whole yet: pieces, beside the contents in the same storage.

A piece counts from the moment its row is committed (:meth:`service.store.uploads.Uploads.grow`); it is on the disk, or
in the bucket, before that. What has no row is a leftover and is swept away. Any process of the API can go on where
another one stopped, as nothing is kept in memory or, with a bucket, on one machine alone.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import obstore

from service.store.blobs import BlobStorage

FOLDER = "uploads"
_BLOCK = 4 * 1024 * 1024


class PieceFile:
    """One piece on its way in. Ends with ``keep`` or ``drop``."""

    def __init__(self, path: Path, blobs: BlobStorage, name: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._blobs = blobs
        self._key = name
        self._file: IO[bytes] = path.open("xb", buffering=0)
        self.name = name.rsplit("/", 1)[-1]
        self.size = 0

    def write(self, data: bytes, /) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self.size += len(data)

    def keep(self) -> None:
        """Put it where it survives a power cut."""
        with self._file:
            os.fsync(self._file.fileno())
        if self._blobs.root is None:
            obstore.put(self._blobs.objects, self._key, self._path)
            self._path.unlink()
            return
        descriptor = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def drop(self) -> None:
        """Forget it, also after ``keep``."""
        self._file.close()
        self._path.unlink(missing_ok=True)
        if self._blobs.root is None:
            with contextlib.suppress(FileNotFoundError):
                obstore.delete(self._blobs.objects, self._key)


class UploadPieces:
    """The pieces of all uploads in one storage."""

    def __init__(self, blobs: BlobStorage) -> None:
        self._blobs = blobs

    def begin(self, upload_id: str, offset: int) -> PieceFile:
        name = f"{FOLDER}/{upload_id}/{offset:016}-{secrets.token_hex(8)}"
        path = self._blobs.root / name if self._blobs.root else self._blobs.staging / f"{secrets.token_hex(16)}.part"
        return PieceFile(path, self._blobs, name)

    def read(self, upload_id: str, names: Iterator[str] | list[str]) -> Iterator[bytes]:
        """The bytes of these pieces, one after the other, in blocks. Raises ``FileNotFoundError``."""
        for name in names:
            for block in obstore.get(self._blobs.objects, f"{FOLDER}/{upload_id}/{name}").stream(min_chunk_size=_BLOCK):
                yield bytes(block)

    def remove(self, upload_id: str) -> None:
        """Remove all pieces of an upload, those without a row included."""
        for chunk in obstore.list(self._blobs.objects, prefix=f"{FOLDER}/{upload_id}"):
            for entry in chunk:
                with contextlib.suppress(FileNotFoundError):
                    obstore.delete(self._blobs.objects, entry["path"])
        if self._blobs.root is not None:
            with contextlib.suppress(OSError):
                (self._blobs.root / FOLDER / upload_id).rmdir()

    def uploads(self) -> set[str]:
        """Ids of all uploads that have pieces in the storage."""
        found = set()
        for chunk in obstore.list(self._blobs.objects, prefix=FOLDER):
            found |= {entry["path"].split("/")[-2] for entry in chunk}
        return found
