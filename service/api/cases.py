"""``/v1/cases``: what a person should look at."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from schemas.cases import CaseOut, CaseTrack
from schemas.pages import Page
from schemas.problems import ProblemType
from schemas.review import CaseState, CaseSummary
from schemas.verdict import Priority
from service.api.access import CasesReader
from service.api.backend import BackendDep
from service.api.openapi import problem_responses
from service.api.paging import Cursor, Limit, checked_cursor, split_page
from service.api.problems import not_found
from service.api.track_views import summary
from service.labels import track_labels
from service.store.cases import Cases
from service.store.decisions import Decisions
from service.store.labels import Labels
from service.store.tables.tracks import Track
from service.store.tracks import Tracks

router = APIRouter(prefix="/v1/cases", tags=["cases"])

SHOWN_TRACKS = 50
"""Tracks that a case shows in full; a ring of thousands is judged on these and on its reason."""

SHOWN_DECISIONS = 200


@router.get("", summary="List cases", responses=problem_responses(ProblemType.UNAUTHENTICATED))
def list_cases(
    backend: BackendDep,
    principal: CasesReader,
    state: Annotated[CaseState | None, Query(description="Only cases in this state.")] = None,
    queue: Annotated[str | None, Query(max_length=100, description="Only cases of this queue.")] = None,
    priority: Annotated[Priority | None, Query(description="Only cases of this priority.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[CaseSummary]:
    """The tenant's cases in order of opening."""
    with backend.database.read() as session:
        cases = Cases(session)
        rows = cases.page(
            principal.tenant_id,
            after=checked_cursor(cursor) or "",
            limit=limit + 1,
            state=state,
            queue=queue,
            priority=priority,
        )
        shown, last = split_page(rows, limit)
        return Page(items=cases.summaries(shown), next_cursor=last.id if last else None)


@router.get(
    "/{case_id}",
    summary="Read a case",
    responses=problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND),
)
def read_case(case_id: str, backend: BackendDep, principal: CasesReader) -> CaseOut:
    """A case with its tracks, the reasons of the rules, and what was decided on it so far."""
    with backend.database.read() as session:
        cases = Cases(session)
        case = cases.get(principal.tenant_id, case_id)
        if case is None:
            raise not_found("case")
        return CaseOut(
            **cases.summary(case).model_dump(),
            action=case.action,
            due_at=case.due_at,
            due_action=case.due_action,
            members=[_member(session, track) for track in cases.tracks(case.id, limit=SHOWN_TRACKS)],
            decisions=Decisions(session).page(principal.tenant_id, case_id=case.id, limit=SHOWN_DECISIONS),
        )


def _member(session: Session, track: Track) -> CaseTrack:
    view = Labels(session).view(track)
    metadata = Tracks(session).metadata(track.id)
    return CaseTrack(
        track=summary(track),
        artists=[artist.name for artist in metadata.artists],
        sender=metadata.sender.id,
        labels=track_labels(view),
        reasons=[rule.reason for rule in view.judgement.fired] if view.judgement else [],
    )
