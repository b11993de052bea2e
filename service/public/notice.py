"""``/report/{tenant}``: the form for notices from outside, and the page of a receipt."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from limits import RateLimitItemPerHour
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from schemas.reports import ReporterRole, ReportIn, ReportKind
from service.api.backend import Backend, BackendDep
from service.api.reports import receipt
from service.auth.signed_links import LinkPurpose, LinkRefused
from service.message_templates import MEANS
from service.public.rendering import render
from service.store.clock import utc_now
from service.store.decisions import Decisions
from service.store.reports import NoSuchTrack, Reports, Suspended
from service.store.tenants import Tenants
from service.store.tracks import Tracks

router = APIRouter(prefix="/report", include_in_schema=False)

AN_HOUR = RateLimitItemPerHour(10, namespace="earmark-notices")
"""Notices from one address, and of one e-mail address, in an hour: nobody fills the reviewers' day."""

_LARGEST_FORM = 64 * 1024
_FORM = "application/x-www-form-urlencoded"
_FIELDS = ("kind", "isrc", "role", "name", "email", "statement")

KINDS = {
    ReportKind.IMPERSONATION: "It uses my name, profile or voice",
    ReportKind.RECORDING: "It is my recording, delivered by somebody else",
    ReportKind.UNDECLARED_AI: "It was made with AI and does not say so",
    ReportKind.SPAM: "It is part of bulk or manipulative uploading",
    ReportKind.OTHER: "Something else is wrong with it",
}
ROLES = {
    ReporterRole.ARTIST: "I am the artist",
    ReporterRole.RIGHTS_HOLDER: "I hold the rights",
    ReporterRole.REPRESENTATIVE: "I speak for the artist or rights holder",
    ReporterRole.USER: "I am somebody else",
}


@router.get("/receipt/{token}")
def show_receipt(token: str, backend: BackendDep) -> HTMLResponse:
    """What came of a notice, for whoever holds its receipt."""
    try:
        tenant_id, report_id = backend.links.read(LinkPurpose.REPORT, token, utc_now()).subject.split("/")
    except LinkRefused as refused:
        return render(
            "message.html", 404, title="This link opens nothing", text=f"{refused}."[:1].upper() + f"{refused}."[1:]
        )
    with backend.database.read() as session:
        reports = Reports(session, tenant_id)
        row = reports.get(report_id)
        if row is None:
            return render(
                "message.html", 404, title="This link opens nothing", text="There is no such notice any more."
            )
        state, decision_id = reports.state(row)
        decision = Decisions(session).get(tenant_id, decision_id) if decision_id else None
        others = {one.track_id: one.action for one in decision.exceptions} if decision else {}
        track = Tracks(session).get(tenant_id, row.track_id)
        return render(
            "receipt.html",
            report=row,
            state=state,
            decision=decision,
            means=MEANS[others.get(row.track_id, decision.action)] if decision else "",
            title=track.title if track else "",
            kind=KINDS[row.kind],
        )


@router.get("/{tenant_id}")
def show_form(tenant_id: str, backend: BackendDep) -> HTMLResponse:
    with backend.database.read() as session:
        if Tenants(session).get(tenant_id) is None:
            return _nobody()
    return _form({}, [])


@router.post("/{tenant_id}")
async def send(tenant_id: str, request: Request, backend: BackendDep) -> Response:
    """Take a notice and lead to its receipt. What is wrong with it is told field by field, and nothing is lost."""
    length = request.headers.get("content-length", "")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM or not length.isdigit() or int(length) > _LARGEST_FORM:
        return render("message.html", 400, title="Nothing was stored", text="The form did not arrive whole.")
    async with request.form(max_files=0, max_fields=30) as form:
        given = _given(form)
    return await run_in_threadpool(_take, backend, request, tenant_id, given)


def _take(backend: Backend, request: Request, tenant_id: str, given: dict[str, Any]) -> Response:
    with backend.database.read() as session:
        if Tenants(session).get(tenant_id) is None:
            return _nobody()
    try:
        said = ReportIn.model_validate(given)
    except ValidationError as wrong:
        return _form(given, [_sentence(error) for error in wrong.errors()], 422)
    who = request.client.host if request.client else ""
    keys = (f"{tenant_id}/at/{who}", f"{tenant_id}/by/{said.email.casefold()}")
    taken = [backend.limits.hit(AN_HOUR, key) for key in keys]
    if not all(taken):
        return _form(given, ["A lot has come from you within an hour. Try again later"], 429)

    links = backend.links

    def work(session: Session) -> str:
        now = utc_now()
        row, fresh = Reports(session, tenant_id).receive(said, via="form", now=now)
        return receipt(session, links, "", row, fresh, now).url

    try:
        return RedirectResponse(backend.database.attempt(work), 303)
    except NoSuchTrack as unknown:
        return _form(given, [f"ISRC: {unknown}"], 422)
    except Suspended as suspended:
        return _form(given, [f"{suspended}"[:1].upper() + f"{suspended}"[1:]], 409)


def _given(form: FormData) -> dict[str, Any]:
    given: dict[str, Any] = {
        name: form.get(name) for name in _FIELDS if isinstance(form.get(name), str) and form.get(name)
    }
    links = form.get("links")
    given["links"] = links.split() if isinstance(links, str) else []
    given["good_faith"] = form.get("good_faith") == "yes"
    return given


def _sentence(error: Any) -> str:
    field = str(error["loc"][0]).replace("_", " ") if error["loc"] else ""
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{field}: {text}" if field else text


def _form(given: dict[str, Any], faults: list[str], status: int = 200) -> HTMLResponse:
    return render("report.html", status, given=given, faults=faults, kinds=KINDS, roles=ROLES)


def _nobody() -> HTMLResponse:
    return render("message.html", 404, title="This link opens nothing", text="Nobody takes notices at this address.")
