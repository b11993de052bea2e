"""The headers of tus 1.0 (https://tus.io/protocols/resumable-upload), read and checked."""

import base64
import binascii
import hashlib
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import NamedTuple

from schemas.problems import ProblemType
from service.api.fields import inert
from service.api.problems import ProblemError, field_problem

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
CHECKSUMS = ("sha1", "sha256", "sha512", "md5")
BODY_TYPE = "application/offset+octet-stream"

MAX_METADATA_BYTES = 8_000
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,100}")
_NUMBER = re.compile(r"[0-9]{1,18}")


class Checksum(NamedTuple):
    """What the body of one request must come to."""

    algorithm: str
    digest: bytes


def check_version(sent: str | None) -> None:
    """A 412 for a request without ``Tus-Resumable``, or with a version that is not spoken here."""
    if sent != VERSION:
        raise ProblemError(
            ProblemType.TUS_VERSION,
            errors=[],
            detail=f"Tus-Resumable is {inert(sent, 20)!r}; {VERSION} is spoken here." if sent else None,
            headers={"Tus-Version": VERSION},
        )


def number(name: str, sent: str | None) -> int:
    """A length or an offset in bytes; a 400 for anything else."""
    if sent is None or not _NUMBER.fullmatch(sent.strip()):
        raise _bad(name, "must be a whole number of bytes, in digits" if sent else "is required")
    return int(sent)


def metadata(sent: str | None) -> dict[str, str | None]:
    """``Upload-Metadata``: keys with values in Base64, by commas. A 400 for what is no such list."""
    found: dict[str, str | None] = {}
    if sent is not None and len(sent) > MAX_METADATA_BYTES:
        raise _bad("Upload-Metadata", f"may have {MAX_METADATA_BYTES} bytes at most")
    for pair in (sent or "").split(","):
        key, _, value = pair.strip().partition(" ")
        if not key and not (sent or "").strip():
            continue
        if not _KEY.fullmatch(key) or key in found:
            raise _bad("Upload-Metadata", "keys are ASCII without spaces and commas, not empty, and each is there once")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode() if value.strip() else None
        except (binascii.Error, ValueError):
            raise _bad("Upload-Metadata", f"the value of {inert(key, 60)} is not UTF-8 text in Base64") from None
    return found


def checksum(sent: str | None) -> Checksum | None:
    """``Upload-Checksum``; a 400 for an algorithm that is not known here, as the protocol asks."""
    if sent is None:
        return None
    algorithm, _, value = sent.strip().partition(" ")
    if algorithm not in CHECKSUMS:
        raise _bad("Upload-Checksum", f"the algorithm must be one of {', '.join(CHECKSUMS)}")
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise _bad("Upload-Checksum", f"is not the Base64 of a {algorithm} checksum")
    return Checksum(algorithm, digest)


def moment(at: datetime) -> str:
    """A moment as HTTP writes it, for ``Upload-Expires``."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _bad(header: str, message: str) -> ProblemError:
    return field_problem(ProblemType.BAD_REQUEST, f"header.{header}", message)
