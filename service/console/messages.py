"""Messages to uploaders at the console: a template filled in, and how the uploader will read it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.appeals import window_ends
from schemas.review import ReasonCode
from schemas.verdict import Action
from service.api.backend import Backend, BackendDep
from service.console.chosen import Chosen
from service.console.rendering import page
from service.console.sessions import Decider, Elsewhere
from service.message_templates import MEANS, filled
from service.store.bulk import Bulk, Cluster
from service.store.clock import utc_now
from service.store.tables.reviewers import Reviewer

router = APIRouter(prefix="/messages")


@router.post("/fill")
def fill(
    backend: BackendDep,
    reviewer: Decider,
    message_template: Annotated[str, Form(max_length=64)] = "",
    case: Annotated[list[str] | None, Form()] = None,
    like: Annotated[str, Form(max_length=40)] = "",
    common: Annotated[Cluster, Form()] = Cluster.SENDER,
    action: Annotated[Action, Form()] = Action.NONE,
    policy_clause: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """The text of a template for these cases, to be read and changed before it is sent."""
    with backend.database.read() as session:
        chosen = Chosen(case or [], like, common)
        text = message(session, backend, reviewer, message_template, chosen, action, policy_clause)
    return PlainTextResponse(text) if text is not None else Response(status_code=404)


@router.post("/preview")
def preview(
    backend: BackendDep,
    reviewer: Decider,
    case: Annotated[list[str] | None, Form()] = None,
    like: Annotated[str, Form(max_length=40)] = "",
    common: Annotated[Cluster, Form()] = Cluster.SENDER,
    action: Annotated[str, Form(max_length=20)] = "none",
    policy_clause: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=100)] = "",
    message_template: Annotated[str, Form(max_length=64)] = "",
    message: Annotated[str, Form(max_length=20_000)] = "",
) -> HTMLResponse:
    """How the uploader will read a decision that is not taken yet. Nothing is stored."""
    try:
        wanted, why = Action(action), ReasonCode(reason)
    except ValueError:
        text = "Choose an action and a reason first."
        raise Elsewhere(page("message.html", 422, title="No preview yet", text=text, reviewer=reviewer)) from None
    with backend.database.read() as session:
        chosen = Chosen(case or [], like, common)
        said = text_of(session, backend, reviewer, message, message_template, chosen, wanted, policy_clause)
    return page(
        "message_preview.html",
        reviewer=reviewer,
        means=MEANS[wanted],
        action=wanted,
        reason=why,
        clause=backend.rules.clauses.get(policy_clause),
        message=said,
        appeal_until=appeal_until(backend),
    )


def text_of(
    session: Session,
    backend: Backend,
    reviewer: Reviewer,
    written: str,
    template: str,
    chosen: Chosen,
    action: Action,
    clause: str,
) -> str:
    """What somebody wrote, or else the template they chose, filled in."""
    if written.strip() or not template:
        return written
    return message(session, backend, reviewer, template, chosen, action, clause) or ""


def message(
    session: Session,
    backend: Backend,
    reviewer: Reviewer,
    template: str,
    chosen: Chosen,
    action: Action,
    clause: str,
) -> str | None:
    """A template for the tracks of these cases; nothing where there is no such template."""
    found = backend.messages.by_id.get(template)
    if found is None:
        return None
    try:
        ids = chosen.ids(session, reviewer)
    except NoResultFound:
        return None
    about = Bulk(session, reviewer.tenant_id).preview(ids, reviewer.name, utc_now(), shown=1)
    return filled(
        found,
        titles=[track.title for track in about.shown],
        tracks=about.tracks,
        action=action,
        clause=backend.rules.clauses.get(clause),
        appeal_until=appeal_until(backend),
    )


def appeal_until(backend: Backend) -> date:
    """Until when a decision of today may be appealed against."""
    return window_ends(utc_now(), backend.settings.appeal_window_days).date()
