"""Archives and file names of batches from strangers: nothing leads out of a batch, and nothing bursts. Pure but for
the reading of the archive itself."""

import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

MAX_FILES = 10_000
MAX_NAME = 400
MAX_DEPTH = 12
MAX_RATIO = 100
"""Audio hardly shrinks; silence in WAV does, by less than this over a whole batch."""
SMALL_BYTES = 64 * 1024 * 1024
"""What any archive may unpack to, whatever its ratio."""
_BLOCK = 1024 * 1024


class BatchRefused(Exception):
    """The batch is not acceptable; ``file`` is the name at fault, if one is."""

    def __init__(self, detail: str, file: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.file = file


def safe_name(sent: str) -> str:
    """A file's path in its batch, with slashes. Raises :class:`BatchRefused` for one that leads elsewhere, or that no
    file system should be asked to keep."""
    name = unicodedata.normalize("NFC", sent.replace("\\", "/"))
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        raise BatchRefused("a file's path must be relative", sent)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise BatchRefused("a file's path must not lead out of the batch", sent)
    if not parts or any(unicodedata.category(letter)[0] == "C" for letter in name):
        raise BatchRefused("a file needs a name without control characters", sent)
    if len(name) > MAX_NAME or len(parts) > MAX_DEPTH:
        raise BatchRefused(f"a file's path may have {MAX_NAME} characters and {MAX_DEPTH} folders", sent)
    return "/".join(parts)


def unpacked(path: Path, *, max_bytes: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The files of a zip archive with their bytes, read one after the other; everything that can be known from its
    directory is checked before the first. Raises :class:`BatchRefused`."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked(archive, path.stat().st_size, max_bytes)
            for name, entry in entries:
                with archive.open(entry) as member:
                    yield name, _blocks(member, entry, name)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BatchRefused(f"the archive cannot be read: {error}") from None


def _checked(archive: zipfile.ZipFile, size: int, max_bytes: int) -> list[tuple[str, zipfile.ZipInfo]]:
    found: dict[str, zipfile.ZipInfo] = {}
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        raise BatchRefused(f"the archive has more than {MAX_FILES} files")
    for entry in entries:
        if entry.is_dir():
            continue
        name = safe_name(entry.filename)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise BatchRefused("links are not allowed", name)
        if entry.flag_bits & 0x1:
            raise BatchRefused("encrypted files are not allowed", name)
        if name in found:
            raise BatchRefused("the archive has this file twice", name)
        found[name] = entry
    total = sum(entry.file_size for entry in found.values())
    if total > max_bytes:
        raise BatchRefused(f"the archive unpacks to more than {max_bytes} bytes")
    if total > max(SMALL_BYTES, MAX_RATIO * size):
        raise BatchRefused(f"the archive unpacks to more than {MAX_RATIO} times its size")
    return list(found.items())


def _blocks(member: IO[bytes], entry: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """The bytes of a member, no more than its directory says."""
    seen = 0
    while block := member.read(_BLOCK):
        seen += len(block)
        if seen > entry.file_size:
            raise BatchRefused("the file is longer than the archive says", name)
        yield block
    if seen != entry.file_size:
        raise BatchRefused("the file is shorter than the archive says", name)
