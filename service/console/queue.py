"""The queue: open cases, the most urgent first."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from schemas.review import CaseState
from schemas.verdict import Priority
from service.api.backend import BackendDep
from service.console.rendering import page
from service.console.sessions import SignedIn
from service.store.case_queue import CaseQueue

router = APIRouter()
SHOWN = 50


@router.get("/")
def start() -> RedirectResponse:
    return RedirectResponse("/console/cases", 303)


@router.get("/cases")
def queue(
    backend: BackendDep,
    reviewer: SignedIn,
    state: CaseState = CaseState.OPEN,
    queue: Annotated[str, Query(max_length=100)] = "",
    priority: Priority | None = None,
    start: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> HTMLResponse:
    """Open cases by priority and age, in one queue or all of them; the filters are in the address."""
    with backend.database.read() as session:
        cases = CaseQueue(session, reviewer.tenant_id)
        rows = cases.page(state=state, queue=queue or None, priority=priority, start=start, limit=SHOWN + 1)
        return page(
            "queue.html",
            here="/console/cases",
            reviewer=reviewer,
            cases=rows[:SHOWN],
            queues=cases.queues(),
            state=state,
            queue=queue,
            priority=priority,
            start=start,
            following=start + SHOWN if len(rows) > SHOWN else None,
            states=list(CaseState),
            priorities=list(Priority),
        )
