"""``/v1/appeals``: uploaders ask that somebody else look again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import Response
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.appeals import (
    AppealIn,
    AppealLink,
    AppealMessageIn,
    AppealOut,
    AppealOutcomeIn,
    AppealState,
    Side,
)
from schemas.attachments import FileOut
from schemas.pages import Page
from schemas.problems import ProblemType
from service.api.access import AppealsDecider, AppealsReader, AppealsWriter
from service.api.attachments import download, read_form
from service.api.backend import Backend, BackendDep
from service.api.bodies import BoundedRoute
from service.api.once import IdempotencyKey, Once
from service.api.openapi import problem_responses
from service.api.paging import Cursor, Limit, checked_cursor, split_page
from service.api.problems import ProblemError, field_problem, not_found
from service.auth.principal import Principal
from service.auth.signed_links import LinkPurpose
from service.store.appeals import AppealConflict, Appeals
from service.store.attachments import Attachments, TooManyFiles
from service.store.clock import utc_now
from service.store.decisions import DecisionConflict
from service.store.tables.appeals import Appeal
from service.store.tracks import Tracks

router = APIRouter(prefix="/v1/appeals", tags=["appeals"], route_class=BoundedRoute)

LINK_LASTS = timedelta(days=400)
"""Longer than any appeal may be lodged, so that its outcome can be read by the same link."""

_READING = problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND)
_WRITING = _READING | problem_responses(
    ProblemType.MALFORMED_BODY, ProblemType.NOT_NOW, ProblemType.INVALID_REQUEST, ProblemType.TOO_LARGE
)


@router.post("", status_code=201, summary="Lodge an appeal", response_model=AppealOut, responses=_WRITING)
def lodge(
    appeal: Annotated[AppealIn, Body()], backend: BackendDep, principal: AppealsWriter, key: IdempotencyKey = None
) -> Response:
    """Appeal against what stands on a track: a person's decision, or what rules did by themselves.

    Open for six months at least. Somebody decides who took no decision on the case before; never a machine.
    """
    once = Once.reserve(backend, principal.tenant_id, key)

    def work(session: Session) -> AppealOut:
        return as_uploader(lodge_in(session, backend, principal.tenant_id, appeal, principal.actor))

    content = {"operation": "POST /v1/appeals", "appeal": appeal.model_dump(mode="json")}
    with _problems("track"):
        return once.answer(content, 201, work, lambda body: {"Location": f"/v1/appeals/{body['id']}"})


@router.get("", summary="List appeals", responses=_READING)
def list_appeals(
    backend: BackendDep,
    principal: AppealsReader,
    state: Annotated[AppealState | None, Query(description="Only appeals in this state.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[AppealOut]:
    """The tenant's appeals in order of lodging."""
    with backend.database.read() as session:
        appeals = Appeals(session)
        rows = appeals.page(principal.tenant_id, after=checked_cursor(cursor) or "", limit=limit + 1, state=state)
        shown, last = split_page(rows, limit)
        return Page(
            items=[_seen_by(principal, appeals.out(row)) for row in shown], next_cursor=last.id if last else None
        )


@router.get("/{appeal_id}", summary="Read an appeal", responses=_READING)
def read_appeal(appeal_id: str, backend: BackendDep, principal: AppealsReader) -> AppealOut:
    """An appeal with its dialogue and the names of its files. Reviewers are named to reviewers alone."""
    with backend.database.read() as session:
        return _seen_by(principal, Appeals(session).out(_found(session, principal, appeal_id)))


@router.post("/{appeal_id}/messages", status_code=201, summary="Write into an appeal", responses=_WRITING)
def write(
    appeal_id: str, message: Annotated[AppealMessageIn, Body()], backend: BackendDep, principal: AppealsWriter
) -> AppealOut:
    """Add a message to an open appeal: as its reviewer with a person's own key, as the uploader with a program's."""
    side = Side.REVIEWER if principal.is_person else Side.UPLOADER

    def work(session: Session) -> AppealOut:
        appeals = Appeals(session)
        row = appeals.write(principal.tenant_id, appeal_id, side, principal.actor, message.text, utc_now())
        return _seen_by(principal, appeals.out(row))

    with _problems("appeal"):
        return backend.database.attempt(work)


@router.post(
    "/{appeal_id}/files",
    status_code=201,
    summary="Hand in files",
    responses=_WRITING | problem_responses(ProblemType.UNSUPPORTED_MEDIA_TYPE, ProblemType.STORAGE_FULL),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["files"],
                        "properties": {
                            "files": {
                                "type": "array",
                                "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                            }
                        },
                    }
                }
            },
        }
    },
)
async def hand_in(appeal_id: str, request: Request, backend: BackendDep, principal: AppealsWriter) -> list[FileOut]:
    """Up to five files of 10 MiB with an open appeal, twenty in all. They are stored, and only ever downloaded."""
    form = await read_form(request, backend, {})
    if not form.files:
        raise field_problem(ProblemType.INVALID_REQUEST, "body.files", "is missing")

    def work(session: Session) -> list[FileOut]:
        appeal = Appeals(session).lock(principal.tenant_id, appeal_id)
        return Attachments(session).add(principal.tenant_id, appeal.id, form.files, utc_now())

    with _problems("appeal"):
        return backend.database.attempt(work)


@router.get("/{appeal_id}/files/{file_id}", summary="Download a file", responses=_READING, response_class=Response)
def read_file(appeal_id: str, file_id: str, backend: BackendDep, principal: AppealsReader) -> Response:
    """A file as it was handed in, as a download of plain bytes. Believe nothing of it."""
    with backend.database.read() as session:
        file = Attachments(session).get(principal.tenant_id, appeal_id, file_id)
    if file is None:
        raise not_found("file")
    return download(backend, file)


@router.post(
    "/{appeal_id}/decision",
    summary="Decide an appeal",
    responses=_WRITING | problem_responses(ProblemType.NEEDS_A_PERSON, ProblemType.MISSING_SCOPE),
)
def decide(
    appeal_id: str, outcome: Annotated[AppealOutcomeIn, Body()], backend: BackendDep, principal: AppealsDecider
) -> AppealOut:
    """Decide an open appeal, with a person's own key, as somebody who took no decision on the case before.

    The outcome is a decision in place of the one that stands: `reversed` takes back labels, holds and what the decision
    meant for the sender's reputation.
    """
    if not principal.is_person:
        raise ProblemError(ProblemType.NEEDS_A_PERSON)

    def work(session: Session) -> AppealOut:
        appeals = Appeals(session)
        row = appeals.decide(principal.tenant_id, appeal_id, outcome, by=principal.actor, now=utc_now())
        return appeals.out(row)

    with _problems("appeal"):
        return backend.database.attempt(work)


links = APIRouter(prefix="/v1/tracks", tags=["appeals"])


@links.post("/{track_id}/appeal-link", summary="Make a link to appeal by", responses=_READING)
def make_link(track_id: str, request: Request, backend: BackendDep, principal: AppealsWriter) -> AppealLink:
    """A page for an uploader without an account: what was decided, an appeal against it, its dialogue and outcome.

    Who holds the link can appeal: send it to the uploader alone.
    """
    with backend.database.read() as session:
        if Tracks(session).get(principal.tenant_id, track_id) is None:
            raise not_found("track")
    expires_at = (utc_now() + LINK_LASTS).replace(microsecond=0)
    token = backend.links.token(LinkPurpose.APPEAL, f"{principal.tenant_id}/{track_id}", expires_at)
    return AppealLink(url=f"{backend.public_address(request)}/appeal/{token}", expires_at=expires_at)


def lodge_in(session: Session, backend: Backend, tenant_id: str, said: AppealIn, by: str) -> AppealOut:
    """Lodge an appeal by the deadlines of the settings."""
    appeals, settings = Appeals(session), backend.settings
    appeal = appeals.lodge(
        tenant_id,
        said.track_id,
        said.text,
        by=by,
        now=utc_now(),
        window_days=settings.appeal_window_days,
        answer_within=timedelta(days=settings.appeal_answer_days),
    )
    return appeals.out(appeal)


def as_uploader(appeal: AppealOut) -> AppealOut:
    """The appeal as its uploader sees it: a reviewer has no name there."""
    messages = [
        one.model_copy(update={"author": "reviewer"}) if one.side is Side.REVIEWER else one for one in appeal.messages
    ]
    return appeal.model_copy(update={"messages": messages, "decided_by": None})


def _seen_by(principal: Principal, appeal: AppealOut) -> AppealOut:
    return appeal if principal.is_person else as_uploader(appeal)


def _found(session: Session, principal: Principal, appeal_id: str) -> Appeal:
    appeal = Appeals(session).get(principal.tenant_id, appeal_id)
    if appeal is None:
        raise not_found("appeal")
    return appeal


@contextmanager
def _problems(noun: str) -> Iterator[None]:
    try:
        yield
    except (AppealConflict, DecisionConflict) as conflict:
        text = str(conflict)
        raise ProblemError(ProblemType.NOT_NOW, text[:1].upper() + text[1:] + ".") from None
    except TooManyFiles as many:
        raise field_problem(ProblemType.INVALID_REQUEST, "body.files", str(many)) from None
    except NoResultFound:
        raise not_found(noun) from None
