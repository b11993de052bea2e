"""One decision on many cases: what it would be about, taking it, and taking it back."""

import hashlib
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.review import BulkIn, ReasonCode
from schemas.verdict import Action
from service.api.backend import Backend, BackendDep
from service.console.chosen import Chosen
from service.console.decision_form import AnsweringForm, Id, Name, NotSound
from service.console.flashes import address, flash
from service.console.messages import text_of
from service.console.rendering import page
from service.console.sessions import Decider, Elsewhere, SignedIn
from service.console.usual_reasons import USUAL_REASONS
from service.decision_terms import clauses
from service.store.bulk import MOST_CASES, Bulk, Cluster, Preview
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.decisions import DecisionConflict
from service.store.labels import Labels
from service.store.score_sights import ScoreSights
from service.store.tables.reviewers import Reviewer

router = APIRouter(prefix="/bulk")
SHOWN_TRACKS = 50
SHOWN_CASES = 200


class BulkForm(AnsweringForm):
    """What is decided about many cases: which they are, and what of them was shown."""

    case: list[str] = []
    like: Id = ""
    common: Cluster = Cluster.SENDER
    seen: Name = ""


@router.get("")
def choose(
    backend: BackendDep,
    reviewer: Decider,
    case: Annotated[list[str] | None, Query(max_length=1_000)] = None,
    like: Annotated[str, Query(max_length=40)] = "",
    common: Cluster = Cluster.SENDER,
) -> HTMLResponse:
    """What a decision on these cases would be about: how many cases and tracks, whose, and what stays out of it."""
    return _preview(backend, reviewer, Chosen(case or [], like, common))


@router.post("")
def decide(
    backend: BackendDep,
    reviewer: Decider,
    form: Annotated[BulkForm, Form()],
) -> Response:
    """Decide exactly what was shown. Where that has changed meanwhile it is shown anew, and nothing is stored."""
    chosen = Chosen(form.case[:MOST_CASES], form.like, form.common)
    with backend.database.read() as session:
        ids, about = _about(session, reviewer, chosen)
        if form.seen != _fingerprint(about):
            problem = "This has changed since it was shown: other cases, or more tracks. Look at it once more."
            return _preview(backend, reviewer, chosen, problem, 409)
        free = [one.id for one in about.cases if one.id not in about.held_by]
    try:
        bulk = form.read(BulkIn, backend.rules, {"case_ids": free, "policy_clause": form.policy_clause or None})
    except NotSound as wrong:
        return _preview(backend, reviewer, chosen, str(wrong), 422)

    def work(session: Session) -> tuple[str, int]:
        about = Chosen(free)
        text = text_of(
            session,
            backend,
            reviewer,
            form.message,
            form.message_template,
            about,
            bulk.action,
            form.policy_clause,
        )
        wanted = bulk.model_copy(update={"message": text[:10_000]})
        made = Bulk(session, reviewer.tenant_id).decide(wanted, decided_by=reviewer.name, now=utc_now())
        return made.id, len(ids) - made.decided

    try:
        batch_id, left = backend.database.attempt(work)
    except DecisionConflict as conflict:
        return _preview(backend, reviewer, chosen, f"Not decided: {conflict}.", 409)
    return RedirectResponse(f"/console/bulk/{batch_id}" + (f"?left={left}" if left else ""), 303)


@router.get("/{batch_id}")
def done(
    batch_id: str,
    backend: BackendDep,
    reviewer: SignedIn,
    left: Annotated[int, Query(ge=0, le=MOST_CASES)] = 0,
    said: str = "",
) -> HTMLResponse:
    """What a bulk decision decided, and how much of it stands."""
    with backend.database.read() as session:
        bulk = Bulk(session, reviewer.tenant_id)
        try:
            batch = bulk.get(batch_id)
        except NoResultFound:
            raise _nothing(reviewer) from None
        cases = Cases(session).summaries(bulk.cases(batch_id, limit=SHOWN_CASES))
    return page(
        "bulk_done.html",
        here="/console/cases",
        flash=flash(said),
        reviewer=reviewer,
        batch=batch,
        cases=cases,
        left=left,
    )


@router.post("/{batch_id}/undo")
def undo(batch_id: str, backend: BackendDep, reviewer: Decider) -> Response:
    """Take back what stands of it; the cases are open again."""

    def work(session: Session) -> int:
        _, skipped = Bulk(session, reviewer.tenant_id).undo(batch_id, undone_by=reviewer.name, now=utc_now())
        return len(skipped)

    try:
        left = backend.database.attempt(work)
    except DecisionConflict as conflict:
        raise Elsewhere(page("message.html", 409, title="Not undone", text=f"{conflict}.", reviewer=reviewer)) from None
    except NoResultFound:
        raise _nothing(reviewer) from None
    return RedirectResponse(
        address(f"/console/bulk/{batch_id}" + (f"?left={left}" if left else ""), "bulk-undone"), 303
    )


def _about(session: Session, reviewer: Reviewer, chosen: Chosen) -> tuple[list[str], Preview]:
    try:
        ids = chosen.ids(session, reviewer)
    except NoResultFound:
        raise _nothing(reviewer) from None
    return ids, Bulk(session, reviewer.tenant_id).preview(ids, reviewer.name, utc_now(), shown=SHOWN_TRACKS)


def _preview(
    backend: Backend, reviewer: Reviewer, chosen: Chosen, problem: str | None = None, status: int = 200
) -> HTMLResponse:
    with backend.database.read() as session:
        ids, about = _about(session, reviewer, chosen)
        summaries = Cases(session).summaries(about.cases[:SHOWN_CASES])
        labels = Labels(session).of_several(about.shown[:20])
    shown = [one.id for one in summaries]
    backend.database.attempt(lambda session: ScoreSights(session).saw(shown, reviewer.name, utc_now()))
    only = next(iter(about.clauses)) if len(about.clauses) == 1 else ""
    return page(
        "bulk.html",
        status,
        here="/console/cases",
        reviewer=reviewer,
        chosen=chosen,
        clusters=list(Cluster),
        about=about,
        free=len(about.cases) - len(about.held_by),
        named=len(ids),
        most=MOST_CASES,
        cases=summaries,
        seen=_fingerprint(about),
        problem=problem,
        usual=USUAL_REASONS,
        family=only.partition("-")[0],
        only_clause=only,
        actions=list(Action),
        reasons=list(ReasonCode),
        clauses=sorted(clauses(backend.rules)),
        labels=sorted(set(chain.from_iterable(labels.values()))),
        templates=list(backend.messages.by_id.values()),
    )


def _fingerprint(about: Preview) -> str:
    """Names what was shown: the free cases, and how many tracks they have."""
    free = [case.id for case in about.cases if case.id not in about.held_by]
    return hashlib.sha256(" ".join([str(about.tracks), *sorted(free)]).encode()).hexdigest()


def _nothing(reviewer: Reviewer) -> Elsewhere:
    text = "There is no such case, or no such bulk decision."
    return Elsewhere(page("message.html", 404, title="Nothing here", text=text, reviewer=reviewer))
