"""The original bytes of a track's audio, for the player: whole or by range (RFC 9110, section 14)."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from service.api.backend import BackendDep
from service.console.rendering import page
from service.console.sessions import Elsewhere, SignedIn
from service.store.case_queue import CaseQueue
from service.store.evidence import EvidenceStore

router = APIRouter()
BLOCK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
_TYPES = {"mp3": "audio/mpeg", "flac": "audio/flac", "vorbis": "audio/ogg", "opus": "audio/ogg", "aac": "audio/mp4"}


@router.get("/audio/{track_id}")
def audio(track_id: str, request: Request, backend: BackendDep, reviewer: SignedIn) -> Response:
    with backend.database.read() as session:
        track = CaseQueue(session, reviewer.tenant_id).track(track_id)
        evidence = EvidenceStore(session).newest(track.audio_sha256) if track else None
    size = backend.blobs.size(track.audio_sha256) if track else None
    if track is None or size is None:
        raise Elsewhere(
            page("message.html", 404, title="No such audio", text="There is no such audio.", reviewer=reviewer)
        )
    sha256 = track.audio_sha256
    headers = {"accept-ranges": "bytes", "cache-control": "private, max-age=3600", "etag": f'"{sha256}"'}
    kind = _TYPES.get(evidence.codec, "audio/wav") if evidence else "application/octet-stream"
    wanted = requested_range(request.headers.get("range"), size)
    if wanted is None:
        headers["content-length"] = str(size)
        return StreamingResponse(backend.blobs.read(sha256), media_type=kind, headers=headers)
    start, end = wanted
    if start > end:
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    end = min(end, start + 16 * BLOCK - 1)
    headers["content-range"] = f"bytes {start}-{end}/{size}"
    return Response(backend.blobs.read_range(sha256, start, end - start + 1), 206, headers, media_type=kind)


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
