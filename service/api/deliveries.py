"""``/v1/deliveries``: DDEX messages and batches, and spreadsheets with their audio."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from schemas.deliveries import DeliveredFile, DeliveryOut, DeliverySummary, Report
from schemas.ern.acknowledge import acknowledgement
from schemas.pages import Page
from schemas.problems import ProblemType
from service.api import intake
from service.api.access import TracksReader, TracksWriter
from service.api.backend import BackendDep
from service.api.delivery_files import content_of, receive_files
from service.api.once import IdempotencyKey, Once
from service.api.openapi import problem_responses
from service.api.paging import Cursor, Limit, bad_cursor, checked_cursor, split_page
from service.api.problems import not_found
from service.store.clock import utc_now
from service.store.deliveries import Deliveries
from service.store.tables.deliveries import DeliveryRow

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])

_READ = problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND)
_PROBLEMS = (
    ProblemType.MALFORMED_BODY,
    ProblemType.UNAUTHENTICATED,
    ProblemType.MISSING_SCOPE,
    ProblemType.REQUEST_IN_FLIGHT,
    ProblemType.TOO_LARGE,
    ProblemType.UNSUPPORTED_MEDIA_TYPE,
    ProblemType.INVALID_REQUEST,
    ProblemType.INVALID_MESSAGE,
    ProblemType.INVALID_BATCH,
    ProblemType.KEY_REUSED,
    ProblemType.BUSY,
    ProblemType.STORAGE_FULL,
    ProblemType.TOO_MANY_REQUESTS,
    ProblemType.QUOTA_REACHED,
)
_FILES = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                            "description": "Messages (.xml), audio, a manifest (.csv, .jsonl), or all of it in a .zip.",
                        },
                        "upload": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "Ids of finished uploads.",
                        },
                    },
                }
            },
            "application/xml": {"schema": {"type": "string"}},
            "application/zip": {"schema": {"type": "string", "contentMediaType": "application/zip"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/jsonl": {"schema": {"type": "string"}},
        },
    }
}


@router.post(
    "",
    status_code=202,
    summary="Deliver a message or a batch",
    response_model=DeliveryOut,
    responses=problem_responses(*_PROBLEMS),
    openapi_extra=_FILES,
)
async def deliver(
    request: Request, backend: BackendDep, principal: TracksWriter, idempotency_key: IdempotencyKey = None
) -> Response:
    """Send ERN messages with their audio, or a manifest with its audio: as files of a form, as one zip, as finished
    uploads, or a message alone.

    202 means that all of it is stored. Each message is then applied as a whole: in the order of their making, once for
    each sender and message id. A message whose audio is missing waits for it; read the delivery to see what for.
    """
    once = await run_in_threadpool(Once.reserve, backend, principal.tenant_id, idempotency_key)
    try:
        if not once.replays:
            await run_in_threadpool(intake.check_quota, backend, principal)
        files = await receive_files(request, backend, principal.tenant_id)
    except BaseException:
        await intake.shielded(once.abandon)
        raise

    def work(session: Session) -> DeliveryOut:
        return _whole(session, Deliveries(session).accept(principal.tenant_id, files, utc_now()))

    content = content_of("POST /v1/deliveries", files)
    return await intake.shielded(
        once.answer, content, 202, work, lambda body: {"Location": f"/v1/deliveries/{body['id']}"}
    )


@router.post(
    "/{delivery_id}/files",
    status_code=202,
    summary="Add files to a delivery",
    response_model=DeliveryOut,
    responses=problem_responses(*_PROBLEMS, ProblemType.NOT_FOUND),
    openapi_extra=_FILES,
)
async def add_files(delivery_id: str, request: Request, backend: BackendDep, principal: TracksWriter) -> DeliveryOut:
    """Send what is missing. A file of a name that is there takes its place; what was applied stays applied. The same
    request again changes nothing."""

    def known() -> None:
        with backend.database.read() as session:
            if Deliveries(session).get(principal.tenant_id, delivery_id) is None:
                raise not_found("delivery")

    await run_in_threadpool(known)
    files = await receive_files(request, backend, principal.tenant_id)

    def work(session: Session) -> DeliveryOut:
        deliveries = Deliveries(session)
        row = deliveries.get(principal.tenant_id, delivery_id)
        if row is None:
            raise not_found("delivery")
        deliveries.add_files(row.id, files, utc_now())
        return _whole(session, row)

    return await intake.shielded(backend.database.attempt, work)


@router.get("", summary="List deliveries", responses=_READ)
def list_deliveries(
    backend: BackendDep, principal: TracksReader, cursor: Cursor = None, limit: Limit = 100
) -> Page[DeliverySummary]:
    """The tenant's deliveries, newest first."""
    with backend.database.read() as session:
        deliveries = Deliveries(session)
        if checked_cursor(cursor) is not None and deliveries.get(principal.tenant_id, str(cursor)) is None:
            raise bad_cursor()
        rows = deliveries.page(principal.tenant_id, before=cursor, limit=limit + 1)
        shown, last = split_page(rows, limit)
        items = [DeliverySummary.model_validate(row, from_attributes=True) for row in shown]
        return Page(items=items, next_cursor=last.id if last else None)


@router.get("/{delivery_id}", summary="Read a delivery", responses=_READ)
def read_delivery(delivery_id: str, backend: BackendDep, principal: TracksReader) -> DeliveryOut:
    """What was found in it, message by message and row by row, what became of each, and what is missing."""
    with backend.database.read() as session:
        row = Deliveries(session).get(principal.tenant_id, delivery_id)
        if row is None:
            raise not_found("delivery")
        return _whole(session, row)


@router.get(
    "/{delivery_id}/acknowledgement",
    summary="Read the acknowledgement",
    response_class=Response,
    responses={200: {"content": {"application/xml": {"schema": {"type": "string"}}}}} | _READ,
)
def read_acknowledgement(delivery_id: str, backend: BackendDep, principal: TracksReader) -> Response:
    """The delivery as a DDEX acknowledgement (ERN choreography 1.8), with the status of each message as it is now."""
    with backend.database.read() as session:
        row = Deliveries(session).get(principal.tenant_id, delivery_id)
        if row is None:
            raise not_found("delivery")
        report = Report.model_validate(row.report or {})
    content = acknowledgement(report, row.id, backend.settings.dpid or "", utc_now())
    return Response(content, media_type="application/xml")


def _whole(session: Session, row: DeliveryRow) -> DeliveryOut:
    files = [
        DeliveredFile(name=file.name, sha256=file.sha256, size_bytes=file.size_bytes)
        for file in Deliveries(session).files(row.id)
    ]
    summary = DeliverySummary.model_validate(row, from_attributes=True)
    return DeliveryOut(**summary.model_dump(), **Report.model_validate(row.report or {}).model_dump(), files=files)
