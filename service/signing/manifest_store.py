"""A file's own C2PA manifest, byte for byte.

A manifest store is one JUMBF superbox of type ``c2pa`` (ISO 19566-5; C2PA Technical Specification 2.x, section 11.1),
kept in one piece in a RIFF chunk, an ID3v2 GEOB frame or an MP4 box. Where it stands differs, what it is does not.
"""

import mmap
import re
from pathlib import Path

MEDIA_TYPE = "application/c2pa"
LARGEST = 64 * 1024 * 1024
_SUPERBOX = re.compile(rb"jumb\x00\x00\x00.jumdc2pa", re.DOTALL)
_LENGTH_BYTES = 4


def manifest_store(path: Path) -> bytes | None:
    """The manifest store as it stands in the file, or ``None`` where there is none.

    Whether it is valid is not looked into: it is given as it came. A box that claims to be longer than the file, or
    than 64 MiB, is none.
    """
    if path.stat().st_size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = _SUPERBOX.search(content)
        if found is None or found.start() < _LENGTH_BYTES:
            return None
        start = found.start() - _LENGTH_BYTES
        length = int.from_bytes(content[start : found.start()], "big")
        if not len(found[0]) < length <= min(LARGEST, len(content) - start):
            return None
        return bytes(content[start : start + length])
