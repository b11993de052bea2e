"""Requests for a declaration that wait for an answer."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.verdict import Action
from service.store.tables.base import Base, Utc, choice


class DeclarationRequest(Base):
    __tablename__ = "declaration_request"
    __table_args__ = (
        Index(
            "ix_declaration_request_open",
            "due_at",
            postgresql_where=text("settled_at IS NULL"),
            sqlite_where=text("settled_at IS NULL"),
        ),
        {"comment": "The newest request on each track, until when it waits, and what comes of silence."},
    )

    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), primary_key=True, comment="The track.")
    asked_by: Mapped[str] = mapped_column(String(255), comment="Who asked.")
    asked_at: Mapped[datetime] = mapped_column(Utc, comment="When.")
    due_at: Mapped[datetime] = mapped_column(Utc, comment="Until when an answer is waited for.")
    outcome: Mapped[Action] = mapped_column(choice(Action, "outcome"), comment="What holds then.")
    settled_at: Mapped[datetime | None] = mapped_column(
        Utc, comment="When it was answered, or its outcome took effect; null: it waits."
    )
    answered_at: Mapped[datetime | None] = mapped_column(
        Utc, comment="When its uploader declared after it, in time or late; null: never."
    )
    told_labels: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True), comment="Labels whose publication it announced; null: none."
    )
    told_sha256: Mapped[str | None] = mapped_column(String(64), comment="The audio that those labels were found in.")
