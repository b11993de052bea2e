"""A track's own file: as it was delivered, the C2PA manifest that stands in it, and a copy signed with our label."""

import os
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import IO

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session

from schemas.exports.c2pa import container_of, manifest_definition
from schemas.problems import ProblemType
from service.api.access import TracksReader
from service.api.backend import Backend, BackendDep
from service.api.openapi import problem_responses
from service.api.problems import ProblemError, not_found
from service.byte_ranges import BLOCK, content_response, media_type_of
from service.published import publishable
from service.signing.manifest_store import MEDIA_TYPE, manifest_store
from service.signing.signer import Credentials, NotSigned, signed_copy
from service.store.blob_rows import Blobs
from service.store.clock import utc_now
from service.store.evidence import EvidenceStore
from service.store.tables.tracks import Track
from service.store.tracks import Tracks

router = APIRouter(prefix="/v1/tracks", tags=["tracks"])

_BYTES = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
_ANY_BYTES = {"application/octet-stream": _BYTES, "audio/*": _BYTES}
_PROBLEMS = problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND)


@router.get(
    "/{track_id}/audio",
    summary="Read the audio as it was delivered",
    response_class=Response,
    responses=_PROBLEMS
    | problem_responses(ProblemType.RANGE_NOT_SATISFIABLE)
    | {
        200: {"content": _ANY_BYTES},
        206: {"description": "One range, at most 4 MiB of it.", "content": _ANY_BYTES},
    },
)
def read_audio(track_id: str, request: Request, backend: BackendDep, principal: TracksReader) -> Response:
    """The very bytes that were delivered, with every tag and signature in them; whole or by `Range`."""
    track, codec = _found(backend, principal.tenant_id, track_id)
    size = backend.blobs.size(track.audio_sha256)
    if size is None:
        raise not_found("audio of this track")
    return content_response(
        backend.blobs,
        track.audio_sha256,
        size,
        media_type=media_type_of(codec),
        wanted=request.headers.get("range"),
        headers={"cache-control": "private, no-cache", "content-disposition": "attachment"},
    )


@router.get(
    "/{track_id}/manifest",
    summary="Read the C2PA manifest of the file",
    response_class=Response,
    responses=_PROBLEMS | {200: {"content": {MEDIA_TYPE: _BYTES}}},
)
def read_manifest(track_id: str, backend: BackendDep, principal: TracksReader) -> Response:
    """The manifest store that stands in the delivered file, byte for byte as it came (JUMBF), whatever its trust.

    How far it can be believed is part of the evidence: `GET /v1/tracks/{track_id}`.
    """
    track, _ = _found(backend, principal.tenant_id, track_id)
    try:
        with backend.blobs.local_path(track.audio_sha256) as path:
            store = manifest_store(path)
    except FileNotFoundError:
        raise not_found("audio of this track") from None
    if store is None:
        raise not_found("C2PA manifest in this track's file")
    return Response(store, media_type=MEDIA_TYPE)


@router.get(
    "/{track_id}/signed-copy",
    summary="Read a copy signed with the label",
    response_class=Response,
    responses=_PROBLEMS
    | problem_responses(ProblemType.NOT_NOW, ProblemType.NOT_OFFERED)
    | {200: {"content": {"audio/wav": _BYTES, "audio/mpeg": _BYTES, "audio/flac": _BYTES, "audio/mp4": _BYTES}}},
)
def read_signed_copy(track_id: str, backend: BackendDep, principal: TracksReader) -> Response:
    """The delivered file with a C2PA manifest that states what was declared and confirmed, signed by the operator.

    An earlier manifest stays inside as the parent of ours. The sound is not touched; WAV, FLAC, MP3 and M4A can carry
    a manifest. What a machine suspects is not in it.
    """
    with backend.database.read() as session:
        track = Tracks(session).get(principal.tenant_id, track_id)
        if track is None:
            raise not_found("track")
        _check_kept(session, track)
        said = publishable(session, track, utc_now())
    settings = backend.settings
    if settings.c2pa_signing_certificate is None or settings.c2pa_signing_key is None:
        raise ProblemError(
            ProblemType.NOT_OFFERED,
            "This deployment has no signing certificate (EARMARK_C2PA_SIGNING_CERTIFICATE, EARMARK_C2PA_SIGNING_KEY).",
        )
    by = Credentials(
        certificate=settings.c2pa_signing_certificate.absolute(),
        key=settings.c2pa_signing_key.absolute(),
        algorithm=settings.c2pa_signing_algorithm,
    )
    try:
        with backend.blobs.local_path(track.audio_sha256) as path:
            with path.open("rb") as file:
                mime_type = container_of(file.read(16))
            if mime_type is None:
                raise ProblemError(ProblemType.NOT_NOW, "This kind of file cannot carry a C2PA manifest.")
            definition = manifest_definition(
                title=said.card.title,
                mime_type=mime_type,
                declaration=said.declaration,
                confirmed=said.confirmed,
                track_id=track.id,
                version=version("earmark"),
            )
            copy = _signed(path, mime_type, definition, by)
    except FileNotFoundError:
        raise not_found("audio of this track") from None
    except NotSigned as why:
        raise ProblemError(ProblemType.NOT_NOW, f"This file cannot be signed: {why}.") from None
    headers = {"content-length": str(os.fstat(copy.fileno()).st_size), "content-disposition": "attachment"}
    return StreamingResponse(_blocks(copy), media_type=mime_type, headers=headers)


def _found(backend: Backend, tenant_id: str, track_id: str) -> tuple[Track, str | None]:
    with backend.database.read() as session:
        track = Tracks(session).get(tenant_id, track_id)
        if track is None:
            raise not_found("track")
        _check_kept(session, track)
        evidence = EvidenceStore(session).newest(track.audio_sha256)
        return track, evidence.codec if evidence else None


def _check_kept(session: Session, track: Track) -> None:
    blob = Blobs(session).get(track.audio_sha256)
    if blob is not None and blob.erased_at is not None:
        detail = f"The audio was erased on {blob.erased_at:%d %B %Y}; what was found in it stays on record."
        raise ProblemError(ProblemType.NOT_FOUND, detail)


def _signed(path: Path, mime_type: str, definition: dict[str, object], by: Credentials) -> IO[bytes]:
    """The signed copy, opened; its name is gone from the disk already, so that nothing is left behind."""
    with tempfile.TemporaryDirectory(prefix="earmark-signing-") as folder:
        target = Path(folder) / "copy"
        signed_copy(path, target, mime_type, definition, by)
        return target.open("rb")


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block
