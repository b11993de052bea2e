"""One upload as it comes in: metadata read and checked, audio and artwork written to staging while they arrive.

Whatever goes wrong before the last byte, the client's going away included, leaves nothing behind.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool

from schemas.problems import FieldError, ProblemType
from service.api.fields import inert
from service.api.multipart import PartBegin, PartData, PartEvent, part_events
from service.api.problems import ProblemError, field_problem

REFERENCES = {"audio_upload": "audio", "artwork_upload": "artwork"}
"""Parts that name a finished upload (:mod:`service.api.tus`) in place of the part that holds the file."""

MAX_REFERENCE_BYTES = 100

_BLOCK = 1024 * 1024
"""Bytes gathered before they go to a thread: large enough that the change of thread costs nothing."""


class Staged(Protocol):
    """A blob on its way into storage; see :class:`service.store.blobs.BlobStorage`."""

    def write(self, data: bytes, /) -> None: ...
    def commit(self) -> tuple[str, int]: ...
    def abort(self) -> None: ...


@dataclass(frozen=True)
class UploadLimits:
    """Largest parts in bytes."""

    metadata: int
    audio: int
    artwork: int

    def of(self, name: str) -> int:
        if name in REFERENCES:
            return MAX_REFERENCE_BYTES
        return {"metadata": self.metadata, "audio": self.audio, "artwork": self.artwork}.get(name, self.artwork)

    @property
    def whole(self) -> int:
        """Largest form: all parts, and room for their headers and for parts nobody asked for."""
        return self.metadata + self.audio + 2 * self.artwork


@dataclass
class Upload:
    """What has arrived. Files are staged, not stored, until :meth:`store` is called; ``uploads`` are the ids of
    finished uploads that stand in place of a file."""

    metadata: Any = None
    files: dict[str, Staged] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def store(self) -> dict[str, tuple[str, int]]:
        """Commit the staged files: SHA-256 and size by part."""
        return {name: staged.commit() for name, staged in self.files.items()}

    def abort(self) -> None:
        """Remove whatever is still staged. Harmless after :meth:`store`."""
        for staged in self.files.values():
            staged.abort()


async def receive_upload(
    chunks: AsyncIterator[bytes],
    boundary: bytes,
    *,
    limits: UploadLimits,
    stage: Callable[[], Staged],
    read_metadata: Callable[[bytes], Any],
    required: tuple[str, ...] = ("metadata", "audio"),
) -> Upload:
    """Read a form with the parts ``metadata``, ``audio`` and ``artwork``, those that are ``required`` and in any order;
    ``audio_upload`` and ``artwork_upload`` stand in place of the files.

    Metadata is handed to ``read_metadata`` as soon as it is whole, so that what is wrong with it is told before the
    audio has to be sent. Other parts are dropped with a warning. A part over its limit is a 413, a missing, repeated
    or empty one a 422 or 400; on these, and when the client goes away, the staged bytes are removed.
    """
    upload = Upload()
    receiver = _Receiver(upload, limits, stage, read_metadata)
    try:
        async for event in part_events(_bounded(chunks, limits.whole), boundary):
            await receiver.take(event)
        _check_whole(upload, required)
    except BaseException:
        await receiver.drop()
        raise
    return upload


async def _bounded(chunks: AsyncIterator[bytes], longest: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > longest:
            raise ProblemError(ProblemType.TOO_LARGE, f"The form may have {longest} bytes at most.")
        yield chunk


def _check_whole(upload: Upload, required: tuple[str, ...]) -> None:
    twice = [name for name in upload.uploads if name in upload.files]
    if twice:
        errors = [FieldError(field=name, message="is sent, and named as an upload as well") for name in twice]
        raise ProblemError(ProblemType.INVALID_REQUEST, errors=errors)
    missing = [name for name in required if name not in upload.names and name not in upload.uploads]
    if missing:
        errors = [FieldError(field=name, message="this part of the form is required") for name in missing]
        raise ProblemError(ProblemType.INVALID_REQUEST, errors=errors)


class _Receiver:
    """Takes the parts of one form. At most one block is being written while the next one is gathered."""

    def __init__(
        self,
        upload: Upload,
        limits: UploadLimits,
        stage: Callable[[], Staged],
        read_metadata: Callable[[bytes], Any],
    ) -> None:
        self._upload = upload
        self._limits = limits
        self._stage = stage
        self._read_metadata = read_metadata
        self._part = ""
        self._size = 0
        self._gathered: list[bytes] = []
        self._waiting = 0
        self._writing: asyncio.Future[None] | None = None

    async def take(self, event: PartEvent) -> None:
        if isinstance(event, PartData):
            await self._take_data(event.data)
        elif isinstance(event, PartBegin):
            await self._begin(event)
        else:
            await self._end()

    async def drop(self) -> None:
        """Forget everything, after the block that is being written."""
        with suppress(Exception):
            await self._written()
        await asyncio.shield(asyncio.ensure_future(run_in_threadpool(self._upload.abort)))

    async def _begin(self, part: PartBegin) -> None:
        self._part, self._size = part.name, 0
        self._gathered, self._waiting = [], 0
        if part.name not in ("metadata", "audio", "artwork", *REFERENCES):
            self._upload.warnings.append(f"the part {inert(part.name, 60)!r} is not known and was not kept")
            return
        if part.name in self._upload.names:
            raise field_problem(ProblemType.MALFORMED_BODY, part.name, "this part of the form is there twice")
        self._upload.names[part.name] = base_name(part.filename or "")
        if part.name in ("audio", "artwork"):
            self._upload.files[part.name] = await run_in_threadpool(self._stage)

    async def _take_data(self, data: bytes) -> None:
        if self._part not in self._upload.names:
            return
        self._size += len(data)
        if self._size > self._limits.of(self._part):
            message = f"may have {self._limits.of(self._part)} bytes at most"
            raise field_problem(ProblemType.TOO_LARGE, self._part, message)
        self._gathered.append(data)
        self._waiting += len(data)
        if self._part in self._upload.files and self._waiting >= _BLOCK:
            await self._write()

    async def _end(self) -> None:
        if self._part == "metadata":
            self._upload.metadata = self._read_metadata(b"".join(self._gathered))
        elif self._part in REFERENCES:
            self._upload.uploads[REFERENCES[self._part]] = b"".join(self._gathered).decode("ascii", "replace").strip()
        elif self._part in self._upload.names:
            if not self._size:
                raise field_problem(ProblemType.INVALID_REQUEST, self._part, "the file is empty")
            await self._write()
            await self._written()

    async def _write(self) -> None:
        await self._written()
        if self._gathered:
            block, self._gathered, self._waiting = self._gathered, [], 0
            staged = self._upload.files[self._part]
            self._writing = asyncio.get_running_loop().run_in_executor(None, _write_block, staged, block)

    async def _written(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing


def _write_block(staged: Staged, pieces: list[bytes]) -> None:
    staged.write(b"".join(pieces))


def base_name(sent: str) -> str:
    """A file name without the folders that some senders put before it, and without anything that deceives."""
    return inert(re.split(r"[/\\]", sent)[-1], 255)
