"""Bytes of delivered files, by content: on the local disk or in an S3-compatible bucket, through ``obstore``.

A file is written to staging while its SHA-256 is computed, flushed to the disk, and moved to its final place in one
step: under a final name there is never a part of a file, and the same content is there once, however often it is
delivered. What a crash leaves in staging, or in its final place without a row, is swept away later.
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import unquote, urlsplit

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FOLDER = "sha256"
_STAGING = "staging"
_BLOCK = 4 * 1024 * 1024


class StagedBlob:
    """A file on its way in. Ends with ``commit`` or ``abort``; leaving a ``with`` block without either aborts."""

    def __init__(self, path: Path, place: Callable[[Path, str], None]) -> None:
        self._path = path
        self._place = place
        self._hash = hashlib.sha256()
        self._file: IO[bytes] | None = path.open("xb", buffering=0)
        self.size = 0

    def write(self, data: bytes, /) -> None:
        """Append bytes. Raises ``OSError`` when the disk is full; then abort."""
        if self._file is None:
            raise ValueError("this upload has ended")
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._hash.update(data)
        self.size += len(data)

    def commit(self) -> tuple[str, int]:
        """Put the file in its place and return SHA-256 (hex) and size in bytes. After this it survives a power cut."""
        if self._file is None:
            raise ValueError("this upload has ended")
        file, self._file = self._file, None
        with file:
            os.fsync(file.fileno())
        sha256 = self._hash.hexdigest()
        try:
            self._place(self._path, sha256)
        except BaseException:
            self._path.unlink(missing_ok=True)
            raise
        return sha256, self.size

    def abort(self) -> None:
        """Forget the file. Harmless after ``commit`` and a second time."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed: uploads that never ended, and contents that no row refers to."""

    stages: int
    orphans: int


class BlobStorage:
    """Contents by SHA-256. Names are checked, so that no path can be smuggled in."""

    def __init__(self, store: ObjectStore, root: Path | None, staging: Path) -> None:
        self._store = store
        self._root = root
        self._staging = staging
        staging.mkdir(parents=True, exist_ok=True)

    @classmethod
    def open(cls, url: str, *, staging: Path | None = None, options: Mapping[str, str] | None = None) -> Self:
        """``file:///folder`` (or a plain path), or ``s3://bucket/prefix`` with ``options`` such as ``endpoint``.

        ``staging`` is a local folder for uploads into a bucket; a local storage stages within itself, as moving must
        not copy.
        """
        parts = urlsplit(url)
        if parts.scheme in ("", "file"):
            root = Path(unquote(parts.path) if parts.scheme else url).absolute()
            root.mkdir(parents=True, exist_ok=True)
            return cls(LocalStore(prefix=root), root, root / _STAGING)
        config: dict[str, Any] = dict(options or {})
        if config.get("endpoint", "").startswith("http://"):
            config["client_options"] = {"allow_http": True}
        return cls(from_url(url, **config), None, staging or Path(tempfile.gettempdir()) / "earmark-staging")

    @property
    def objects(self) -> ObjectStore:
        """The storage itself, for what lies in it beside contents: pieces of uploads, batches of a watched folder."""
        return self._store

    @property
    def root(self) -> Path | None:
        """The storage's folder where it is one on this machine."""
        return self._root

    @property
    def staging(self) -> Path:
        """The local folder that uploads are written to."""
        return self._staging

    def stage(self) -> StagedBlob:
        """Begin an upload."""
        return StagedBlob(self._staging / f"{secrets.token_hex(16)}.part", self._place)

    def free_bytes(self) -> int:
        """Room on the disk that uploads are written to; before a bucket they are staged there."""
        return shutil.disk_usage(self._staging).free

    def exists(self, sha256: str) -> bool:
        return self.size(sha256) is not None

    def size(self, sha256: str) -> int | None:
        """Length in bytes, or ``None`` where there is no such content."""
        try:
            return int(obstore.head(self._store, _name(sha256))["size"])
        except FileNotFoundError:
            return None

    @contextlib.contextmanager
    def local_path(self, sha256: str) -> Iterator[Path]:
        """A readable file with this content for the length of the block; from a bucket it is fetched for that long.

        Raises ``FileNotFoundError``. The file is the original itself on a local disk: do not write to it.
        """
        if self._root is not None:
            path = self._root / _name(sha256)
            if not path.is_file():
                raise FileNotFoundError(path)
            yield path
            return
        with tempfile.NamedTemporaryFile(dir=self._staging, prefix="fetched-", suffix=".part") as copy:
            for block in self.read(sha256):
                copy.write(block)
            copy.flush()
            yield Path(copy.name)

    def read(self, sha256: str) -> Iterator[bytes]:
        """The content in blocks. Raises ``FileNotFoundError``."""
        for block in obstore.get(self._store, _name(sha256)).stream(min_chunk_size=_BLOCK):
            yield bytes(block)

    def read_range(self, sha256: str, start: int, length: int) -> bytes:
        """``length`` bytes from ``start``. Raises ``FileNotFoundError``."""
        return bytes(obstore.get_range(self._store, _name(sha256), start=start, length=length))

    def delete(self, sha256: str) -> None:
        """Remove a content; nothing happens where it is gone already."""
        with contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, _name(sha256))

    def contents(self) -> Iterator[tuple[str, datetime]]:
        """SHA-256 and moment of storing of everything that is stored."""
        for chunk in obstore.list(self._store, prefix=_FOLDER):
            for entry in chunk:
                sha256 = entry["path"].rsplit("/", 1)[-1]
                if _SHA256.fullmatch(sha256):
                    yield sha256, entry["last_modified"]

    def sweep(self, now: datetime, older_than_s: float, known: Callable[[Iterable[str]], set[str]]) -> Swept:
        """Remove what nobody will ask for: uploads begun, and contents stored without a row, that long ago.

        ``known`` tells which contents have a row (:meth:`service.store.blob_rows.Blobs.known`). The age keeps the
        sweep away from uploads that are still going on and from contents whose row is about to be committed.
        """
        before = now - timedelta(seconds=older_than_s)
        stages = 0
        for path in self._staging.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    stages += 1
        old = (sha256 for sha256, stored_at in self.contents() if stored_at < before)
        orphans = 0
        while chunk := list(islice(old, 500)):
            orphans += sum(self._remove_orphan(sha256, before) for sha256 in set(chunk) - known(chunk))
        return Swept(stages, orphans)

    def _remove_orphan(self, sha256: str, before: datetime) -> bool:
        """Looked at once more, on the disk set aside first: the same content may have been delivered again just now."""
        if self._root is None:
            with contextlib.suppress(FileNotFoundError):
                if obstore.head(self._store, _name(sha256))["last_modified"] < before:
                    obstore.delete(self._store, _name(sha256))
                    return True
            return False
        path, aside = self._root / _name(sha256), self._staging / f"{secrets.token_hex(16)}.part"
        try:
            path.rename(aside)
        except FileNotFoundError:
            return False
        if aside.stat().st_mtime >= before.timestamp():
            aside.rename(path)
            return False
        aside.unlink()
        return True

    def _place(self, staged: Path, sha256: str) -> None:
        """Move a staged file to its final name. Also where the content is there already: that renews its age."""
        if self._root is None:
            obstore.put(self._store, _name(sha256), staged)
            staged.unlink()
            return
        obstore.rename(self._store, f"{_STAGING}/{staged.name}", _name(sha256))
        folder = (self._root / _name(sha256)).parent
        for changed in (folder, folder.parent, folder.parent.parent):
            _flush_folder(changed)


def _name(sha256: str) -> str:
    """Name in the storage. Raises ``ValueError`` for what is no SHA-256."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("a content is named by its SHA-256, 64 lower-case hex digits")
    return f"{_FOLDER}/{sha256[:2]}/{sha256}"


def _flush_folder(folder: Path) -> None:
    """A name is on the disk only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
