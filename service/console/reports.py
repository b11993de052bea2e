"""Notices from outside at the console: the list, and whether a reporter is listened to."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from service.api.backend import BackendDep
from service.console.rendering import page
from service.console.sessions import Decider, Elsewhere, SignedIn
from service.store.clock import utc_now
from service.store.reports import Reports
from service.store.tables.reviewers import Reviewer

router = APIRouter(prefix="/reports")
HERE = "/console/reports"
SHOWN = 50


@router.get("")
def reports(backend: BackendDep, reviewer: SignedIn, before: Annotated[str, Query(max_length=40)] = "") -> HTMLResponse:
    """Newest first, each with what came of it and of its reporter's earlier ones."""
    with backend.database.read() as session:
        store, now = Reports(session, reviewer.tenant_id), utc_now()
        rows = store.page(before=before, limit=SHOWN + 1)
        shown = store.several(rows[:SHOWN], now)
    further = f"{HERE}?before={shown[-1].id}" if len(rows) > SHOWN else None
    return page(
        "reports.html",
        here=HERE,
        reviewer=reviewer,
        reports=shown,
        further=further,
        form=f"/report/{reviewer.tenant_id}",
    )


@router.post("/{report_id}/reporter")
def suspend(report_id: str, backend: BackendDep, reviewer: Decider, lift: Annotated[bool, Form()] = False) -> Response:
    """Take no more notices of this reporter for ninety days, or take them again. A senior's decision."""
    if not reviewer.role.may_decide_for_good:
        raise _refused(reviewer, "Only a senior reviewer or an administrator decides whose notices are taken.", 403)

    def work(session: Session) -> bool:
        store = Reports(session, reviewer.tenant_id)
        return store.suspend(report_id, by=reviewer.name, now=utc_now(), lift=lift) is not None

    if not backend.database.attempt(work):
        raise _refused(reviewer, "There is no such notice.", 404)
    return RedirectResponse(HERE, 303)


def _refused(reviewer: Reviewer, text: str, status: int) -> Elsewhere:
    return Elsewhere(page("message.html", status, title="Not done", text=text, reviewer=reviewer))
