"""Answers by idempotency key, so that a request that is sent twice is done once."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc, choice


class AnswerState(StrEnum):
    IN_FLIGHT = "in_flight"
    ANSWERED = "answered"


class StoredAnswer(Base):
    __tablename__ = "idempotency"
    __table_args__ = {"comment": "Requests under an idempotency key, and what they were answered."}

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True, comment="Who asked.")
    key: Mapped[str] = mapped_column(String(255), primary_key=True, comment="The Idempotency-Key header.")
    state: Mapped[AnswerState] = mapped_column(choice(AnswerState, "state"), comment="in_flight or answered.")
    token: Mapped[str] = mapped_column(String(32), comment="Who may answer: given to the request that took the key.")
    request_sha256: Mapped[str | None] = mapped_column(String(64), comment="Hash of the request; null until answered.")
    status: Mapped[int | None] = mapped_column(Integer, comment="HTTP status of the answer.")
    body: Mapped[bytes | None] = mapped_column(LargeBinary, comment="Body of the answer.")
    expires_at: Mapped[datetime] = mapped_column(Utc, index=True, comment="When the key may be used anew.")
