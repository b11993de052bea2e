"""``Idempotency-Key``: a request that is sent twice is done once and answered twice.

Follows draft-ietf-httpapi-idempotency-key-header: the same request under the same key gets the stored answer, another
request under it a 422, and one that comes while the first is being worked on a 409.
"""

import hashlib
import secrets
from collections.abc import Callable
from typing import Annotated, Any, Self

import orjson
from fastapi import Header
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from schemas.problems import ProblemType
from service.api.backend import Backend
from service.api.problems import ProblemError
from service.store.clock import utc_now
from service.store.hashing import content_sha256
from service.store.idempotency import Answer, Idempotency, KeyInFlight, LostReservation, Reservation

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Makes the request safe to repeat: a fresh random string, such as a UUID, for every new request.",
        examples=["9c1c8f0e-6f5e-4d0e-9d5d-0b7f4b6e8a11"],
    ),
]


UNKEYED_KEEP_S = 3600.0
"""How long the answer to a request without a key is kept: as long as the same request may be tried again."""


class Once:
    """One request under a key, or without one: reserve, read, and answer with work that is done at most once."""

    def __init__(self, backend: Backend, tenant_id: str, held: Reservation | Answer | None) -> None:
        self._backend = backend
        self._tenant_id = tenant_id
        self._held = held
        own = Reservation(tenant_id, f" {secrets.token_hex(16)}", secrets.token_hex(16))  # no key holds a space
        self._mark = held if isinstance(held, Reservation) else own

    @classmethod
    def reserve(cls, backend: Backend, tenant_id: str, key: str | None) -> Self:
        """Take the key, if there is one. A 409 problem while another request holds it."""
        if key is None:
            return cls(backend, tenant_id, None)
        try:
            with backend.database.write() as session:
                hold_s = backend.settings.idempotency_hold_s
                held = Idempotency(session).reserve(tenant_id, key, now=utc_now(), hold_s=hold_s)
        except KeyInFlight:
            raise _in_flight() from None
        return cls(backend, tenant_id, held)

    @property
    def replays(self) -> bool:
        """Whether the key was answered before, so that nothing needs to be stored to answer it again."""
        return isinstance(self._held, Answer)

    def answer(
        self,
        request: Any,
        status: int,
        work: Callable[[Session], BaseModel],
        headers: Callable[[dict[str, Any]], dict[str, str]] = lambda _body: {},
    ) -> Response:
        """Do the work and store its answer in one transaction, or give the answer that was stored.

        ``request`` is what makes two requests the same: operation and content as plain JSON. ``headers`` are made from
        the answer's body. ``work`` may run again after a deadlock; whatever it raises frees the key.
        """
        digest = content_sha256(request)
        if isinstance(self._held, Answer):
            if self._held.request_sha256 != digest:
                raise ProblemError(ProblemType.KEY_REUSED)
            return _response(self._held.status, self._held.body, headers, {"Idempotency-Replayed": "true"})
        try:
            body = self._backend.database.attempt(lambda session: self._work(session, digest, status, work))
        except LostReservation:
            raise _in_flight() from None
        except BaseException:
            self.abandon()
            raise
        return _response(status, body, headers, {})

    def _work(self, session: Session, digest: str, status: int, work: Callable[[Session], BaseModel]) -> bytes:
        """The work and its answer in one transaction. Tried again after a connection that was lost at the commit, it
        finds the answer where the commit went through after all; a request without a key has a mark of its own."""
        answers = Idempotency(session)
        if (committed := answers.committed(self._mark)) is not None:
            return committed.body
        body = work(session).model_dump_json().encode()
        store, keep_s = answers.record, UNKEYED_KEEP_S
        if isinstance(self._held, Reservation):
            store, keep_s = answers.complete, self._backend.settings.idempotency_keep_s
        store(self._mark, request_sha256=digest, status=status, body=body, now=utc_now(), keep_s=keep_s)
        return body

    def abandon(self) -> None:
        """The request was refused: the key is free again. Harmless after an answer."""
        if isinstance(self._held, Reservation):
            with self._backend.database.write() as session:
                Idempotency(session).abandon(self._held)


class Weighed:
    """Takes an upload that need not be stored, for its SHA-256 alone: the second sending of the same request."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes, /) -> None:
        self._hash.update(data)
        self._size += len(data)

    def commit(self) -> tuple[str, int]:
        return self._hash.hexdigest(), self._size

    def abort(self) -> None:
        """Nothing was written."""


def _in_flight() -> ProblemError:
    return ProblemError(ProblemType.REQUEST_IN_FLIGHT, headers={"Retry-After": "2"})


def _response(
    status: int, body: bytes, headers: Callable[[dict[str, Any]], dict[str, str]], more: dict[str, str]
) -> Response:
    return Response(body, status, headers=headers(orjson.loads(body)) | more, media_type="application/json")
