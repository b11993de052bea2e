"""A change of the policy: written as a draft with its errors shown, tested, proposed, and approved by somebody else."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from service.api.backend import Backend, BackendDep
from service.console.policy import HERE, SAY_WHY, Because, refused, said_why
from service.console.rendering import page
from service.console.sessions import PolicyOwner, SignedIn
from service.policy_changes import ChangeRefused
from service.policy_desk import PolicyDesk, problems_of
from service.rules import PackRefused
from service.rules.difference import RuleChange
from service.rules.problems import Problem
from service.store.clock import utc_now
from service.store.proposals import Proposals
from service.store.tables.proposals import PolicyProposal, ProposalKind, ProposalState
from service.store.tables.reviewers import Reviewer

router = APIRouter(prefix="/policy")
LONGEST = 1_000_000

PackForm = Annotated[str, Form(max_length=LONGEST)]


@router.get("/edit")
def edit(
    backend: BackendDep,
    reviewer: PolicyOwner,
    source: Annotated[str, Query(max_length=1_000)],
    rule: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """A pack in force, to be changed into a draft."""
    with backend.database.read() as session:
        texts = {pack.source: pack.text for pack in _desk(backend).texts(session)}
    if source not in texts:
        raise refused(reviewer, "There is no such pack in force.", 404)
    return _editor(reviewer, source, texts[source], line=_line_of(rule, texts[source]))


@router.post("/check")
def check(
    backend: BackendDep,
    reviewer: PolicyOwner,
    source: Annotated[str, Form(max_length=1_000)] = "",
    text: PackForm = "",
) -> Response:
    """Everything that is wrong with a text, for the page to show while it is written. Nothing is stored."""
    with backend.database.read() as session:
        others = [pack for pack in _desk(backend).texts(session) if pack.source != source]
    return JSONResponse({"problems": [_shown(one) for one in problems_of(_lines(text), source, others)]})


@router.post("/drafts")
def draft(
    backend: BackendDep,
    reviewer: PolicyOwner,
    source: Annotated[str, Form(max_length=1_000)] = "",
    text: PackForm = "",
    because: Because = "",
) -> Response:
    """Keep a draft, sound or not."""
    if not because.strip():
        return _editor(reviewer, source, _lines(text), because, SAY_WHY, 422)
    made = _try(reviewer, lambda: _desk(backend).draft(source, _lines(text), because.strip(), reviewer.name, utc_now()))
    return RedirectResponse(f"{HERE}/proposals/{made.id}", 303)


@router.post("/rules/{rule}/promote")
def promote(rule: str, backend: BackendDep, reviewer: PolicyOwner, because: Because = "") -> Response:
    """Propose to raise a rule by one state."""
    why = said_why(reviewer, because)
    made = _try(reviewer, lambda: _desk(backend).promotion(rule, why, reviewer.name, utc_now()))
    return RedirectResponse(f"{HERE}/proposals/{made.id}", 303)


@router.get("/proposals/{proposal_id}")
def proposal(proposal_id: str, backend: BackendDep, reviewer: SignedIn) -> HTMLResponse:
    return _page(backend, reviewer, proposal_id)


@router.get("/proposals/{proposal_id}/edit")
def edit_draft(proposal_id: str, backend: BackendDep, reviewer: PolicyOwner) -> HTMLResponse:
    with backend.database.read() as session:
        found = Proposals(session).get(proposal_id)
    if found is None or found.kind is not ProposalKind.EDIT:
        raise refused(reviewer, "There is no such draft.", 404)
    return _editor(reviewer, found.source or "", found.text or "", found.because, draft=found)


@router.post("/proposals/{proposal_id}/save")
def save(
    proposal_id: str,
    backend: BackendDep,
    reviewer: PolicyOwner,
    text: PackForm = "",
    because: Because = "",
) -> Response:
    """Change one's own draft; it has to be tested and proposed again."""
    why, now = said_why(reviewer, because), utc_now()
    _try(reviewer, lambda: _desk(backend).save(proposal_id, _lines(text), why, reviewer.name, now))
    return RedirectResponse(f"{HERE}/proposals/{proposal_id}", 303)


@router.post("/proposals/{proposal_id}/test")
def test(proposal_id: str, backend: BackendDep, reviewer: PolicyOwner) -> Response:
    """Try it on past tracks."""
    return _step(backend, reviewer, proposal_id, lambda: _desk(backend).test(proposal_id, utc_now()))


@router.post("/proposals/{proposal_id}/propose")
def propose(proposal_id: str, backend: BackendDep, reviewer: PolicyOwner) -> Response:
    """Hand it to a second person."""
    return _step(backend, reviewer, proposal_id, lambda: _desk(backend).propose(proposal_id, reviewer.name, utc_now()))


@router.post("/proposals/{proposal_id}/approve")
def approve(
    proposal_id: str,
    backend: BackendDep,
    reviewer: PolicyOwner,
    answer: Because = "",
    despite_gate: Annotated[bool, Form()] = False,
) -> Response:
    """Put somebody else's proposal in force."""

    def work() -> object:
        return _desk(backend).approve(
            proposal_id, reviewer.name, utc_now(), answer=answer.strip(), despite_gate=despite_gate
        )

    return _step(backend, reviewer, proposal_id, work)


@router.post("/proposals/{proposal_id}/refuse")
def refuse(proposal_id: str, backend: BackendDep, reviewer: PolicyOwner, answer: Because = "") -> Response:
    """Refuse somebody else's, or withdraw one's own."""

    def work() -> object:
        return _desk(backend).refuse(proposal_id, reviewer.name, utc_now(), answer.strip())

    return _step(backend, reviewer, proposal_id, work)


def _page(
    backend: Backend, reviewer: Reviewer, proposal_id: str, problem: list[str] | None = None, status: int = 200
) -> HTMLResponse:
    desk = _desk(backend)
    with backend.database.read() as session:
        found = Proposals(session).get(proposal_id)
        if found is None:
            raise refused(reviewer, "There is no such proposal.", 404)
        changes, problems = _examined(desk, session, found)
    return page(
        "proposal.html",
        status,
        here=HERE,
        reviewer=reviewer,
        proposal=found,
        open=found.state in (ProposalState.DRAFT, ProposalState.PROPOSED),
        own=found.made_by == reviewer.name,
        changes=changes,
        problems=problems,
        problem=problem or [],
    )


def _examined(
    desk: PolicyDesk, session: Session, found: PolicyProposal
) -> tuple[list[RuleChange], list[dict[str, object]]]:
    """What an open proposal changes, or what keeps it from being used."""
    if found.state not in (ProposalState.DRAFT, ProposalState.PROPOSED):
        return [], []
    try:
        return desk.changes(session, desk.packs(session, found)), []
    except PackRefused as no:
        return [], [_shown(one) for one in no.problems]
    except ChangeRefused as no:
        return [], [_shown(Problem(no.message))]


def _step(backend: Backend, reviewer: Reviewer, proposal_id: str, work: Callable[[], object]) -> Response:
    try:
        work()
    except ChangeRefused as no:
        return _page(backend, reviewer, proposal_id, [no.message, *no.reasons], 409)
    except PackRefused:
        return _page(backend, reviewer, proposal_id, ["the pack is not sound; mend what is listed first"], 409)
    return RedirectResponse(f"{HERE}/proposals/{proposal_id}", 303)


def _try(reviewer: Reviewer, work: Callable[[], PolicyProposal]) -> PolicyProposal:
    try:
        return work()
    except ChangeRefused as no:
        raise refused(reviewer, no.message) from None


def _editor(
    reviewer: Reviewer,
    source: str,
    text: str,
    because: str = "",
    problem: str = "",
    status: int = 200,
    *,
    line: int = 0,
    draft: PolicyProposal | None = None,
) -> HTMLResponse:
    return page(
        "policy_edit.html",
        status,
        here=HERE,
        reviewer=reviewer,
        source=source,
        text=text,
        because=because,
        problem=problem,
        line=line,
        draft=draft,
    )


def _desk(backend: Backend) -> PolicyDesk:
    return PolicyDesk(backend.database, backend.settings)


def _lines(text: str) -> str:
    """A form's text with the line ends of a file."""
    return text.replace("\r\n", "\n")


def _line_of(rule: str, text: str) -> int:
    """The line at which a rule begins; 0 where it does not."""
    return next((n for n, line in enumerate(text.splitlines(), 1) if rule and line.strip() == f"- id: {rule}"), 0)


def _shown(problem: Problem) -> dict[str, object]:
    return {
        "line": problem.position.line if problem.position else None,
        "column": problem.position.column if problem.position else None,
        "rule": problem.rule,
        "message": problem.message,
        "hint": problem.hint,
    }
