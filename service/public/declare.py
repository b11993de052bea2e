"""``/declare/{token}``: the disclosure form for whoever holds a signed link."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from schemas.disclosure_form import QUESTIONS, DisclosureAnswers
from schemas.exports.credits import detected_sentences
from service.api.backend import Backend, BackendDep
from service.auth.signed_links import LinkPurpose, LinkRefused
from service.declaring import CannotDeclare, declare
from service.public.rendering import render
from service.store.clock import utc_now
from service.store.declaration_requests import DeclarationRequests
from service.store.tracks import Tracks

router = APIRouter(prefix="/declare", include_in_schema=False)

_LARGEST_FORM = 16 * 1024
_FORM = "application/x-www-form-urlencoded"


@router.get("/{token}")
def show_form(token: str, backend: BackendDep) -> HTMLResponse:
    """The form, with the title and artists it is about."""
    opened = _opened(backend, token)
    return opened if isinstance(opened, HTMLResponse) else _page(backend, opened)


@router.post("/{token}")
async def take_answers(token: str, request: Request, backend: BackendDep) -> HTMLResponse:
    """Store the answers as a new revision of the track. Sending the form again replaces them."""
    opened = await run_in_threadpool(_opened, backend, token)
    if isinstance(opened, HTMLResponse):
        return opened
    length = request.headers.get("content-length", "")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM or not length.isdigit() or int(length) > _LARGEST_FORM:
        return render("message.html", 400, title="Nothing was stored", text="The form did not arrive whole.")
    async with request.form(max_files=0, max_fields=50) as form:
        given = _given(form)
    return await run_in_threadpool(_store, backend, opened, given)


def _given(form: FormData) -> dict[str, Any]:
    """The answers of a form; a choice that was not taken is not there."""
    several = {question.name: question.several for question in QUESTIONS}
    given: dict[str, Any] = {}
    for name, value in form.multi_items():
        if value and isinstance(value, str):
            if several.get(name):
                given.setdefault(name, []).append(value)
            else:
                given[name] = value
    if given.get("recording") != "PARTLY":
        given.pop("parts", None)
    return given


def _store(backend: Backend, track_id: str, given: dict[str, Any]) -> HTMLResponse:
    try:
        answers = DisclosureAnswers.model_validate(given)
    except ValidationError as wrong:
        return _page(backend, track_id, given, str(wrong.errors()[0]["msg"]).removeprefix("Value error, "), 422)
    try:
        key = backend.settings.hashing_key
        backend.database.attempt(lambda session: declare(session, track_id, answers, key, utc_now()))
    except CannotDeclare as why:
        return render("message.html", 409, title="Nothing was stored", text=str(why))
    return render(
        "message.html",
        200,
        title="Thank you",
        text="Your declaration is stored, and the track is judged anew by it. Open the link again to change it.",
    )


def _opened(backend: Backend, token: str) -> str | HTMLResponse:
    """Id of the track that the link opens, or the page that says why it opens nothing."""
    try:
        return backend.links.read(LinkPurpose.DECLARATION, token, utc_now()).subject
    except LinkRefused as refused:
        text = (
            "This link has expired. Ask whoever sent it for a new one."
            if refused.expired
            else "This link is not complete. Copy all of it from the message."
        )
        return render("message.html", 410 if refused.expired else 404, title="This link opens nothing", text=text)


def _page(
    backend: Backend, track_id: str, given: dict[str, Any] | None = None, fault: str | None = None, status: int = 200
) -> HTMLResponse:
    with backend.database.read() as session:
        track = Tracks(session).find(track_id)
        metadata = Tracks(session).metadata(track_id) if track else None
        asked = DeclarationRequests(session).open(track_id)
        told = detected_sentences(asked.told_labels or []) if asked else []
        due_at = asked.due_at if asked else None
    if metadata is None:
        return render("message.html", 404, title="This link opens nothing", text="There is no such track any more.")
    return render(
        "declare.html",
        status,
        heading=metadata.title,
        artists=[artist.name for artist in metadata.main_artists()],
        questions=QUESTIONS,
        told=told,
        due_at=due_at,
        given=given or {},
        fault=fault,
    )
