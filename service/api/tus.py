"""``/v1/uploads``: resumable uploads by tus 1.0. A finished upload is named where a file is expected."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from schemas.problems import ProblemType
from service.api import tus_headers
from service.api.access import TracksWriter
from service.api.backend import Backend, BackendDep
from service.api.fields import inert
from service.api.openapi import problem_responses
from service.api.problems import ProblemError, field_problem, not_found
from service.api.tus_bytes import Growing, take
from service.api.uploads import base_name
from service.auth.principal import Principal
from service.store.clock import utc_now
from service.store.deliveries import Deliveries
from service.store.tables.uploads import UploadRow
from service.store.upload_pieces import UploadPieces
from service.store.uploads import Uploads


class TusRoute(APIRoute):
    """Every answer names the protocol's version, refusals included."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                response = await handler(request)
            except HTTPException as error:
                error.headers = {**(error.headers or {}), "Tus-Resumable": tus_headers.VERSION}
                raise
            response.headers["Tus-Resumable"] = tus_headers.VERSION
            return response

        return answered


router = APIRouter(prefix="/v1/uploads", tags=["uploads"], route_class=TusRoute)


def _speaks_tus(
    tus_resumable: Annotated[
        str | None, Header(max_length=20, description="Version of the protocol: `1.0.0`.", examples=["1.0.0"])
    ] = None,
) -> None:
    tus_headers.check_version(tus_resumable)


SpeaksTus = Annotated[None, Depends(_speaks_tus)]

_REFUSALS = (
    ProblemType.BAD_REQUEST,
    ProblemType.UNAUTHENTICATED,
    ProblemType.MISSING_SCOPE,
    ProblemType.TUS_VERSION,
    ProblemType.INVALID_REQUEST,
    ProblemType.TOO_MANY_REQUESTS,
)
_OF_BYTES = (
    ProblemType.OFFSET_CONFLICT,
    ProblemType.TOO_LARGE,
    ProblemType.UNSUPPORTED_MEDIA_TYPE,
    ProblemType.CHECKSUM_MISMATCH,
    ProblemType.STORAGE_FULL,
)
_OF_ONE = (*_REFUSALS, ProblemType.NOT_FOUND, ProblemType.UPLOAD_EXPIRED)
_BODY = {
    "requestBody": {
        "content": {tus_headers.BODY_TYPE: {"schema": {"type": "string", "contentMediaType": tus_headers.BODY_TYPE}}}
    }
}


@router.options("", include_in_schema=False)
@router.options("/{upload_id}", include_in_schema=False)
def speak(backend: BackendDep) -> Response:
    """What is spoken here. Needs no key."""
    return Response(
        status_code=204,
        headers={
            "Tus-Version": tus_headers.VERSION,
            "Tus-Extension": tus_headers.EXTENSIONS,
            "Tus-Max-Size": str(backend.settings.max_upload_bytes),
            "Tus-Checksum-Algorithm": ",".join(tus_headers.CHECKSUMS),
            "Allow": "POST, HEAD, PATCH, DELETE, OPTIONS",
        },
    )


@router.post(
    "",
    status_code=201,
    summary="Begin an upload",
    response_class=Response,
    responses={
        201: {"description": "The upload's address is in `Location`, how much of it has arrived in `Upload-Offset`."}
    }
    | problem_responses(*_REFUSALS, *_OF_BYTES, ProblemType.QUOTA_REACHED, ProblemType.NOT_FOUND),
    openapi_extra=_BODY,
)
async def begin(
    request: Request,
    backend: BackendDep,
    principal: TracksWriter,
    _version: SpeaksTus,
    upload_length: Annotated[
        str | None, Header(max_length=20, description="Bytes of the whole file.", examples=["524288000"])
    ] = None,
    upload_metadata: Annotated[
        str | None,
        Header(
            description="`key base64` pairs by commas. `filename` names the file, and `delivery` a delivery that "
            "waits for it.",
            examples=["filename bmlnaHQgZHJpdmUud2F2"],
        ),
    ] = None,
    upload_checksum: Annotated[
        str | None, Header(max_length=200, description="Checksum of the body, as in `sha256 base64`.")
    ] = None,
) -> Response:
    """Announce a file and get the address to send it to, by [tus 1.0](https://tus.io/protocols/resumable-upload).

    With `Content-Type: application/offset+octet-stream` the body is the beginning of the file, or all of it. A finished
    upload is named as `audio_upload` in `POST /v1/tracks`, or goes to the delivery that its metadata
    names.
    """
    for name in ("upload-defer-length", "upload-concat"):
        if name in request.headers:
            raise field_problem(ProblemType.BAD_REQUEST, f"header.{name.title()}", "is not supported here")
    length = tus_headers.number("Upload-Length", upload_length)
    details = tus_headers.metadata(upload_metadata)
    checksum = tus_headers.checksum(upload_checksum)
    if length > backend.settings.max_upload_bytes:
        message = f"may be {backend.settings.max_upload_bytes} at most"
        raise field_problem(ProblemType.TOO_LARGE, "header.Upload-Length", message)
    row = await run_in_threadpool(_create, backend, principal, length, details)
    growing = Growing(backend, row, checksum)
    if request.headers.get("content-type") is not None or request.headers.get("content-length", "0") != "0":
        _check_type(request)
        await _take(request, growing)
    return Response(status_code=201, headers={"Location": f"/v1/uploads/{row.id}", **_stand(growing)})


@router.head(
    "/{upload_id}",
    summary="Ask how far an upload is",
    response_class=Response,
    responses={200: {"description": "`Upload-Offset` says how much has arrived, `Upload-Length` how much will."}}
    | problem_responses(*_OF_ONE),
)
def look(upload_id: str, backend: BackendDep, principal: TracksWriter, _version: SpeaksTus) -> Response:
    """Where to go on after a break: everything before `Upload-Offset` is safe."""
    row = _find(backend, principal, upload_id)
    return Response(
        status_code=200,
        headers={
            "Upload-Offset": str(row.offset_bytes),
            "Upload-Length": str(row.length_bytes),
            "Upload-Expires": tus_headers.moment(row.expires_at),
            "Upload-Metadata": _written(row.details),
            "Cache-Control": "no-store",
        },
    )


@router.patch(
    "/{upload_id}",
    status_code=204,
    summary="Send the next bytes",
    response_class=Response,
    responses={204: {"description": "`Upload-Offset` says how much has arrived."}}
    | problem_responses(*_OF_ONE, *_OF_BYTES),
    openapi_extra=_BODY,
)
async def send(
    upload_id: str,
    request: Request,
    backend: BackendDep,
    principal: TracksWriter,
    _version: SpeaksTus,
    upload_offset: Annotated[
        str | None, Header(max_length=20, description="Where the bytes begin: the upload's present offset.")
    ] = None,
    upload_checksum: Annotated[
        str | None, Header(max_length=200, description="Checksum of the body, as in `sha256 base64`.")
    ] = None,
) -> Response:
    """Add bytes to an upload, as many as you like. Those that arrive before the connection breaks are kept; with a
    checksum, all of the body or nothing is."""
    _check_type(request)
    offset = tus_headers.number("Upload-Offset", upload_offset)
    checksum = tus_headers.checksum(upload_checksum)
    row = await run_in_threadpool(_find, backend, principal, upload_id)
    if offset != row.offset_bytes:
        raise ProblemError(
            ProblemType.OFFSET_CONFLICT,
            f"The upload stands at {row.offset_bytes}, not at {offset}.",
            headers={"Upload-Offset": str(row.offset_bytes)},
        )
    growing = Growing(backend, row, checksum)
    await _take(request, growing)
    return Response(status_code=204, headers=_stand(growing))


@router.delete(
    "/{upload_id}",
    status_code=204,
    summary="Give an upload up",
    response_class=Response,
    responses=problem_responses(*_OF_ONE),
)
def give_up(upload_id: str, backend: BackendDep, principal: TracksWriter, _version: SpeaksTus) -> Response:
    """Its bytes are removed. What was made of it stays."""
    _find(backend, principal, upload_id)
    backend.database.attempt(lambda session: Uploads(session).remove(upload_id))
    UploadPieces(backend.blobs).remove(upload_id)
    return Response(status_code=204)


@router.post("/{upload_id}", include_in_schema=False)
async def overridden(
    upload_id: str,
    request: Request,
    backend: BackendDep,
    principal: TracksWriter,
    _version: SpeaksTus,
    x_http_method_override: Annotated[str | None, Header(max_length=20)] = None,
) -> Response:
    """For senders whose network lets nothing but POST through (tus 1.0, X-HTTP-Method-Override)."""
    wanted = (x_http_method_override or "").upper()
    if wanted == "PATCH":
        headers = request.headers
        offset, checksum = headers.get("upload-offset"), headers.get("upload-checksum")
        return await send(upload_id, request, backend, principal, None, offset, checksum)
    if wanted in ("HEAD", "DELETE"):
        work = look if wanted == "HEAD" else give_up
        return await run_in_threadpool(work, upload_id, backend, principal, None)
    raise HTTPException(405)


def _create(backend: Backend, principal: Principal, length: int, details: dict[str, str | None]) -> UploadRow:
    backend.limits.check_room(backend.blobs, length)
    now = utc_now()
    delivery_id = details.get("delivery")
    most = backend.settings.uploads_per_tenant

    def work(session: Any) -> UploadRow:
        uploads = Uploads(session)
        if uploads.count_open(principal.tenant_id, now) >= most:
            raise ProblemError(
                ProblemType.QUOTA_REACHED,
                f"You may have {most} uploads that are not used yet; use or delete some.",
                headers={"Retry-After": "600"},
            )
        if delivery_id is not None and Deliveries(session).get(principal.tenant_id, delivery_id) is None:
            raise not_found("delivery")
        return uploads.create(
            principal.tenant_id,
            delivery_id=delivery_id,
            length_bytes=length,
            details=details,
            file_name=base_name(details.get("filename") or details.get("name") or "") or None,
            now=now,
            expires_at=now + timedelta(seconds=backend.settings.upload_keep_s),
        )

    return backend.database.attempt(work)


def _find(backend: Backend, principal: Principal, upload_id: str) -> UploadRow:
    with backend.database.read() as session:
        row = Uploads(session).get(principal.tenant_id, upload_id)
    if row is None:
        raise not_found("upload")
    if row.expires_at <= utc_now() and row.sha256 is None:
        raise ProblemError(ProblemType.UPLOAD_EXPIRED)
    return row


async def _take(request: Request, growing: Growing) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:20]) > growing.room:
        message = f"The upload lacks {growing.room} bytes, and the request has {inert(announced, 20)}."
        raise ProblemError(ProblemType.TOO_LARGE, message)
    try:
        await take(request.stream(), growing)
    except ClientDisconnect:
        raise ProblemError(ProblemType.MALFORMED_BODY, "The request broke off.") from None


def _check_type(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != tus_headers.BODY_TYPE:
        raise ProblemError(ProblemType.UNSUPPORTED_MEDIA_TYPE, f"Send {tus_headers.BODY_TYPE}.")


def _stand(growing: Growing) -> dict[str, str]:
    return {"Upload-Offset": str(growing.offset), "Upload-Expires": tus_headers.moment(growing.expires_at)}


def _written(details: dict[str, str | None]) -> str:
    from base64 import b64encode

    return ",".join(f"{key} {b64encode(value.encode()).decode()}" if value else key for key, value in details.items())
