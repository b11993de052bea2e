"""Corrections of a track, each a new revision under ``If-Match``: declaration, metadata, audio, withdrawal."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from schemas.catalogue import TrackMetadata
from schemas.disclosure import Facet, Level
from schemas.problems import FieldError, ProblemType
from schemas.review import TrackState
from schemas.tracks import TrackAccepted
from service.api import finished_uploads, intake
from service.api.access import TracksWriter
from service.api.backend import Backend, BackendDep
from service.api.bodies import BoundedRoute
from service.api.openapi import form_body, problem_responses
from service.api.problems import ProblemError, not_found
from service.api.revisions import IfMatch, check_precondition, etag
from service.api.said import check_said
from service.api.track_views import accepted
from service.auth.principal import Principal
from service.describing import redescribe
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.tables.track_revisions import RevisionKind
from service.store.tables.tracks import Track
from service.store.tracks import Tracks

router = APIRouter(prefix="/v1/tracks", tags=["tracks"], route_class=BoundedRoute)

_PROBLEMS = problem_responses(
    ProblemType.MALFORMED_BODY,
    ProblemType.UNAUTHENTICATED,
    ProblemType.MISSING_SCOPE,
    ProblemType.NOT_FOUND,
    ProblemType.NOT_NOW,
    ProblemType.REVISION_CHANGED,
    ProblemType.TOO_LARGE,
    ProblemType.UNSUPPORTED_MEDIA_TYPE,
    ProblemType.INVALID_METADATA,
    ProblemType.REVISION_REQUIRED,
)


@router.put("/{track_id}/declaration", status_code=202, summary="Declare anew", responses=_PROBLEMS)
def put_declaration(
    track_id: str,
    declaration: Annotated[
        dict[Facet, Level], Body(examples=[{"VOCALS": "ALL", "INSTRUMENTATION": "NONE", "LYRICS": "PARTLY"}])
    ],
    response: Response,
    backend: BackendDep,
    principal: TracksWriter,
    if_match: IfMatch = None,
) -> TrackAccepted:
    """Replace the declaration of AI use. A facet that is left out is undeclared; the track is decided anew."""

    def declared(before: TrackMetadata) -> TrackMetadata:
        return before.model_copy(update={"declared_ai": declaration})

    return _revise(backend, principal, track_id, if_match, response, RevisionKind.DECLARATION, declared)


@router.patch("/{track_id}", status_code=202, summary="Correct the metadata", responses=_PROBLEMS)
def patch_metadata(
    track_id: str,
    patch: Annotated[dict[str, Any], Body(examples=[{"title": "Night Drive", "release": {"label": None}}])],
    response: Response,
    backend: BackendDep,
    principal: TracksWriter,
    if_match: IfMatch = None,
) -> TrackAccepted:
    """Merge a patch (RFC 7396) into the metadata: keys that are sent replace, ``null`` removes, others stay.

    The audio is not analysed again; the track is decided anew. The declaration is changed by its own operation.
    """
    if "declared_ai" in patch:
        error = FieldError(field="body.declared_ai", message="is changed by PUT /v1/tracks/{id}/declaration")
        raise ProblemError(ProblemType.INVALID_METADATA, errors=[error])

    def patched(before: TrackMetadata) -> TrackMetadata:
        document = before.model_dump(mode="json", exclude_none=True)
        return check_said(merged(document, patch), TrackMetadata, "metadata")

    return _revise(backend, principal, track_id, if_match, response, RevisionKind.METADATA, patched)


@router.put(
    "/{track_id}/audio",
    status_code=202,
    summary="Replace the audio",
    responses=_PROBLEMS,
    openapi_extra=form_body("audio", optional=("artwork", "audio_upload", "artwork_upload")),
)
async def put_audio(
    track_id: str,
    request: Request,
    response: Response,
    backend: BackendDep,
    principal: TracksWriter,
    if_match: IfMatch = None,
) -> TrackAccepted:
    """Send another recording for the track. It is analysed and decided anew; what was found before stays on record."""
    await run_in_threadpool(_check_changeable, backend, principal, track_id, if_match)
    upload = await intake.receive(request, backend, principal, ("audio",))

    def replaced() -> TrackAccepted:
        files = upload.store()

        def work(session: Session) -> TrackAccepted:
            track = _changeable(session, principal, track_id, if_match)
            intake.record_files(session, files, upload.uploads)
            Tracks(session).revise(
                track,
                RevisionKind.AUDIO,
                now=utc_now(),
                audio_sha256=files["audio"][0],
                file_name=upload.names["audio"] or None,
                artwork_sha256=files["artwork"][0] if "artwork" in files else None,
                warnings=upload.warnings,
            )
            return _answer(track, upload.warnings, response)

        answer = backend.database.attempt(work)
        finished_uploads.clean_up(backend, upload)
        return answer

    return await intake.shielded(replaced)


@router.delete("/{track_id}", summary="Withdraw a track", responses=_PROBLEMS)
def withdraw(
    track_id: str, response: Response, backend: BackendDep, principal: TracksWriter, if_match: IfMatch = None
) -> TrackAccepted:
    """The sender takes the track back. It is not judged any more and leaves its cases; its history stays readable."""

    def work(session: Session) -> TrackAccepted:
        track = _changeable(session, principal, track_id, if_match)
        Tracks(session).revise(track, RevisionKind.WITHDRAWAL, now=utc_now())
        Cases(session).reconcile(track, [], content=str(track.revision), now=utc_now())
        return _answer(track, [], response)

    return backend.database.attempt(work)


def merged(document: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """JSON merge patch, RFC 7396, section 2."""
    result = dict(document)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            there = result.get(key)
            result[key] = merged(there if isinstance(there, dict) else {}, value)
        else:
            result[key] = value
    return result


def _check_changeable(backend: Backend, principal: Principal, track_id: str, if_match: str | None) -> None:
    with backend.database.read() as session:
        _check_state(Tracks(session).get(principal.tenant_id, track_id), if_match)


def _changeable(session: Session, principal: Principal, track_id: str, if_match: str | None) -> Track:
    """The track, locked until commit; or the problem that stands in the way of changing it."""
    tracks = Tracks(session)
    if tracks.get(principal.tenant_id, track_id) is None:
        raise not_found("track")
    return _check_state(tracks.find(track_id, lock=True), if_match)


def _check_state(track: Track | None, if_match: str | None) -> Track:
    if track is None:
        raise not_found("track")
    if track.state is TrackState.WITHDRAWN:
        raise ProblemError(ProblemType.NOT_NOW, "The track was withdrawn.")
    check_precondition(if_match, track.revision)
    return track


def _revise(
    backend: Backend,
    principal: Principal,
    track_id: str,
    if_match: str | None,
    response: Response,
    kind: RevisionKind,
    change: Callable[[TrackMetadata], TrackMetadata],
) -> TrackAccepted:
    def work(session: Session) -> TrackAccepted:
        track = _changeable(session, principal, track_id, if_match)
        metadata = change(Tracks(session).metadata(track.id))
        warnings = redescribe(session, track, metadata, kind, backend.settings.hashing_key, utc_now())
        return _answer(track, warnings, response)

    return backend.database.attempt(work)


def _answer(track: Track, warnings: list[str], response: Response) -> TrackAccepted:
    response.headers["ETag"] = etag(track.revision)
    return accepted(track, warnings)
