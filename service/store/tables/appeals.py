"""Appeals with their dialogue."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.appeals import AppealState, Side
from service.store.tables.base import Base, RowNumber, Utc, choice


class Appeal(Base):
    __tablename__ = "appeal"
    __table_args__ = (
        Index(
            "uq_appeal_open",
            "track_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index(None, "tenant_id", "state", "due_at"),
        Index(None, "tenant_id", "id"),
        Index(None, "case_id"),
        Index(None, "track_id", "id"),
        Index(None, "outcome_decision_id"),
        {"comment": "Requests that somebody else look again; at most one open for each track."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, apl_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose track it is about.")
    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), comment="The track.")
    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.id"), comment="The case that answers for it.")
    decision_id: Mapped[str | None] = mapped_column(
        ForeignKey("decision.id"), comment="The decision it is against; null: what rules did by themselves."
    )
    state: Mapped[AppealState] = mapped_column(choice(AppealState, "state"), comment="open, upheld or reversed.")
    lodged_by: Mapped[str] = mapped_column(String(255), comment="Key, or that it came by link.")
    lodged_at: Mapped[datetime] = mapped_column(Utc, comment="When it was lodged.")
    due_at: Mapped[datetime] = mapped_column(Utc, comment="When an answer is due.")
    decided_by: Mapped[str | None] = mapped_column(String(255), comment="The person who decided it.")
    decided_at: Mapped[datetime | None] = mapped_column(Utc, comment="When.")
    outcome_decision_id: Mapped[str | None] = mapped_column(
        ForeignKey("decision.id"), comment="The decision that the outcome made."
    )


class AppealMessageRow(Base):
    __tablename__ = "appeal_message"
    __table_args__ = (
        Index(None, "appeal_id", "seq"),
        {"comment": "What both sides wrote; never changed.", "sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True, comment="Order of writing.")
    appeal_id: Mapped[str] = mapped_column(ForeignKey("appeal.id"), comment="The appeal.")
    side: Mapped[Side] = mapped_column(choice(Side, "side"), comment="uploader or reviewer.")
    author: Mapped[str] = mapped_column(String(255), comment="Who wrote it.")
    text: Mapped[str] = mapped_column(Text, comment="The message.")
    at: Mapped[datetime] = mapped_column(Utc, comment="When.")
