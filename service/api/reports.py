"""``/v1/reports``: notices from outside, passed on by a partner or its support desk."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response
from limits import RateLimitItemPerHour
from sqlalchemy.orm import Session

from schemas.pages import Page
from schemas.problems import FieldError, ProblemType
from schemas.reports import ReportIn, ReportOut, ReportReceipt
from service.api.access import CasesReader, ReportsWriter
from service.api.backend import BackendDep
from service.api.bodies import BoundedRoute
from service.api.once import IdempotencyKey, Once
from service.api.openapi import problem_responses
from service.api.paging import Cursor, Limit, checked_cursor, split_page
from service.api.problems import ProblemError, not_found
from service.auth.signed_links import LinkPurpose, SignedLinks
from service.store.clock import utc_now
from service.store.reports import NoSuchTrack, Reports, Suspended
from service.store.tables.reports import Report

router = APIRouter(prefix="/v1/reports", tags=["reports"], route_class=BoundedRoute)

AN_HOUR = RateLimitItemPerHour(20, namespace="earmark-reports")
"""Notices of one reporter in an hour."""
RECEIPT_LASTS = timedelta(days=400)

_EXAMPLE = {
    "kind": "impersonation",
    "isrc": "QZEM62600001",
    "role": "artist",
    "name": "Ann Ember",
    "email": "ann@ember.example",
    "statement": "This track is on my profile, and I did not make it. My releases are under another ISRC prefix.",
    "links": ["https://ember.example/releases"],
    "good_faith": True,
}


@router.post(
    "",
    status_code=201,
    summary="Pass on a notice",
    response_model=ReportReceipt,
    responses=problem_responses(
        ProblemType.MALFORMED_BODY,
        ProblemType.UNAUTHENTICATED,
        ProblemType.MISSING_SCOPE,
        ProblemType.INVALID_REQUEST,
        ProblemType.NOT_NOW,
        ProblemType.TOO_MANY_REQUESTS,
    ),
)
def report(
    said: Annotated[ReportIn, Body(examples=[_EXAMPLE])],
    request: Request,
    backend: BackendDep,
    principal: ReportsWriter,
    key: IdempotencyKey = None,
) -> Response:
    """What is wrong with a delivery, as an artist, a rights holder or a user says.

    Notices with one claim on one track are one case. The outcome can be read at the receipt's address.
    """
    if not backend.limits.hit(AN_HOUR, f"{principal.tenant_id}/{said.email.casefold()}"):
        raise ProblemError(
            ProblemType.TOO_MANY_REQUESTS,
            "Twenty notices of one reporter are taken in an hour.",
            headers={"Retry-After": "3600"},
        )
    once, links = Once.reserve(backend, principal.tenant_id, key), backend.links

    def work(session: Session) -> ReportReceipt:
        now = utc_now()
        row, fresh = Reports(session, principal.tenant_id).receive(said, via=principal.actor, now=now)
        return receipt(session, links, backend.public_address(request), row, fresh, now)

    content = {"operation": "POST /v1/reports", "report": said.model_dump(mode="json")}
    try:
        return once.answer(content, 201, work, lambda body: {"Location": f"/v1/reports/{body['id']}"})
    except NoSuchTrack as unknown:
        error = FieldError(field=f"body.{unknown.field}", message=str(unknown))
        raise ProblemError(ProblemType.INVALID_REQUEST, errors=[error]) from None
    except Suspended as suspended:
        text = str(suspended)
        raise ProblemError(ProblemType.NOT_NOW, f"{text[:1].upper()}{text[1:]}.") from None


@router.get(
    "",
    summary="List notices",
    responses=problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE),
)
def list_reports(
    backend: BackendDep, principal: CasesReader, cursor: Cursor = None, limit: Limit = 100
) -> Page[ReportOut]:
    """The tenant's notices, newest first."""
    with backend.database.read() as session:
        reports = Reports(session, principal.tenant_id)
        shown, last = split_page(reports.page(before=checked_cursor(cursor) or "", limit=limit + 1), limit)
        now = utc_now()
        return Page(items=[reports.out(row, now) for row in shown], next_cursor=last.id if last else None)


@router.get(
    "/{report_id}",
    summary="Read a notice",
    responses=problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND),
)
def read_report(report_id: str, backend: BackendDep, principal: CasesReader) -> ReportOut:
    """A notice with its state and how earlier ones of its reporter ended."""
    with backend.database.read() as session:
        reports = Reports(session, principal.tenant_id)
        row = reports.get(report_id)
        if row is None:
            raise not_found("notice")
        return reports.out(row, utc_now())


def receipt(
    session: Session, links: SignedLinks, address: str, row: Report, fresh: bool, now: datetime
) -> ReportReceipt:
    """What the reporter gets; ``address`` is where people reach the service."""
    token = links.token(LinkPurpose.REPORT, f"{row.tenant_id}/{row.id}", now + RECEIPT_LASTS)
    return ReportReceipt(
        id=row.id,
        state=Reports(session, row.tenant_id).state(row)[0],
        received_at=row.received_at,
        already_known=not fresh,
        url=f"{address}/report/receipt/{token}",
    )
