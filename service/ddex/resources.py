"""Which delivered file a message means, and whether it is the one that was sent."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Protocol, TypeVar

from schemas.deliveries import Fault, FileStatus
from schemas.ern.message import ErnFile

_ALGORITHMS = {
    "MD5": "md5", "SHA1": "sha1", "SHA-1": "sha1", "SHA-224": "sha224", "SHA224": "sha224", "SHA-256": "sha256",
    "SHA256": "sha256", "SHA-384": "sha384", "SHA384": "sha384", "SHA-512": "sha512", "SHA512": "sha512",
}  # fmt: skip


class File(Protocol):
    """A file; ``name`` is its path in the delivery."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...


F = TypeVar("F", bound=File)


def find(uri: str, message_file: str, files: Sequence[F]) -> F | None:
    """The file that a URI of a message means: by its path from the message's folder, then by its path from the
    delivery's, then by its end, if one alone has it. Compared without regard to case where nothing matches exactly."""
    wanted = PurePosixPath(uri.replace("\\", "/").split("://", 1)[-1].lstrip("/"))
    parts = [part for part in wanted.parts if part not in (".", "..")]
    if not parts:
        return None
    path = "/".join(parts)
    beside = str(PurePosixPath(message_file).parent / path)
    for fold in (str, str.casefold):
        for candidate in (beside, path):
            for file in files:
                if fold(file.name) == fold(candidate):
                    return file
        for ending in (path, parts[-1]):
            ends = [file for file in files if f"/{fold(file.name)}".endswith(f"/{fold(ending)}")]
            if ends and len({file.sha256 for file in ends}) == 1:
                return ends[0]
    return None


def check(stated: ErnFile, file: File, read: Callable[[str], Iterator[bytes]]) -> Fault | None:
    """What is wrong with a file by the hash sum that the message states; ``None`` where it is right, or where none is
    stated or its algorithm is not known."""
    if not stated.hash_value or not stated.hash_algorithm:
        return None
    algorithm = stated.hash_algorithm.strip().upper()
    if algorithm == "CRC32":
        right = _crc32(read(file.sha256))
    elif algorithm in _ALGORITHMS:
        name = _ALGORITHMS[algorithm]
        right = file.sha256 if name == "sha256" else _digest(name, read(file.sha256))
    else:
        return None
    if _same(stated.hash_value, right):
        return None
    detail = f"the {algorithm} hash sum of {file.name} is {right}, the message says {stated.hash_value[:140]}"
    return Fault(status=FileStatus.HASH_WRONG, detail=detail, file=stated.uri)


def _same(stated: str, right: str) -> bool:
    """As hexadecimal digits of either case, or in Base64, as some senders write it."""
    value = stated.strip()
    if value.lower() == right:
        return True
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True).hex() == right
    except (binascii.Error, ValueError):
        return False


def _digest(name: str, blocks: Iterable[bytes]) -> str:
    digest = hashlib.new(name, usedforsecurity=False)
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def _crc32(blocks: Iterable[bytes]) -> str:
    value = 0
    for block in blocks:
        value = zlib.crc32(block, value)
    return f"{value:08x}"
