"""The files of a delivery as they come in: parts of a form, a body of one file, finished uploads, archives unpacked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from schemas.ern.hardened import MAX_BYTES, parse
from schemas.ern.navigate import local
from schemas.ern.read import read_tree
from schemas.ern.refusal import MessageRefused, RefusalReason
from schemas.problems import FieldError, ProblemType
from service.api.backend import Backend
from service.api.fields import inert
from service.api.finished_uploads import finished, pieces_of
from service.api.intake import shielded, stage_in
from service.api.multipart import PartBegin, PartData, form_boundary, part_events
from service.api.problems import ProblemError, field_problem
from service.api.uploads import Staged
from service.batches import MAX_FILES, BatchRefused, safe_name, unpacked

BODIES = {
    "application/xml": "message.xml",
    "text/xml": "message.xml",
    "application/zip": "batch.zip",
    "text/csv": "manifest.csv",
    "application/jsonl": "manifest.jsonl",
    "application/x-ndjson": "manifest.jsonl",
}
_BLOCK = 1024 * 1024
_MESSAGES_READ = 3
"""How many messages are read before the answer; more than that are a batch, and read by a worker."""

Files = dict[str, tuple[str, int]]
"""SHA-256 and size by name."""


async def receive_files(request: Request, backend: Backend, tenant_id: str) -> Files:
    """Everything that a request brings, stored; a problem, and nothing kept, where any of it is not acceptable."""
    taking = _Taking(backend, tenant_id)
    try:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in BODIES:
            await taking.begin(BODIES[kind])
            async for chunk in request.stream():
                await taking.add(chunk)
            await taking.end()
        else:
            await _take_form(request.stream(), _boundary(request), taking)
        return await shielded(taking.store)
    except ClientDisconnect:
        await shielded(taking.drop)
        raise ProblemError(ProblemType.MALFORMED_BODY, "The request broke off.") from None
    except BatchRefused as refused:
        await shielded(taking.drop)
        raise batch_problem(refused) from None
    except BaseException:
        await shielded(taking.drop)
        raise


def batch_problem(refused: BatchRefused) -> ProblemError:
    errors = [FieldError(field=inert(refused.file, 120), message=refused.detail)] if refused.file else []
    return ProblemError(ProblemType.INVALID_BATCH, None if errors else refused.detail, errors)


def _boundary(request: Request) -> bytes:
    kind, _ = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        known = ", ".join(["multipart/form-data", *BODIES])
        raise ProblemError(ProblemType.UNSUPPORTED_MEDIA_TYPE, f"Send one of {known}.")
    return form_boundary(request.headers.get("content-type"))


async def _take_form(chunks: AsyncIterator[bytes], boundary: bytes, taking: "_Taking") -> None:
    async for event in part_events(chunks, boundary, max_parts=MAX_FILES):
        if isinstance(event, PartBegin):
            if event.name not in ("file", "upload"):
                message = "is not known; send the parts file and upload, as often as there are files"
                raise field_problem(ProblemType.INVALID_REQUEST, inert(event.name, 60), message)
            if event.name == "file" and not event.filename:
                raise field_problem(ProblemType.INVALID_REQUEST, "file", "needs a file name")
            await taking.begin(event.filename if event.name == "file" else None)
        elif isinstance(event, PartData):
            await taking.add(event.data)
        else:
            await taking.end()


class _Taking:
    """The files of one request, staged one after the other."""

    def __init__(self, backend: Backend, tenant_id: str) -> None:
        self._backend = backend
        self._tenant_id = tenant_id
        self._stage = stage_in(backend)
        self._staged: dict[str, Staged] = {}
        self._name: str | None = None
        self._gathered: list[bytes] = []
        self._waiting = 0
        self._total = 0

    async def begin(self, name: str | None) -> None:
        """A file of this name, or, without one, the id of an upload."""
        self._gathered, self._waiting = [], 0
        self._name = safe_name(name) if name is not None else None
        if self._name is not None:
            if self._name in self._staged:
                raise BatchRefused("this file is there twice", self._name)
            self._staged[self._name] = await run_in_threadpool(self._stage)

    async def add(self, data: bytes) -> None:
        self._total += len(data)
        if self._total > self._backend.settings.max_upload_bytes:
            most = self._backend.settings.max_upload_bytes
            raise ProblemError(ProblemType.TOO_LARGE, f"A delivery may have {most} bytes at most.")
        self._gathered.append(data)
        self._waiting += len(data)
        if self._name is None and self._waiting > 200:
            raise field_problem(ProblemType.INVALID_REQUEST, "upload", "there is no such upload")
        if self._name is not None and self._waiting >= _BLOCK:
            await self._write()

    async def end(self) -> None:
        if self._name is not None:
            await self._write()
            return
        upload_id = b"".join(self._gathered).decode("ascii", "replace").strip()
        await run_in_threadpool(self._from_upload, upload_id)

    async def _write(self) -> None:
        assert self._name is not None
        block, self._gathered, self._waiting = b"".join(self._gathered), [], 0
        if block:
            await asyncio.shield(asyncio.ensure_future(run_in_threadpool(self._staged[self._name].write, block)))

    def _from_upload(self, upload_id: str) -> None:
        row = finished(self._backend, self._tenant_id, "upload", upload_id)
        name = safe_name(row.details.get("filename") or row.file_name or f"{row.id}.zip")
        if name in self._staged:
            raise BatchRefused("this file is there twice", name)
        self._staged[name] = self._stage()
        for block in pieces_of(self._backend, row, "upload"):
            self._staged[name].write(block)

    def store(self) -> Files:
        """Put everything into storage, archives unpacked; messages are read before, if they are few."""
        files: Files = {}
        for name, staged in self._staged.items():
            sha256, size = staged.commit()
            if name.lower().endswith(".zip"):
                with self._backend.blobs.local_path(sha256) as path:
                    self._unpack(path, name, files)
            else:
                files[name] = (sha256, size)
        if not files:
            raise ProblemError(ProblemType.INVALID_REQUEST, "There is no file in this delivery.")
        messages = [name for name in files if name.lower().endswith(".xml")]
        if len(messages) <= _MESSAGES_READ:
            for name in messages:
                self._read(name, *files[name])
        return files

    def _unpack(self, path: Path, archive: str, files: Files) -> None:
        for name, blocks in unpacked(path, max_bytes=self._backend.settings.max_upload_bytes):
            if name in files:
                raise BatchRefused(f"this file is there twice, once in {archive}", name)
            staged = self._stage()
            try:
                for block in blocks:
                    staged.write(block)
                files[name] = staged.commit()
            except BaseException:
                staged.abort()
                raise

    def _read(self, name: str, sha256: str, size: int) -> None:
        """End in a 422 for what is no message. What goes with a batch, such as its manifest, is left alone."""
        try:
            if size > MAX_BYTES:
                raise MessageRefused(RefusalReason.TOO_LARGE, f"the message is larger than {MAX_BYTES // 2**20} MiB")
            if not size and name.rsplit("/", 1)[-1].lower().startswith("batchcomplete"):
                return
            with self._backend.blobs.local_path(sha256) as path, self._backend.parsing.hold(size):
                with path.open("rb") as stream:
                    root = parse(stream, also=BESIDE)
                if local(root) not in BESIDE:
                    read_tree(root)
                del root
        except MessageRefused as refused:
            place = f"line {refused.line}: " if refused.line else ""
            error = FieldError(field=inert(name, 120), message=f"{place}{refused.detail}", value=refused.reason.value)
            raise ProblemError(ProblemType.INVALID_MESSAGE, errors=[error]) from None

    def drop(self) -> None:
        for staged in self._staged.values():
            staged.abort()


BESIDE = frozenset({"ManifestMessage", "AcknowledgementMessage", "FtpAcknowledgementMessage"})


def content_of(operation: str, files: Files) -> dict[str, Any]:
    """What makes two deliveries the same, for idempotency."""
    return {"operation": operation, "files": {name: sha256 for name, (sha256, _) in sorted(files.items())}}
