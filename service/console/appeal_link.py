"""The uploader's page, opened by a signed link without an account: what was decided, the appeal and its outcome."""

from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from limits import RateLimitItemPerHour
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from schemas.appeals import AppealIn, AppealState, Side
from service.api.appeals import as_uploader, lodge_in
from service.api.attachments import Form, read_form
from service.api.backend import Backend, BackendDep
from service.api.problems import ProblemError
from service.auth.signed_links import LinkPurpose, LinkRefused
from service.console.rendering import page
from service.console.sessions import Elsewhere
from service.store.appeals import BY_LINK, AppealConflict, Appeals
from service.store.attachments import Attachments, TooManyFiles
from service.store.clock import utc_now
from service.store.decisions import Decisions
from service.store.labels import Labels
from service.store.tracks import Tracks

router = APIRouter(prefix="/appeal", include_in_schema=False)

AN_HOUR = RateLimitItemPerHour(20, namespace="earmark-appeals")
"""Messages by one link in an hour: nobody fills the disk or a reviewer's day through it."""

LONGEST = 20_000


class Opened(NamedTuple):
    """What the link opens."""

    tenant_id: str
    track_id: str


@router.get("/{token}")
def show(token: str, backend: BackendDep) -> HTMLResponse:
    return _page(backend, token, _opened(backend, token))


@router.post("/{token}")
async def send(token: str, request: Request, backend: BackendDep) -> Response:
    """Lodge the appeal, or write into it while it is open; with files."""
    opened = await run_in_threadpool(_opened, backend, token)
    if not backend.limits.hit(AN_HOUR, f"{opened.tenant_id}/{opened.track_id}"):
        return await run_in_threadpool(
            _page, backend, token, opened, "You have sent a lot within an hour. Try again later.", 429
        )
    try:
        form = await read_form(request, backend, {"text": LONGEST})
        if not form.fields.get("text"):
            raise AppealConflict("write what is wrong with the decision, and why")
        await run_in_threadpool(backend.database.attempt, lambda session: _keep(session, backend, opened, form))
    except ProblemError as refused:
        return await run_in_threadpool(_page, backend, token, opened, str(refused.detail), refused.status_code)
    except (AppealConflict, TooManyFiles) as conflict:
        text = str(conflict)
        return await run_in_threadpool(_page, backend, token, opened, f"{text[:1].upper()}{text[1:]}.", 409)
    except NoResultFound:
        raise _closed("This track is no longer there.") from None
    return RedirectResponse(f"/appeal/{token}", 303)


def _keep(session: Session, backend: Backend, opened: Opened, form: Form) -> None:
    """Text and files together or not at all."""
    appeals, now, text = Appeals(session), utc_now(), form.fields["text"]
    newest = appeals.of_track(*opened)
    if newest is not None and newest.state is AppealState.OPEN:
        appeal_id = appeals.write(opened.tenant_id, newest.id, Side.UPLOADER, BY_LINK, text, now).id
    else:
        said = AppealIn(track_id=opened.track_id, text=text)
        appeal_id = lodge_in(session, backend, opened.tenant_id, said, BY_LINK).id
    Attachments(session).add(opened.tenant_id, appeal_id, form.files, now)


def _page(backend: Backend, token: str, opened: Opened, problem: str | None = None, status: int = 200) -> HTMLResponse:
    with backend.database.read() as session:
        track = Tracks(session).get(*opened)
        if track is None:
            raise _closed("This track is no longer there.")
        view, appeals = Labels(session).view(track), Appeals(session)
        newest = appeals.of_track(*opened)
        decision = max(Decisions(session).on_track(track), key=lambda one: one.seq, default=None)
        clause = backend.rules.clauses.get(decision.policy_clause) if decision is not None else None
        return page(
            "appeal_link.html",
            status,
            token=token,
            track=track,
            view=view,
            decision=decision,
            clause=clause,
            appeal=as_uploader(appeals.out(newest)) if newest is not None else None,
            problem=problem,
        )


def _opened(backend: Backend, token: str) -> Opened:
    try:
        link = backend.links.read(LinkPurpose.APPEAL, token, utc_now())
    except LinkRefused as refused:
        raise _closed(f"{str(refused).capitalize()}. Ask who sent it to you for another.") from None
    return Opened(*link.subject.split("/"))


def _closed(text: str) -> Elsewhere:
    return Elsewhere(page("message.html", 404, title="This link opens nothing", text=text))
