"""Stored content as an HTTP answer: whole or by range (RFC 9110, section 14)."""

import re

from fastapi.responses import Response, StreamingResponse

from schemas.problems import ProblemType
from service.api.problems import ProblemError
from service.store.blobs import BlobStorage

BLOCK = 256 * 1024
LARGEST_RANGE = 16 * BLOCK
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


def content_response(
    blobs: BlobStorage, sha256: str, size: int, *, media_type: str, wanted: str | None, headers: dict[str, str]
) -> Response:
    """The bytes of a content, or the single range that the Range header ``wanted`` names, cut to 4 MiB.

    Several ranges at once, and what is no range, are answered with everything, as the RFC allows. A range past the end
    is a problem (416).
    """
    headers = {"accept-ranges": "bytes", "etag": f'"{sha256}"', **headers}
    span = requested_range(wanted, size)
    if span is None:
        headers["content-length"] = str(size)
        return StreamingResponse(blobs.read(sha256), media_type=media_type, headers=headers)
    start, end = span
    if start > end:
        raise ProblemError(
            ProblemType.RANGE_NOT_SATISFIABLE,
            f"The content has {size:,} bytes.",
            headers={"content-range": f"bytes */{size}"},
        )
    end = min(end, start + LARGEST_RANGE - 1)
    headers["content-range"] = f"bytes {start}-{end}/{size}"
    return Response(blobs.read_range(sha256, start, end - start + 1), 206, headers, media_type=media_type)


def requested_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; nothing for no range or one that is not valid, which means all.

    A range that begins past the end comes back as one that ends before it begins: it cannot be satisfied.
    """
    match = _RANGE.fullmatch((header or "").replace(" ", ""))
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(0, size - int(match[2])), size - 1
    start = int(match[1])
    if match[2] and int(match[2]) < start:
        return None
    return (start, min(int(match[2]), size - 1) if match[2] else size - 1) if start < size else (1, 0)


_TYPES = {"mp3": "audio/mpeg", "flac": "audio/flac", "vorbis": "audio/ogg", "opus": "audio/ogg", "aac": "audio/mp4"}


def media_type_of(codec: str | None) -> str:
    """The media type that players expect for a codec of the evidence; bytes alone before there is any."""
    return _TYPES.get(codec, "audio/wav") if codec else "application/octet-stream"
