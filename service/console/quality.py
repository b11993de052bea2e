"""Quality: how far reviewers agree, how they do on known answers, and what nobody flagged.

Reviewers see their own figures. Who may read quality sees everybody's, and where people differ; seniors set known
answers and how much is looked at once more.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from pydantic import ValidationError

from schemas.quality import Finding, GoldenIn, SharesIn
from schemas.review import ReasonCode
from schemas.verdict import Action
from service.api.backend import Backend, BackendDep
from service.auth.roles import role_allows
from service.auth.scopes import Scope
from service.console.decision_form import told
from service.console.flashes import address, flash
from service.console.rendering import HEADERS, page
from service.console.sessions import Elsewhere, SignedIn, allowed
from service.quality.agreement import FEWEST, Agreement, agreement, ordinal
from service.quality.judgements import differ, scores
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.golden_cases import GoldenCases, NoSuchCase
from service.store.judgements import LATEST, Judgements, LookedAt, lines
from service.store.quality_shares import set_shares, share_of
from service.store.second_looks import SecondLooks
from service.store.tables.reviewers import Reviewer
from service.store.unflagged_sample import QUEUE, sample_results

router = APIRouter(prefix="/quality")
QualityReader = Annotated[Reviewer, allowed(Scope.QUALITY_READ)]
QualityWriter = Annotated[Reviewer, allowed(Scope.QUALITY_WRITE)]
LADDER = sorted(Action, key=lambda action: action.rank)
SHOWN = 50


@router.get("")
def quality(backend: BackendDep, reviewer: SignedIn, said: str = "") -> HTMLResponse:
    """One's own figures, or everybody's."""
    return _quality_page(backend, reviewer, said=said)


@router.post("/shares")
def shares(
    backend: BackendDep,
    reviewer: QualityWriter,
    second_looks: Annotated[str, Form(max_length=20)] = "",
    unflagged: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Set how much is looked at once more, in per cent."""
    try:
        wanted = SharesIn(second_looks=float(second_looks) / 100, unflagged=float(unflagged) / 100)
    except (ValueError, ValidationError):
        problem = "Shares are numbers from 0 to 100, in per cent."
        return _quality_page(backend, reviewer, problem=problem, status=422)
    backend.database.attempt(
        lambda session: set_shares(session, reviewer.tenant_id, wanted, by=reviewer.name, now=utc_now())
    )
    return RedirectResponse(address("/console/quality", "shares-set"), 303)


@router.get("/golden/{case_id}")
def golden(case_id: str, backend: BackendDep, reviewer: QualityWriter) -> HTMLResponse:
    """The form that sets a case's answer."""
    return _golden_page(backend, reviewer, case_id)


@router.post("/golden/{case_id}")
def put_golden(
    case_id: str,
    backend: BackendDep,
    reviewer: QualityWriter,
    action: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=100)] = "",
    why: Annotated[str, Form(max_length=10_000)] = "",
    looks: Annotated[str, Form(max_length=10)] = "3",
) -> Response:
    try:
        wanted = GoldenIn.model_validate({"action": action, "reason": reason, "why": why, "looks": looks})
    except ValidationError as error:
        return _golden_page(backend, reviewer, case_id, problem=told(error), status=422)
    try:
        backend.database.attempt(
            lambda session: GoldenCases(session, reviewer.tenant_id).put(
                case_id, wanted, by=reviewer.name, now=utc_now()
            )
        )
    except NoSuchCase:
        raise _no_case(reviewer) from None
    return RedirectResponse(address("/console/quality", "golden-set"), 303)


@router.post("/golden/{case_id}/remove")
def remove_golden(case_id: str, backend: BackendDep, reviewer: QualityWriter) -> Response:
    removed = backend.database.attempt(lambda session: GoldenCases(session, reviewer.tenant_id).remove(case_id))
    if not removed:
        raise _no_case(reviewer)
    return RedirectResponse(address("/console/quality", "golden-removed"), 303)


@router.get("/judgements.jsonl")
def data_set(backend: BackendDep, reviewer: QualityReader) -> StreamingResponse:
    """Every judgement on every case that people judged, as JSON lines."""
    headers = HEADERS | {"content-disposition": 'attachment; filename="judgements.jsonl"'}
    return StreamingResponse(
        lines(backend.database, reviewer.tenant_id), media_type="application/x-ndjson", headers=headers
    )


def _quality_page(
    backend: Backend, reviewer: Reviewer, *, said: str = "", problem: str | None = None, status: int = 200
) -> HTMLResponse:
    leads = role_allows(reviewer.role, Scope.QUALITY_READ)
    with backend.database.read() as session:
        golden_cases = GoldenCases(session, reviewer.tenant_id)
        scored = scores(golden_cases.met(person=None if leads else reviewer.name))
        judged = Judgements(session, reviewer.tenant_id).looked_at() if leads else []
        different = [one for one in judged if differ(one.said)][:SHOWN]
        cases = Cases(session)
        subjects = {one.id: one for one in cases.summaries(cases.several(reviewer.tenant_id, _ids(different)))}
        return page(
            "quality.html",
            status,
            here="/console/quality",
            flash=flash(said),
            problem=problem,
            reviewer=reviewer,
            leads=leads,
            sets=role_allows(reviewer.role, Scope.QUALITY_WRITE),
            shares=share_of(session, reviewer.tenant_id),
            waiting=SecondLooks(session, reviewer.tenant_id).waiting(),
            own=next((one for one in scored if one.person == reviewer.name), None),
            scores=scored if leads else [],
            golden=golden_cases.newest(SHOWN) if leads else [],
            whole=_agreement(judged) if leads else None,
            by_queue=_by(judged, "queue"),
            by_policy=_by(judged, "policy"),
            different=different,
            subjects=subjects,
            sample=sample_results(session, reviewer.tenant_id) if leads else None,
            sample_queue=QUEUE,
            latest=LATEST,
            fewest=FEWEST,
        )


def _agreement(judged: Sequence[LookedAt]) -> tuple[Agreement, Agreement]:
    """On what was found, and on what was to happen."""
    findings = agreement([[one.finding for one in case.said] for case in judged], list(Finding))
    return findings, agreement([[one.action for one in case.said] for case in judged], LADDER, ordinal)


def _by(judged: Sequence[LookedAt], what: str) -> dict[str, tuple[Agreement, Agreement]]:
    groups: defaultdict[str, list[LookedAt]] = defaultdict(list)
    for case in judged:
        groups[getattr(case, what)].append(case)
    return {name: _agreement(groups[name]) for name in sorted(groups)}


def _ids(judged: Sequence[LookedAt]) -> list[str]:
    return [one.case_id for one in judged]


def _golden_page(
    backend: Backend, reviewer: Reviewer, case_id: str, *, problem: str | None = None, status: int = 200
) -> HTMLResponse:
    with backend.database.read() as session:
        found = Cases(session).get(reviewer.tenant_id, case_id)
        if found is None:
            raise _no_case(reviewer)
        known = GoldenCases(session, reviewer.tenant_id).get(case_id)
        return page(
            "golden.html",
            status,
            here="/console/quality",
            reviewer=reviewer,
            case=Cases(session).summary(found),
            golden=known,
            problem=problem,
            actions=LADDER,
            reasons=list(ReasonCode),
        )


def _no_case(reviewer: Reviewer) -> Elsewhere:
    return Elsewhere(page("message.html", 404, title="No such case", text="There is no such case.", reviewer=reviewer))
