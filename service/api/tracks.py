"""``/v1/tracks``: deliver tracks and see where they stand."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from schemas.identifiers import Isrc
from schemas.pages import Page
from schemas.problems import ProblemType
from schemas.review import TrackState
from schemas.tracks import TrackAccepted, TrackOut, TrackSummary
from service.api import intake
from service.api.access import TracksReader, TracksWriter
from service.api.backend import BackendDep
from service.api.bodies import BoundedRoute
from service.api.once import IdempotencyKey, Once
from service.api.openapi import form_body, problem_responses
from service.api.paging import Cursor, Limit, bad_cursor, checked_cursor, split_page
from service.api.problems import not_found
from service.api.revisions import etag
from service.api.track_views import summary, whole
from service.store.tracks import Tracks

router = APIRouter(prefix="/v1/tracks", tags=["tracks"], route_class=BoundedRoute)


@router.post(
    "",
    status_code=202,
    summary="Deliver a track",
    response_model=TrackAccepted,
    responses=problem_responses(
        ProblemType.MALFORMED_BODY,
        ProblemType.UNAUTHENTICATED,
        ProblemType.MISSING_SCOPE,
        ProblemType.REQUEST_IN_FLIGHT,
        ProblemType.TOO_LARGE,
        ProblemType.UNSUPPORTED_MEDIA_TYPE,
        ProblemType.INVALID_METADATA,
        ProblemType.INVALID_REQUEST,
        ProblemType.KEY_REUSED,
        ProblemType.NOT_READY,
        ProblemType.STORAGE_FULL,
        ProblemType.TOO_MANY_REQUESTS,
        ProblemType.QUOTA_REACHED,
    ),
    openapi_extra=form_body("metadata", "audio", optional=("artwork", "audio_upload", "artwork_upload")),
)
async def deliver_track(
    request: Request, backend: BackendDep, principal: TracksWriter, idempotency_key: IdempotencyKey = None
) -> Response:
    """Send a track's metadata, with the declaration of AI use, and its audio, as `multipart/form-data`.

    202 means that everything is stored and that analysis follows by itself. Nothing is stored on any other answer.
    Put `metadata` before `audio`: then what is wrong with it is told before the audio has been sent. In place of
    `audio` the form may have `audio_upload`, the id of a finished resumable upload (`POST /v1/uploads`).
    """
    once = await run_in_threadpool(Once.reserve, backend, principal.tenant_id, idempotency_key)
    try:
        if not once.replays:
            await run_in_threadpool(intake.check_quota, backend, principal)
        upload = await intake.receive(
            request, backend, principal, ("metadata", "audio"), intake.stage_for(once, backend)
        )
    except BaseException:
        await intake.shielded(once.abandon)
        raise
    return await intake.shielded(intake.accept, backend, principal, upload, once)


@router.get("", summary="List tracks", responses=problem_responses(ProblemType.UNAUTHENTICATED))
def list_tracks(
    backend: BackendDep,
    principal: TracksReader,
    state: Annotated[TrackState | None, Query(description="Only tracks in this state.")] = None,
    isrc: Annotated[Isrc | None, Query(max_length=40, description="Only tracks with this ISRC.")] = None,
    client_reference: Annotated[
        str | None, Query(max_length=255, description="Only tracks with this reference of the sender's own.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[TrackSummary]:
    """The tenant's tracks in order of acceptance."""
    with backend.database.read() as session:
        tracks = Tracks(session)
        after = 0
        if checked_cursor(cursor) is not None:
            last_seen = tracks.get(principal.tenant_id, str(cursor))
            if last_seen is None:
                raise bad_cursor()
            after = last_seen.accepted_seq
        rows = tracks.page(
            principal.tenant_id,
            after=after,
            limit=limit + 1,
            state=state,
            isrc=isrc,
            client_reference=client_reference,
        )
        shown, last = split_page(rows, limit)
        return Page(items=[summary(track) for track in shown], next_cursor=last.id if last else None)


@router.get(
    "/{track_id}",
    summary="Read a track",
    responses=problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND),
)
def read_track(track_id: str, response: Response, backend: BackendDep, principal: TracksReader) -> TrackOut:
    """Where a track stands: state and reason, metadata and declaration, evidence, and the log of what happened to it.

    The ETag is the revision; corrections name it in `If-Match`.
    """
    with backend.database.read() as session:
        track = Tracks(session).get(principal.tenant_id, track_id)
        if track is None:
            raise not_found("track")
        response.headers["ETag"] = etag(track.revision)
        return whole(session, track)
