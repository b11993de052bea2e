"""Forms with a few small files from strangers: texts within limits, files into storage, nothing opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from schemas.attachments import HEAD_BYTES, MOST_AT_ONCE, MOST_BYTES, FileKind, FileOut, file_kind
from schemas.problems import ProblemType
from service.api.backend import Backend
from service.api.multipart import PartBegin, PartData, form_boundary, part_events
from service.api.problems import ProblemError, field_problem
from service.store.attachments import StoredFile
from service.store.blobs import StagedBlob


@dataclass
class Form:
    """What a form held. Its files are stored; without a row they are swept away later."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[StoredFile] = field(default_factory=list)


async def read_form(request: Request, backend: Backend, fields: Mapping[str, int]) -> Form:
    """Read a form: text fields by name with their greatest length in characters, and files under ``files``.

    Ends in a problem that names the field. Other fields are ignored; a file part without a name and bytes is one that
    the sender left empty.
    """
    await run_in_threadpool(backend.limits.check_room, backend.blobs, MOST_BYTES)
    form, name, filename = Form(), "", ""
    text, staged, head = b"", None, b""
    try:
        async for event in part_events(request.stream(), form_boundary(request.headers.get("content-type"))):
            if isinstance(event, PartBegin):
                name, filename, text, head = event.name, event.filename or "", b"", b""
                if name == "files":
                    staged = backend.blobs.stage()
            elif isinstance(event, PartData):
                if staged is not None:
                    head += event.data[: HEAD_BYTES - len(head)]
                    _write(staged, event.data)
                elif name in fields:
                    text += event.data
                    if len(text) > 4 * fields[name]:
                        raise _too_long(name, fields[name])
            elif staged is not None:
                if staged.size or filename:
                    form.files.append(await run_in_threadpool(_store, staged, filename, head, len(form.files)))
                else:
                    staged.abort()
                staged = None
            elif name in fields:
                form.fields[name] = text.decode("utf-8", "replace").strip()
                if len(form.fields[name]) > fields[name]:
                    raise _too_long(name, fields[name])
    except ClientDisconnect:
        raise ProblemError(ProblemType.MALFORMED_BODY, "The request broke off.") from None
    finally:
        if staged is not None:
            staged.abort()
    return form


def download(backend: Backend, file: FileOut) -> Response:
    """A file as a download of bytes that no browser interprets, under a name of plain characters."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(safe_name(file.name, file.kind), safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "content-length": str(file.size_bytes),
    }
    return StreamingResponse(backend.blobs.read(file.sha256), media_type="application/octet-stream", headers=headers)


def safe_name(name: str, kind: FileKind) -> str:
    """A file name that hides nothing: letters, digits and single dots of the sender's, the ending of what it is."""
    stem = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in stem)[:60].strip("_") or "file"
    return f"{plain}.{'txt' if kind is FileKind.TEXT else kind.value}"


def _write(staged: StagedBlob, data: bytes) -> None:
    if staged.size + len(data) > MOST_BYTES:
        raise ProblemError(ProblemType.TOO_LARGE, f"A file may have {MOST_BYTES} bytes at most.")
    staged.write(data)


def _store(staged: StagedBlob, name: str, head: bytes, before: int) -> StoredFile:
    kind = file_kind(head)
    if before >= MOST_AT_ONCE or kind is None:
        staged.abort()
        known = ", ".join(FileKind)
        said = f"{MOST_AT_ONCE} files at most" if kind is not None else f"a file of this kind is not taken; {known} are"
        raise field_problem(ProblemType.INVALID_REQUEST, "body.files", said)
    sha256, size = staged.commit()
    return StoredFile(name or "file", kind, sha256, size)


def _too_long(name: str, most: int) -> ProblemError:
    return field_problem(ProblemType.INVALID_REQUEST, f"body.{name}", f"has {most} characters at most")
