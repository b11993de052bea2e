"""``/v1/tracks/{id}/exports``: a track's label in the forms that platforms, standards and regulators ask for."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from schemas.ern.write import DeliveredTrack, Envelope, write_message
from schemas.exports.formats import MEANINGS, ExportFormat, ExportOut, Publishable, export_content
from schemas.identifiers import normalise_dpid
from schemas.problems import ProblemType
from service.api.access import TracksReader
from service.api.backend import Backend, BackendDep
from service.api.openapi import problem_responses
from service.api.problems import ProblemError, field_problem, not_found
from service.published import publishable
from service.store.clock import utc_now
from service.store.evidence import EvidenceStore
from service.store.tables.tracks import Track
from service.store.tracks import Tracks

router = APIRouter(prefix="/v1/tracks", tags=["labels"])

_XML = "application/xml"


class ExportEntry(BaseModel):
    """One form that can be asked for."""

    format: ExportFormat
    meaning: str
    href: str


@router.get(
    "/{track_id}/exports",
    summary="List the forms of a track's label",
    responses=problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND),
)
def list_exports(track_id: str, backend: BackendDep, principal: TracksReader) -> list[ExportEntry]:
    """Every form there is, with its address."""
    with backend.database.read() as session:
        _track(session, principal.tenant_id, track_id)
    return [
        ExportEntry(format=form, meaning=meaning, href=f"/v1/tracks/{track_id}/exports/{form.value}")
        for form, meaning in MEANINGS.items()
    ]


@router.get(
    "/{track_id}/exports/{format}",
    summary="Read a track's label in one form",
    response_model=ExportOut,
    responses={200: {"content": {_XML: {"schema": {"type": "string", "description": "For `ddex` alone."}}}}}
    | problem_responses(
        ProblemType.UNAUTHENTICATED,
        ProblemType.MISSING_SCOPE,
        ProblemType.NOT_FOUND,
        ProblemType.INVALID_REQUEST,
        ProblemType.NOT_OFFERED,
    ),
)
def read_export(
    track_id: str,
    format: ExportFormat,
    backend: BackendDep,
    principal: TracksReader,
    recipient: Annotated[
        str | None, Query(max_length=40, description="DPID of the receiver; needed for `ddex` and only there.")
    ] = None,
    language: Annotated[
        str, Query(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="Language of texts for listeners.")
    ] = "en",
) -> Any:
    """What was declared, and where a person confirmed otherwise what they confirmed; never what a machine suspects.

    `credits` is what the public card says, with `detected` as it has it.
    """
    with backend.database.read() as session:
        track = _track(session, principal.tenant_id, track_id)
        said = publishable(session, track, utc_now())
        if format is ExportFormat.DDEX:
            message = _ern(session, backend, track, said, recipient)
            return Response(message, media_type=_XML)
    content = export_content(format, said, producer=backend.settings.operator_id, language=language)
    return ExportOut(format=format, meaning=MEANINGS[format], content=content)


def _track(session: Session, tenant_id: str, track_id: str) -> Track:
    track = Tracks(session).get(tenant_id, track_id)
    if track is None:
        raise not_found("track")
    return track


def _ern(session: Session, backend: Backend, track: Track, said: Publishable, recipient: str | None) -> bytes:
    settings = backend.settings
    if not settings.dpid:
        raise ProblemError(
            ProblemType.NOT_OFFERED,
            "This deployment has no DPID (EARMARK_DPID), so it writes no ERN messages.",
        )
    try:
        to = normalise_dpid(recipient or "")
    except ValueError as wrong:
        raise field_problem(ProblemType.INVALID_REQUEST, "query.recipient", str(wrong)) from None
    revision = Tracks(session).revision(track.id)
    evidence = EvidenceStore(session).newest(track.audio_sha256)
    metadata = Tracks(session).metadata(track.id).model_copy(update={"declared_ai": said.declaration})
    envelope = Envelope(
        message_id=f"{track.id}-{track.revision}",
        thread_id=track.release_id or track.id,
        sender=settings.dpid,
        sender_name=settings.operator_name,
        recipient=to,
        created_at=track.updated_at,
    )
    delivered = DeliveredTrack(
        metadata=metadata,
        duration_s=evidence.duration_s if evidence else 0.0,
        uri=revision.audio_file_name or f"{track.audio_sha256}.audio",
        sha256=track.audio_sha256,
    )
    return write_message(envelope, [delivered])
