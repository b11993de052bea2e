"""Delivering by hand: one track with its declaration, or a manifest, a message or an archive with their audio.

One page, and it works without a script. With one, files that are large go ahead as resumable uploads, to the routes of
tus under this page that take the session in place of a key.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from schemas.catalogue import TrackMetadata
from schemas.deliveries import Report
from schemas.disclosure_form import QUESTIONS, DisclosureAnswers, declaration_of
from schemas.problems import ProblemType
from service.accepting import accept_track
from service.api import finished_uploads, intake, tus
from service.api.backend import Backend, BackendDep
from service.api.delivery_files import receive_files
from service.api.limits import quota_told
from service.api.multipart import PartBegin, PartData, form_boundary, part_events
from service.api.problems import ProblemError, field_problem
from service.api.uploads import Upload, UploadLimits, base_name
from service.auth.principal import Principal
from service.auth.scopes import Scope
from service.console import flashes
from service.console.rendering import page
from service.console.sessions import Elsewhere, allowed
from service.store.clock import utc_now
from service.store.deliveries import Deliveries
from service.store.tables.reviewers import Reviewer
from service.store.tracks import Tracks

router = APIRouter(prefix="/deliver")
HERE = "/console/deliver"
SHOWN = 20
_LONGEST = 2_000
"""Of one text of the form, in bytes; its own rules are stricter and come later."""

Deliverer = Annotated[Reviewer, allowed(Scope.TRACKS_WRITE)]


@router.get("")
def deliver(backend: BackendDep, reviewer: Deliverer, said: Annotated[str, Query(max_length=40)] = "") -> HTMLResponse:
    return _page(backend, reviewer, flash=flashes.flash(said))


@router.post("/track")
async def track(request: Request, backend: BackendDep, reviewer: Deliverer) -> Response:
    """Take one track: the recording, what it is called, and how it was made."""
    form: dict[str, list[str]] = {}
    upload = Upload()
    try:
        await run_in_threadpool(intake.check_quota, backend, _principal(reviewer))
        await _read(request, backend, reviewer, form, upload)
        metadata = _metadata(form)
        await intake.shielded(_accept, backend, reviewer, metadata, upload)
    except (ProblemError, ValidationError) as wrong:
        await intake.shielded(upload.abort)
        status = wrong.status_code if isinstance(wrong, ProblemError) else 422
        return await run_in_threadpool(_page, backend, reviewer, problem=_sentence(wrong), given=form, status=status)
    except BaseException:
        await intake.shielded(upload.abort)
        raise
    return RedirectResponse(flashes.address(HERE, "delivered"), 303)


@router.post("/batch")
async def batch(request: Request, backend: BackendDep, reviewer: Deliverer) -> Response:
    """Take a manifest or messages with their audio, or an archive of them, as ``POST /v1/deliveries`` does."""
    try:
        await run_in_threadpool(intake.check_quota, backend, _principal(reviewer))
        files = await receive_files(request, backend, reviewer.tenant_id)
    except ProblemError as wrong:
        return await run_in_threadpool(_page, backend, reviewer, problem=_sentence(wrong), status=wrong.status_code)

    def work(session: Session) -> str:
        return Deliveries(session).accept(reviewer.tenant_id, files, utc_now()).id

    delivery_id = await intake.shielded(backend.database.attempt, work)
    return RedirectResponse(f"{HERE}/{delivery_id}", 303)


@router.post("/uploads")
async def begin(
    request: Request,
    backend: BackendDep,
    reviewer: Deliverer,
    upload_length: Annotated[str | None, Header(max_length=20)] = None,
    upload_metadata: Annotated[str | None, Header(max_length=4_000)] = None,
) -> Response:
    """Begin a resumable upload (tus 1.0)."""
    answer = await tus.begin(request, backend, _principal(reviewer), None, upload_length, upload_metadata, None)
    answer.headers["Location"] = f"{HERE}/uploads/{answer.headers['Location'].rsplit('/', 1)[-1]}"
    return answer


@router.patch("/uploads/{upload_id}")
async def send(
    upload_id: str,
    request: Request,
    backend: BackendDep,
    reviewer: Deliverer,
    upload_offset: Annotated[str | None, Header(max_length=20)] = None,
) -> Response:
    return await tus.send(upload_id, request, backend, _principal(reviewer), None, upload_offset, None)


@router.get("/{delivery_id}")
def delivery(delivery_id: str, backend: BackendDep, reviewer: Deliverer) -> HTMLResponse:
    """What became of a batch, message by message and row by row."""
    with backend.database.read() as session:
        row = Deliveries(session).get(reviewer.tenant_id, delivery_id)
        files = Deliveries(session).files(delivery_id) if row is not None else []
    if row is None:
        text = "There is no such delivery."
        raise Elsewhere(page("message.html", 404, title="No such delivery", text=text, reviewer=reviewer))
    report = Report.model_validate(row.report or {})
    return page("delivery.html", here=HERE, reviewer=reviewer, delivery=row, report=report, files=files)


async def _read(
    request: Request, backend: Backend, reviewer: Reviewer, form: dict[str, list[str]], upload: Upload
) -> None:
    """The form's texts by name, and its recording staged. Ends in a problem that names the field."""
    limits = UploadLimits(_LONGEST, backend.settings.max_audio_bytes, backend.settings.max_artwork_bytes)
    stage, name, text, sent = intake.stage_in(backend), "", b"", 0
    try:
        async for event in part_events(request.stream(), form_boundary(request.headers.get("content-type"))):
            if isinstance(event, PartBegin):
                name, text = event.name, b""
                if name == "audio" and event.filename:
                    upload.files["audio"] = await run_in_threadpool(stage)
                    upload.names["audio"] = base_name(event.filename)
            elif isinstance(event, PartData):
                if name == "audio" and "audio" in upload.files:
                    sent += len(event.data)
                    if sent > limits.audio:
                        raise field_problem(ProblemType.TOO_LARGE, "audio", f"may have {limits.audio} bytes at most")
                    await run_in_threadpool(upload.files["audio"].write, event.data)
                else:
                    text += event.data
                    if len(text) > _LONGEST:
                        raise field_problem(ProblemType.TOO_LARGE, name[:40], f"may have {_LONGEST} bytes at most")
            elif name != "audio" and text.strip():
                form.setdefault(name, []).append(text.decode("utf-8", "replace").strip())
    except ClientDisconnect:
        raise ProblemError(ProblemType.MALFORMED_BODY, "The request broke off.") from None
    if named := form.pop("audio_upload", None):
        upload.uploads["audio"] = named[0]
        await intake.shielded(finished_uploads.take, backend, reviewer.tenant_id, upload, limits, stage)
    elif not sent:
        raise field_problem(ProblemType.INVALID_REQUEST, "audio", "choose the recording")


def _metadata(form: dict[str, list[str]]) -> TrackMetadata:
    """What the form says, as any other intake has it."""
    one = {name: values[0] for name, values in form.items()}
    several = {question.name for question in QUESTIONS if question.several}
    given = {q.name: form[q.name] if q.name in several else one[q.name] for q in QUESTIONS if q.name in form}
    if given.get("recording") != "PARTLY":
        given.pop("parts", None)
    answers = DisclosureAnswers.model_validate(given)
    artists = [{"name": name.strip()} for name in one.get("artists", "").split(";") if name.strip()]
    release = {"title": one.get("release_title"), "upc": one.get("upc"), "release_date": one.get("release_date")}
    said: dict[str, Any] = {
        "title": one.get("title", ""),
        "artists": artists,
        "isrc": one.get("isrc"),
        "release": {name: value for name, value in release.items() if value},
        "declared_ai": declaration_of(answers),
    }
    if told := answers.model_dump(mode="json", include={"persona", "voice"}, exclude_none=True):
        said["disclosure"] = told
    return TrackMetadata.model_validate({name: value for name, value in said.items() if value is not None})


def _accept(backend: Backend, reviewer: Reviewer, metadata: TrackMetadata, upload: Upload) -> None:
    files = upload.store()

    def work(session: Session) -> None:
        now = utc_now()
        intake.record_files(session, files, upload.uploads)
        with quota_told(now):
            accept_track(
                session,
                backend.settings,
                reviewer.tenant_id,
                metadata,
                audio_sha256=files["audio"][0],
                now=now,
                file_name=upload.names["audio"] or None,
            )

    backend.database.attempt(work)
    backend.metrics.received(files["audio"][1])
    finished_uploads.clean_up(backend, upload)


def _page(
    backend: Backend,
    reviewer: Reviewer,
    *,
    problem: str | None = None,
    given: dict[str, list[str]] | None = None,
    flash: flashes.Flash | None = None,
    status: int = 200,
) -> HTMLResponse:
    with backend.database.read() as session:
        tracks = Tracks(session).newest(reviewer.tenant_id, limit=SHOWN)
        deliveries = Deliveries(session).page(reviewer.tenant_id, limit=SHOWN)
    return page(
        "deliver.html",
        status,
        here=HERE,
        reviewer=reviewer,
        problem=problem,
        given=given or {},
        flash=flash,
        questions=QUESTIONS,
        tracks=tracks,
        deliveries=deliveries,
    )


def _principal(reviewer: Reviewer) -> Principal:
    """The person as the API knows callers; the page has checked what they may do."""
    scopes = frozenset({Scope.TRACKS_WRITE})
    return Principal(reviewer.tenant_id, reviewer.id, scopes, actor=reviewer.name, is_person=True)


def _sentence(wrong: ValidationError | ProblemError) -> str:
    if isinstance(wrong, ValidationError):
        first = wrong.errors()[0]
        where = " ".join(str(step) for step in first["loc"])
        return f"{where}: {first['msg'].removeprefix('Value error, ')}.".removeprefix(": ")
    told = "; ".join(f"{error.field}: {error.message}" for error in wrong.errors)
    return f"{told}." if told else str(wrong.detail)
