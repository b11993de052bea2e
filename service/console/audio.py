"""The original bytes of a track's audio, for the player."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.api.backend import BackendDep
from service.byte_ranges import content_response, media_type_of
from service.console.rendering import page
from service.console.sessions import Elsewhere, SignedIn
from service.store.blob_rows import Blobs
from service.store.case_queue import CaseQueue
from service.store.evidence import EvidenceStore

router = APIRouter()


@router.get("/audio/{track_id}")
def audio(track_id: str, request: Request, backend: BackendDep, reviewer: SignedIn) -> Response:
    with backend.database.read() as session:
        track = CaseQueue(session, reviewer.tenant_id).track(track_id)
        evidence = EvidenceStore(session).newest(track.audio_sha256) if track else None
        blob = Blobs(session).get(track.audio_sha256) if track else None
    size = backend.blobs.size(track.audio_sha256) if track and blob and blob.erased_at is None else None
    if track is None or size is None:
        raise Elsewhere(
            page("message.html", 404, title="No such audio", text="There is no such audio.", reviewer=reviewer)
        )
    return content_response(
        backend.blobs,
        track.audio_sha256,
        size,
        media_type=media_type_of(evidence.codec if evidence else None),
        wanted=request.headers.get("range"),
        headers={"cache-control": "private, max-age=3600"},
    )
