"""The disclosure form over the API, and asking somebody for a declaration by a signed link."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from schemas.disclosure_form import QUESTIONS, DisclosureAnswers, Question
from schemas.events import EventKind
from schemas.problems import ProblemType
from schemas.review import TrackState
from schemas.tracks import TrackAccepted
from schemas.verdict import Action
from service.api.access import TracksReader, TracksWriter
from service.api.backend import BackendDep
from service.api.bodies import BoundedRoute
from service.api.openapi import problem_responses
from service.api.problems import ProblemError, not_found
from service.api.revisions import IfMatch, check_precondition, etag
from service.api.track_views import accepted
from service.auth.signed_links import LinkPurpose
from service.declaring import CannotDeclare, declare
from service.published import told_labels
from service.store.clock import utc_now
from service.store.declaration_requests import DeclarationRequests
from service.store.events import Events
from service.store.tracks import Tracks

router = APIRouter(prefix="/v1", tags=["tracks"], route_class=BoundedRoute)

_PROBLEMS = problem_responses(
    ProblemType.MALFORMED_BODY,
    ProblemType.UNAUTHENTICATED,
    ProblemType.MISSING_SCOPE,
    ProblemType.NOT_FOUND,
    ProblemType.NOT_NOW,
    ProblemType.UNSUPPORTED_MEDIA_TYPE,
    ProblemType.INVALID_REQUEST,
)


class DeclarationRequestIn(BaseModel):
    """How long the link is good for."""

    model_config = ConfigDict(extra="forbid")

    valid_days: int = Field(default=14, ge=1, le=90, description="Days until the link expires.")


class DeclarationRequestOut(BaseModel):
    """A link for whoever can say how the track was made. It opens this one form and nothing else."""

    url: str
    expires_at: datetime
    outcome: Action = Field(description="What holds for the track when nobody has declared by then.")
    publishes: list[str] = Field(
        default=[],
        description="Labels found by analysis that the public card shows from then on, as not confirmed, where nobody "
        "has declared or appealed; empty unless the tenant publishes detections.",
    )


@router.get("/disclosure-form", summary="Read the disclosure form", responses=_PROBLEMS)
def read_form(principal: TracksReader) -> list[Question]:
    """The questions to put to an artist, in order and in plain words; `only_if` says when one is asked."""
    return QUESTIONS


@router.put(
    "/tracks/{track_id}/disclosure",
    status_code=202,
    summary="Declare by the form's answers",
    responses=_PROBLEMS | problem_responses(ProblemType.REVISION_CHANGED, ProblemType.REVISION_REQUIRED),
)
def put_answers(
    track_id: str,
    answers: Annotated[
        DisclosureAnswers, Body(examples=[{"recording": "PARTLY", "parts": ["vocals"], "lyrics": "NONE"}])
    ],
    response: Response,
    backend: BackendDep,
    principal: TracksWriter,
    if_match: IfMatch = None,
) -> TrackAccepted:
    """The same as `PUT /v1/tracks/{track_id}/declaration`, from the form's answers. An open answer is no statement."""

    def work(session: Session) -> TrackAccepted:
        track = Tracks(session).get(principal.tenant_id, track_id)
        if track is None:
            raise not_found("track")
        check_precondition(if_match, track.revision)
        try:
            revised = declare(session, track_id, answers, backend.settings.hashing_key, utc_now())
        except CannotDeclare as why:
            raise ProblemError(ProblemType.NOT_NOW, str(why)) from None
        response.headers["ETag"] = etag(revised.revision)
        return accepted(revised, [])

    return backend.database.attempt(work)


@router.post(
    "/tracks/{track_id}/declaration-requests", status_code=201, summary="Ask for a declaration", responses=_PROBLEMS
)
def request_declaration(
    track_id: str,
    request: Request,
    backend: BackendDep,
    principal: TracksWriter,
    terms: Annotated[DeclarationRequestIn | None, Body()] = None,
) -> DeclarationRequestOut:
    """Make a link to the form for this track, to be sent to the artist; a webhook tells of it as well.

    Whoever holds the link can declare for this track until it expires, and can see its title and artists only. Where
    nobody has declared by then, `outcome` takes effect: a decision on record, which can be taken back.
    """
    now = utc_now()
    expires_at = (now + timedelta(days=(terms or DeclarationRequestIn()).valid_days)).replace(microsecond=0)
    token = backend.links.token(LinkPurpose.DECLARATION, track_id, expires_at)
    base = backend.settings.public_url or str(request.base_url)
    asked = DeclarationRequestOut(
        url=f"{base.rstrip('/')}/declare/{token}",
        expires_at=expires_at,
        outcome=Action(backend.settings.question_outcome),
    )

    def work(session: Session) -> DeclarationRequestOut:
        track = Tracks(session).get(principal.tenant_id, track_id)
        track = Tracks(session).find(track_id, lock=True) if track is not None else None
        if track is None:
            raise not_found("track")
        if track.state is TrackState.WITHDRAWN:
            raise ProblemError(ProblemType.NOT_NOW, "The track was withdrawn.")
        told = told_labels(session, track)
        DeclarationRequests(session).ask(
            track, by=principal.actor, due_at=expires_at, outcome=asked.outcome, now=now, told=told
        )
        said = asked.model_copy(update={"publishes": told})
        Events(session).append(track.id, EventKind.DECLARATION_REQUESTED, now, said.model_dump(mode="json"))
        return said

    return backend.database.attempt(work)
