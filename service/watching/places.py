"""Where batches lie: a folder on this machine, or a prefix of an S3-compatible bucket.

Whoever delivers may write there, so nothing in it is believed: links are named and never followed, not even one that
takes a folder's place between the listing and the reading, and what is no plain file is no file.
"""

import contextlib
import itertools
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, InvalidPathError
from obstore.store import ObjectStore, from_url

from service.batches import MAX_DEPTH, MAX_FILES

if TYPE_CHECKING:
    from obstore import ObjectMeta

ANSWERS = "acknowledgements"
"""The folder of a batch that answers are written to; what lies in it is no part of the batch."""

PARTIAL = (".part", ".partial", ".filepart", ".tmp", ".crdownload")
"""Ends of names under which clients write a file that is not whole yet."""

_BLOCK = 1024 * 1024
_AT_HAND = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a batch. ``name`` is its path in the batch as it is written there, with slashes; ``state`` changes
    whenever its content does; ``quiet_s`` is for how long it has not; ``fault`` is why it is no file to be taken;
    ``archive``: the batch is this one file. A fault of the batch as a whole has no name."""

    name: str
    size: int
    state: str
    quiet_s: float
    fault: str | None = None
    archive: bool = False


class Changed(Exception):
    """A file changed while it was read, or is gone: it is looked at again in the next round."""


class Place(Protocol):
    """A watched folder."""

    @property
    def address(self) -> str:
        """What deliveries name as their source."""

    def listing(self, now: float) -> dict[str, list[Entry]]:
        """The files of every batch: each folder, and each zip archive with itself as its one file. Unfinished and
        hidden files are left out."""

    def read(self, batch: str, entry: Entry) -> Iterator[bytes]:
        """The bytes of a file. Raises :class:`Changed`."""

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Put a file into a folder, whole or not at all. An empty ``folder`` is the place itself."""


def place_of(address: str, options: Mapping[str, str]) -> Place:
    """``s3://bucket/prefix`` with ``options`` such as ``endpoint``, or a folder.

    :raises FileNotFoundError: when there is no such folder
    :raises ValueError: when it is no address of a bucket
    """
    if urlsplit(address).scheme in ("s3", "s3a"):
        return Bucket(address, options)
    root = Path(address.removeprefix("file://"))
    if not root.is_dir():
        raise FileNotFoundError(f"there is no folder {root}")
    return Folder(root.resolve())


def passed_over(name: str) -> bool:
    """Whether a path is none of a batch's business: hidden, not written to its end, or an answer."""
    parts = name.split("/")
    return parts[0] == ANSWERS or name.lower().endswith(PARTIAL) or any(part.startswith(".") for part in parts)


class Folder:
    """A folder on this machine, opened once; every file is reached from there step by step, over no link."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._descriptor = os.open(root, os.O_DIRECTORY | os.O_CLOEXEC)

    @property
    def address(self) -> str:
        return str(self._root)

    def listing(self, now: float) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        with os.scandir(self._descriptor) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                if passed_over(entry.name) or entry.is_symlink():
                    continue
                if entry.is_dir(follow_symlinks=False):
                    found[entry.name] = list(self._files(entry.name, now))
                elif entry.name.lower().endswith(".zip") and entry.is_file(follow_symlinks=False):
                    about = entry.stat(follow_symlinks=False)
                    found[entry.name] = [replace(_entry(entry.name, about, now), archive=True)]
        return found

    def _files(self, batch: str, now: float) -> Iterator[Entry]:
        """Everything under a batch's folder, one more than may be at most."""
        waiting, seen = [(batch, "")], 0
        while waiting and seen <= MAX_FILES:
            folder, prefix = waiting.pop()
            try:
                with self._opened(folder, os.O_DIRECTORY) as descriptor, os.scandir(descriptor) as entries:
                    for entry in itertools.islice(entries, MAX_FILES + 1):
                        name = prefix + entry.name
                        if passed_over(name):
                            continue
                        about = entry.stat(follow_symlinks=False)
                        if stat.S_ISDIR(about.st_mode) and name.count("/") < MAX_DEPTH:
                            waiting.append((f"{folder}/{entry.name}", f"{name}/"))
                            continue
                        seen += 1
                        yield _entry(name, about, now)
            except PermissionError:
                yield Entry(prefix or batch, 0, "closed", 0.0, "the folder cannot be read")
            except OSError:
                continue  # moved away, or no folder any more: the next round sees what it is then

    def read(self, batch: str, entry: Entry) -> Iterator[bytes]:
        path = batch if entry.archive else f"{batch}/{entry.name}"
        try:
            with self._opened(path, os.O_NONBLOCK) as descriptor:
                before = os.fstat(descriptor)
                if not stat.S_ISREG(before.st_mode) or _state(before) != entry.state:
                    raise Changed(entry.name)
                while block := os.read(descriptor, _BLOCK):
                    yield block
                if _state(os.fstat(descriptor)) != entry.state:
                    raise Changed(entry.name)
        except OSError as error:
            raise Changed(f"{entry.name}: {error.strerror}") from None

    def write(self, folder: str, name: str, content: bytes) -> None:
        with self._opened(folder or ".", os.O_DIRECTORY) as parent:
            with contextlib.suppress(FileExistsError):
                os.mkdir(ANSWERS, 0o755, dir_fd=parent)
            descriptor = os.open(ANSWERS, _AT_HAND | os.O_DIRECTORY, dir_fd=parent)
            aside = f".{secrets.token_hex(8)}.part"
            try:
                made = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=descriptor)
                try:
                    with os.fdopen(made, "wb") as stream:
                        stream.write(content)
                        stream.flush()
                        os.fsync(stream.fileno())
                    os.rename(aside, name, src_dir_fd=descriptor, dst_dir_fd=descriptor)
                except BaseException:
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(aside, dir_fd=descriptor)
                    raise
            finally:
                os.close(descriptor)

    @contextlib.contextmanager
    def _opened(self, path: str, how: int) -> Iterator[int]:
        """A file or folder below the root, each step of its path opened from the one before, none of them a link."""
        steps = path.split("/")
        descriptor = os.dup(self._descriptor)
        try:
            for position, step in enumerate(steps):
                last = position == len(steps) - 1
                further = os.open(step, _AT_HAND | (how if last else os.O_DIRECTORY), dir_fd=descriptor)
                os.close(descriptor)
                descriptor = further
            yield descriptor
        finally:
            os.close(descriptor)


def _entry(name: str, about: os.stat_result, now: float) -> Entry:
    """Quiet since its last change of any kind: unlike the time of writing, nobody can set that one back."""
    fault = None
    if stat.S_ISLNK(about.st_mode):
        fault = "links are not allowed"
    elif stat.S_ISDIR(about.st_mode):
        fault = f"it lies more than {MAX_DEPTH} folders deep"
    elif not stat.S_ISREG(about.st_mode):
        fault = "only plain files are allowed"
    return Entry(name, about.st_size, _state(about), now - about.st_ctime, fault)


def _state(about: os.stat_result) -> str:
    return f"{about.st_size}:{about.st_ino}:{about.st_ctime_ns}"


def _object_state(meta: "ObjectMeta") -> str:
    return f"{meta['size']}:{meta['e_tag'] or ''}:{meta['last_modified'].timestamp():.0f}"


class Bucket:
    """A prefix of a bucket. An object is there whole or not at all, so it is quiet from the first moment."""

    def __init__(self, address: str, options: Mapping[str, str]) -> None:
        self._address = address.rstrip("/")
        config: dict[str, Any] = dict(options)
        if config.get("endpoint", "").startswith("http://"):
            config["client_options"] = {"allow_http": True}
        try:
            self._store: ObjectStore = from_url(self._address, **config)
        except BaseError as error:
            raise ValueError(f"{address}: {str(error).splitlines()[0]}") from None

    @property
    def address(self) -> str:
        return self._address

    def listing(self, now: float) -> dict[str, list[Entry]]:
        try:
            return self._listed(None)
        except InvalidPathError:  # keys may be any text, and one that is no path fails the listing of all
            found = self._listed(None, deep=False)
        for prefix in obstore.list_with_delimiter(self._store)["common_prefixes"]:
            try:
                found |= self._listed(prefix)
            except InvalidPathError:
                fault = "one of its keys is no path: an empty step, '.', '..' or a control character"
                found[prefix] = [Entry("", 0, fault, float("inf"), fault)]
        return found

    def _listed(self, prefix: str | None, *, deep: bool = True) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for chunk in (
            obstore.list(self._store, prefix) if deep else [obstore.list_with_delimiter(self._store)["objects"]]
        ):
            for meta in chunk:
                batch, slash, name = meta["path"].partition("/")
                archive = not slash and batch.lower().endswith(".zip")
                if archive:
                    name = batch
                if not name or name.endswith("/") or passed_over(batch) or passed_over(name):
                    continue
                entries = found.setdefault(batch, [])
                if len(entries) <= MAX_FILES:
                    entries.append(Entry(name, meta["size"], _object_state(meta), float("inf"), archive=archive))
        return found

    def read(self, batch: str, entry: Entry) -> Iterator[bytes]:
        path = batch if entry.archive else f"{batch}/{entry.name}"
        try:
            got = obstore.get(self._store, path)
            if _object_state(got.meta) != entry.state:
                raise Changed(entry.name)
            for block in got.stream(min_chunk_size=_BLOCK):
                yield bytes(block)
        except FileNotFoundError:
            raise Changed(f"{entry.name}: it is gone") from None

    def write(self, folder: str, name: str, content: bytes) -> None:
        obstore.put(self._store, "/".join(part for part in (folder, ANSWERS, name) if part), content)
