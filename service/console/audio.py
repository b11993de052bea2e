"""The original bytes of a track's audio, for the player, and its picture."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.api.backend import BackendDep
from service.byte_ranges import content_response, media_type_of
from service.console.rendering import page
from service.console.sessions import Elsewhere, SignedIn
from service.store.blob_rows import Blobs
from service.store.case_queue import CaseQueue
from service.store.evidence import EvidenceStore
from service.store.spectrograms import Spectrograms
from service.store.tables.reviewers import Reviewer

router = APIRouter()


@router.get("/audio/{track_id}")
def audio(track_id: str, request: Request, backend: BackendDep, reviewer: SignedIn) -> Response:
    with backend.database.read() as session:
        track = CaseQueue(session, reviewer.tenant_id).heard(track_id)
        evidence = EvidenceStore(session).newest(track.audio_sha256) if track else None
        blob = Blobs(session).get(track.audio_sha256) if track else None
    size = backend.blobs.size(track.audio_sha256) if track and blob and blob.erased_at is None else None
    if track is None or size is None:
        raise _none(reviewer)
    return content_response(
        backend.blobs,
        track.audio_sha256,
        size,
        media_type=media_type_of(evidence.codec if evidence else None),
        wanted=request.headers.get("range"),
        headers={"cache-control": "private, max-age=3600"},
    )


@router.get("/audio/{track_id}/spectrogram")
def spectrogram(track_id: str, backend: BackendDep, reviewer: SignedIn) -> Response:
    with backend.database.read() as session:
        track = CaseQueue(session, reviewer.tenant_id).heard(track_id)
        picture = Spectrograms(session).picture(track.audio_sha256) if track else None
    if not picture:
        raise _none(reviewer)
    return Response(picture, media_type="image/png", headers={"cache-control": "private, max-age=3600"})


def _none(reviewer: Reviewer) -> Elsewhere:
    return Elsewhere(
        page("message.html", 404, title="No such audio", text="There is no such audio.", reviewer=reviewer)
    )
