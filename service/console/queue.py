"""The queue: open cases in the order in which they should be looked at; decided and closed ones as a list."""

import secrets
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator
from sqlalchemy.orm import Session

from schemas.review import CaseState
from schemas.verdict import Priority
from service.api.backend import BackendDep
from service.console.flashes import address, flash
from service.console.rendering import page
from service.console.sessions import Decider, SignedIn
from service.store.case_queue import CaseQueue, Place
from service.store.cases import Cases
from service.store.claims import Claims
from service.store.clock import utc_now
from service.store.score_sights import ScoreSights
from service.store.second_looks import SecondLooks
from service.store.tables.cases import Case

router = APIRouter()
SHOWN = 50
LOOK_ONCE_IN = 5
"""Of so many cases that somebody goes on to one is a second look, by chance, as long as one waits for them."""
QueueName = Annotated[str, Query(max_length=100)]
PriorityFilter = Annotated[Priority | None, BeforeValidator(lambda chosen: chosen or None)]
"""A form that asks for all priorities sends an empty one."""


@router.get("/")
def start() -> RedirectResponse:
    return RedirectResponse("/console/cases", 303)


@router.get("/cases")
def queue(
    backend: BackendDep,
    reviewer: SignedIn,
    state: CaseState = CaseState.OPEN,
    queue: QueueName = "",
    priority: PriorityFilter = None,
    after: Annotated[str, Query(max_length=100)] = "",
    reasons: bool = False,
    said: str = "",
    about: str = "",
) -> HTMLResponse:
    """One queue or all of them; the filters and the place in the list are in the address.

    Reasons of open cases about generation name what the machine found, and whoever has read that does not decide
    blind any more (:mod:`service.console.blind`): they are shown when they are asked for.
    """
    now = utc_now()
    with backend.database.read() as session:
        cases = CaseQueue(session, reviewer.tenant_id)
        place = place_of(after)
        rows = cases.page(state=state, queue=queue or None, priority=priority, after=place, limit=SHOWN + 1)
        shown = rows[:SHOWN]
        kept = {case.id for case in shown if state is CaseState.OPEN and case.policy.startswith("AI-")}
        filters = {"state": state.value, "queue": queue, "priority": priority.value if priority else ""}
        filters |= {"reasons": "1"} if reasons else {}
        more = {**filters, "after": _written(shown[-1])} if len(rows) > SHOWN else None
        answer = page(
            "queue.html",
            here="/console/cases",
            flash=flash(said, about),
            reviewer=reviewer,
            cases=Cases(session).summaries(shown),
            claims=Claims(session, reviewer.tenant_id).running([case.id for case in shown], now),
            now=now,
            queues=cases.queues(),
            state=state,
            queue=queue,
            priority=priority,
            further=f"?{urlencode(more)}" if more else None,
            beginning=f"?{urlencode(filters)}" if place else None,
            chosen=f"?{urlencode({'queue': queue, 'priority': filters['priority']})}",
            kept=set() if reasons else kept,
            asking=f"?{urlencode(filters | {'reasons': '1', 'after': after})}",
            states=list(CaseState),
            priorities=list(Priority),
        )
    if reasons and kept and reviewer.role.may_decide:
        backend.database.attempt(lambda session: ScoreSights(session).saw(sorted(kept), reviewer.name, now))
    return answer


@router.get("/next")
def following(
    backend: BackendDep,
    reviewer: Decider,
    queue: QueueName = "",
    priority: PriorityFilter = None,
    after: Annotated[str, Query(max_length=40)] = "",
) -> RedirectResponse:
    """The next case that nobody else has in hand."""
    with backend.database.read() as session:
        left = Cases(session).get(reviewer.tenant_id, after) if after else None
        return RedirectResponse(next_address(session, reviewer.tenant_id, reviewer.name, left, queue, priority), 303)


def next_address(
    session: Session, tenant_id: str, who: str, left: Case | None, queue: str = "", priority: Priority | None = None
) -> str:
    """Where somebody goes on who leaves a case: in its queue, then in any, then to the empty list."""
    cases, now = CaseQueue(session, tenant_id), utc_now()
    wished = queue or (left.queue if left else "")
    if left is not None and secrets.randbelow(LOOK_ONCE_IN) == 0:
        look = SecondLooks(session, tenant_id).next_for(who, now, queue=wished)
        if look is not None:
            return f"/console/looks/{look}"
    found = cases.next_for(who, now, queue=wished or None, priority=priority, after=left)
    if found is None and wished and not queue:
        found = cases.next_for(who, now, after=left)
    return f"/console/cases/{found}" if found else address("/console/cases", "nothing-more")


def place_of(written: str) -> Place | None:
    """A place as an address has it; nothing for one that cannot be read, which means the start."""
    moment, _, case_id = written.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return Place(at, case_id) if at.tzinfo and case_id else None


def _written(case: Case) -> str:
    at = case.rank_at if case.state is CaseState.OPEN else case.updated_at
    return f"{at.isoformat()}~{case.id}"
