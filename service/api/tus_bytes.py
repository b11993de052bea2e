"""The bytes of one tus request, kept as they arrive.

Every 8 MiB are flushed to the disk and committed, so that a connection, a process or a machine that breaks costs the
sender that much at most. A request with a checksum is kept as a whole or not at all.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from schemas.problems import ProblemType
from service.api.backend import Backend
from service.api.problems import ProblemError
from service.api.tus_headers import Checksum
from service.store.clock import utc_now
from service.store.deliveries import Deliveries
from service.store.tables.uploads import UploadRow
from service.store.upload_pieces import PieceFile, UploadPieces
from service.store.uploads import Uploads

PIECE_BYTES = 8 * 1024 * 1024
_BLOCK = 1024 * 1024


class Growing:
    """An upload while a request adds to it. Blocking; each call belongs in a thread."""

    def __init__(self, backend: Backend, row: UploadRow, checksum: Checksum | None) -> None:
        self._backend = backend
        self._row = row
        self._checksum = checksum
        self._hash = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._pieces = UploadPieces(backend.blobs)
        self._piece: PieceFile | None = None
        self.offset = row.offset_bytes
        self.expires_at: datetime = row.expires_at

    @property
    def room(self) -> int:
        """Bytes that are missing still."""
        return self._row.length_bytes - self.offset - (self._piece.size if self._piece else 0)

    def write(self, data: bytes) -> None:
        if len(data) > self.room:
            raise ProblemError(ProblemType.TOO_LARGE, "The request goes beyond the upload's Upload-Length.")
        if self._piece is None:
            self._backend.limits.check_room(self._backend.blobs, 0)
            self._piece = self._pieces.begin(self._row.id, self.offset)
        self._piece.write(data)
        if self._hash is not None:
            self._hash.update(data)
        elif self._piece.size >= PIECE_BYTES:
            self._settle()

    def end(self) -> None:
        """The body is whole: check it and keep it."""
        if self._checksum is not None and self._hash is not None and self._hash.digest() != self._checksum.digest:
            raise ProblemError(ProblemType.CHECKSUM_MISMATCH)
        self._settle()

    def broke_off(self) -> None:
        """The sender went away: what arrived is kept, unless a checksum was to be checked."""
        if self._checksum is None:
            self._settle()
        self.drop()

    def drop(self) -> None:
        """Forget what is not committed."""
        piece, self._piece = self._piece, None
        if piece is not None:
            piece.drop()

    def _settle(self) -> None:
        piece = self._piece
        if piece is None:
            return
        piece.keep()
        expires_at = utc_now() + timedelta(seconds=self._backend.settings.upload_keep_s)

        def grow(session: Session) -> bool:
            grown = Uploads(session).grow(self._row.id, self.offset, piece.size, piece.name, expires_at)
            if grown and self._row.delivery_id is not None and self.offset + piece.size == self._row.length_bytes:
                Deliveries(session).look_again(self._row.delivery_id, utc_now())
            return grown

        if not self._backend.database.attempt(grow):
            raise ProblemError(ProblemType.OFFSET_CONFLICT, "Another request has added to the upload meanwhile.")
        self._piece = None
        self.offset += piece.size
        self.expires_at = expires_at


async def take(chunks: AsyncIterator[bytes], growing: Growing) -> None:
    """Add a request's body to an upload. What is wrong with it drops what is not committed; a sender that goes away
    does not."""
    gathered: list[bytes] = []
    waiting = 0
    try:
        async for chunk in chunks:
            gathered.append(chunk)
            waiting += len(chunk)
            if waiting >= _BLOCK:
                block, gathered, waiting = b"".join(gathered), [], 0
                await run_in_threadpool(growing.write, block)
        if waiting:
            await run_in_threadpool(growing.write, b"".join(gathered))
        await run_in_threadpool(growing.end)
    except (ClientDisconnect, asyncio.CancelledError):
        await asyncio.shield(asyncio.ensure_future(run_in_threadpool(_keep_rest, growing, b"".join(gathered))))
        raise
    except BaseException:
        await asyncio.shield(asyncio.ensure_future(run_in_threadpool(growing.drop)))
        raise


def _keep_rest(growing: Growing, rest: bytes) -> None:
    try:
        if rest and len(rest) <= growing.room:
            growing.write(rest)
        growing.broke_off()
    except BaseException:
        growing.drop()
        raise
