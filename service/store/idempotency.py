"""Idempotency keys: a request that is sent twice is done once and answered twice."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.idempotency import AnswerState, StoredAnswer

_SLOWEST = timedelta(days=1)
"""How long a request that nobody took over may still come to an end: a large file over a slow line takes hours."""


class KeyInFlight(Exception):
    """Another request under this key has not been answered yet."""


class LostReservation(Exception):
    """The request took so long that its key was given to another one: its work must not be committed."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """The right to answer under a key."""

    tenant_id: str
    key: str
    token: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered before. Another request under the same key has another ``request_sha256``: refuse it."""

    request_sha256: str
    status: int
    body: bytes


class Idempotency:
    def __init__(self, session: Session) -> None:
        self._session = session

    def reserve(self, tenant_id: str, key: str, *, now: datetime, hold_s: float) -> Reservation | Answer:
        """Take a key in a transaction of its own, before anything is read; or what it was answered before.

        Of several requests at once one gets the reservation, the others :class:`KeyInFlight`. A reservation that is
        neither completed nor abandoned, as when the process dies, can be taken over after ``hold_s``.
        """
        token = secrets.token_hex(16)
        expires_at = now + timedelta(seconds=hold_s)
        insert = insert_or(self._session, StoredAnswer).values(
            tenant_id=tenant_id, key=key, state=AnswerState.IN_FLIGHT, token=token, expires_at=expires_at
        )
        taken = insert.on_conflict_do_update(
            index_elements=["tenant_id", "key"],
            set_={
                "state": AnswerState.IN_FLIGHT,
                "token": token,
                "request_sha256": None,
                "status": None,
                "body": None,
                "expires_at": expires_at,
            },
            where=StoredAnswer.expires_at <= now,
        )
        row = self._session.execute(
            taken.returning(StoredAnswer.token).execution_options(synchronize_session=False)
        ).one_or_none()
        if row is not None:
            return Reservation(tenant_id, key, token)
        found = self._session.get(StoredAnswer, (tenant_id, key), populate_existing=True)
        if found is None or found.state is AnswerState.IN_FLIGHT:
            raise KeyInFlight(key)
        return Answer(found.request_sha256 or "", found.status or 0, found.body or b"")

    def record(
        self, mark: Reservation, *, request_sha256: str, status: int, body: bytes, now: datetime, keep_s: float
    ) -> None:
        """Store the answer to a request that named no key, under a mark that nobody else can have."""
        answer = StoredAnswer(
            tenant_id=mark.tenant_id,
            key=mark.key,
            state=AnswerState.ANSWERED,
            token=mark.token,
            request_sha256=request_sha256,
            status=status,
            body=body,
            expires_at=now + timedelta(seconds=keep_s),
        )
        self._session.add(answer)
        self._session.flush()

    def committed(self, mark: Reservation) -> Answer | None:
        """The answer that was committed under this very reservation; ``None`` while there is none."""
        query = select(StoredAnswer).where(
            StoredAnswer.tenant_id == mark.tenant_id,
            StoredAnswer.key == mark.key,
            StoredAnswer.token == mark.token,
            StoredAnswer.state == AnswerState.ANSWERED,
        )
        found = self._session.scalars(query).one_or_none()
        return Answer(found.request_sha256 or "", found.status or 0, found.body or b"") if found else None

    def complete(
        self, reservation: Reservation, *, request_sha256: str, status: int, body: bytes, now: datetime, keep_s: float
    ) -> None:
        """Store the answer, in the transaction that does the work. Raises :class:`LostReservation`."""
        answered = (
            update(StoredAnswer)
            .where(*_held(reservation))
            .values(
                state=AnswerState.ANSWERED,
                request_sha256=request_sha256,
                status=status,
                body=body,
                expires_at=now + timedelta(seconds=keep_s),
            )
        )
        result = self._session.execute(answered.execution_options(synchronize_session=False))
        assert isinstance(result, CursorResult)
        if result.rowcount != 1:
            raise LostReservation(reservation.key)

    def abandon(self, reservation: Reservation) -> None:
        """The request was refused and nothing was done: the key is free again. Harmless after ``complete``."""
        self._session.execute(delete(StoredAnswer).where(*_held(reservation)))

    def forget_expired(self, now: datetime, *, limit: int = 1000) -> int:
        """Remove answers that are no longer kept, and reservations a day after others could take them; how many."""
        over = or_(StoredAnswer.state == AnswerState.ANSWERED, StoredAnswer.expires_at <= now - _SLOWEST)
        expired = and_(StoredAnswer.expires_at <= now, over)
        rows = self._session.execute(select(StoredAnswer.tenant_id, StoredAnswer.key).where(expired).limit(limit)).all()
        for tenant_id, key in rows:
            row = (StoredAnswer.tenant_id == tenant_id, StoredAnswer.key == key)
            self._session.execute(delete(StoredAnswer).where(*row, expired))
        return len(rows)


def _held(reservation: Reservation) -> tuple[ColumnElement[bool], ...]:
    return (
        StoredAnswer.tenant_id == reservation.tenant_id,
        StoredAnswer.key == reservation.key,
        StoredAnswer.token == reservation.token,
        StoredAnswer.state == AnswerState.IN_FLIGHT,
    )
