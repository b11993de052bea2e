"""Taking a track in: the form is read while it arrives, then track, revision, event and job are stored together."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from schemas.catalogue import TrackMetadata
from schemas.problems import ProblemType
from schemas.tracks import TrackAccepted
from service.accepting import accept_track
from service.api import finished_uploads
from service.api.backend import Backend
from service.api.limits import quota_told
from service.api.multipart import form_boundary
from service.api.once import Once, Weighed
from service.api.problems import ProblemError
from service.api.said import read_said
from service.api.track_views import accepted
from service.api.uploads import Staged, Upload, UploadLimits, receive_upload
from service.auth.principal import Principal
from service.describing import warnings_of
from service.store.blob_rows import Blobs
from service.store.clock import utc_now
from service.store.uploads import Uploads

log = structlog.get_logger(__name__)

T = TypeVar("T")

CHECK_EVERY_BYTES = 32 * 1024**2
"""How much of an upload is written between two looks at the room on the disk."""


async def receive(
    request: Request,
    backend: Backend,
    principal: Principal,
    required: tuple[str, ...],
    stage: Callable[[], Staged] | None = None,
) -> Upload:
    """Read the request's form; see :func:`service.api.uploads.receive_upload`. Its metadata is a ``TrackMetadata``, and
    finished uploads that it names are staged like files that it holds."""
    settings = backend.settings
    limits = UploadLimits(settings.max_metadata_bytes, settings.max_audio_bytes, settings.max_artwork_bytes)
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced[:20]) > limits.whole:
        raise ProblemError(ProblemType.TOO_LARGE, f"The form may have {limits.whole} bytes at most.")
    await run_in_threadpool(backend.limits.check_room, backend.blobs, int(announced[:20]) if announced.isdigit() else 0)
    stage = stage or stage_in(backend)
    try:
        upload = await receive_upload(
            request.stream(),
            form_boundary(request.headers.get("content-type")),
            limits=limits,
            stage=stage,
            read_metadata=lambda data: read_said(data, TrackMetadata, "metadata"),
            required=required,
        )
    except ClientDisconnect:
        raise ProblemError(ProblemType.MALFORMED_BODY, "The request broke off.") from None
    if upload.uploads:
        await shielded(finished_uploads.take, backend, principal.tenant_id, upload, limits, stage)
    return upload


def stage_for(once: Once, backend: Backend) -> Callable[[], Staged]:
    """Where an upload's files go: into staging, or, for a request that was answered before, nowhere."""
    return Weighed if once.replays else stage_in(backend)


def stage_in(backend: Backend) -> Callable[[], Staged]:
    """Uploads that end before the disk is full, also where nobody announced their length."""

    def has_room() -> None:
        backend.limits.check_room(backend.blobs, 0)

    return lambda: RoomyStage(backend.blobs.stage(), has_room)


class RoomyStage:
    """A staged file that looks for room now and then while it grows."""

    def __init__(self, staged: Staged, check: Callable[[], None]) -> None:
        self._staged = staged
        self._check = check
        self._unchecked = 0

    def write(self, data: bytes, /) -> None:
        self._unchecked += len(data)
        if self._unchecked >= CHECK_EVERY_BYTES:
            self._check()
            self._unchecked = 0
        self._staged.write(data)

    def commit(self) -> tuple[str, int]:
        return self._staged.commit()

    def abort(self) -> None:
        self._staged.abort()


def check_quota(backend: Backend, principal: Principal) -> None:
    """Refuse before the audio is sent what would be refused after it."""
    with backend.database.read() as session:
        backend.limits.check_tracks(session, principal.tenant_id)


def accept(backend: Backend, principal: Principal, upload: Upload, once: Once) -> Response:
    """Store what has arrived and answer 202, or answer what the same request was answered before.

    The files are in their place before the transaction begins, so that a track never refers to a file that is not
    there; a file whose transaction fails is swept away later.
    """
    metadata: TrackMetadata = upload.metadata
    try:
        files = upload.store()
    except BaseException:
        upload.abort()
        once.abandon()
        raise
    warnings = upload.warnings + warnings_of(metadata, "metadata")

    def work(session: Session) -> TrackAccepted:
        now = utc_now()
        record_files(session, files, upload.uploads)
        with quota_told(now):
            track = accept_track(
                session,
                backend.settings,
                principal.tenant_id,
                metadata,
                audio_sha256=files["audio"][0],
                now=now,
                file_name=upload.names["audio"] or None,
                artwork_sha256=files["artwork"][0] if "artwork" in files else None,
                warnings=warnings,
            )
        return accepted(track, warnings)

    content = {
        "operation": "POST /v1/tracks",
        "metadata": metadata.model_dump(mode="json", exclude_unset=True),
        "files": {name: sha256 for name, (sha256, _) in files.items()},
    }
    backend.metrics.received(files["audio"][1])
    log.debug("audio stored", tenant=principal.tenant_id, sha256=files["audio"][0], size_bytes=files["audio"][1])
    answer = once.answer(content, 202, work, lambda body: {"Location": f"/v1/tracks/{body['id']}", "ETag": '"1"'})
    finished_uploads.clean_up(backend, upload)
    return answer


def record_files(session: Session, files: dict[str, tuple[str, int]], uploads: Mapping[str, str]) -> None:
    """Note the stored files of an upload, so that the sweep leaves them alone; ``uploads`` are those that became one of
    these files."""
    for name, (sha256, size_bytes) in files.items():
        Blobs(session).record(sha256, size_bytes, utc_now())
        if name in uploads:
            Uploads(session).became(uploads[name], sha256)


async def shielded(work: Callable[..., T], *arguments: Any) -> T:
    """Run blocking work in a thread to its end, also when the request is cancelled meanwhile."""
    return await asyncio.shield(asyncio.ensure_future(run_in_threadpool(work, *arguments)))
