"""The ledger: what remains to be done, whoever carries the messages."""

from datetime import datetime
from enum import IntEnum, StrEnum

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, RowNumber, Utc, choice


class JobKind(StrEnum):
    ANALYSE = "analyse"
    DECIDE = "decide"
    DELIVER = "deliver"
    NOTIFY = "notify"
    INGEST = "ingest"


class JobState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Lane(IntEnum):
    """How urgent work is; lower goes first, whatever is waiting behind it."""

    RELEASE_DATE = 0
    NORMAL = 10
    BACK_CATALOGUE = 20


class Job(Base):
    """One row for each kind of work on each subject, used again when there is new work: at most one is ever pending."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index(
            "ix_job_pending",
            "kind",
            "lane",
            "run_after",
            "id",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
        Index(
            "ix_job_running",
            "lease_until",
            postgresql_where=text("state = 'running'"),
            sqlite_where=text("state = 'running'"),
        ),
        Index("ix_job_failed", "id", postgresql_where=text("state = 'failed'"), sqlite_where=text("state = 'failed'")),
        {"comment": "What remains to be done.", "sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True, comment="Row number.")
    kind: Mapped[JobKind] = mapped_column(choice(JobKind, "kind"), comment="What is to be done.")
    subject_id: Mapped[str] = mapped_column(
        String(80),
        comment="To what: a track's id; for notify a webhook's, a slash and a track's; for ingest a delivery's.",
    )
    state: Mapped[JobState] = mapped_column(choice(JobState, "state"), comment="Where the work stands.")
    lane: Mapped[int] = mapped_column(Integer, comment="How urgent it is; lower goes first.")
    run_after: Mapped[datetime] = mapped_column(Utc, comment="When it is due.")
    again: Mapped[bool] = mapped_column(Boolean, comment="New work came while it was running: run once more after.")
    token: Mapped[int] = mapped_column(
        BigInteger, comment="Fencing token: rises with every claim; results count only under the newest."
    )
    worker: Mapped[str | None] = mapped_column(String(255), comment="Who holds the lease.")
    lease_until: Mapped[datetime | None] = mapped_column(Utc, comment="Until when, without a sign of life.")
    failures: Mapped[int] = mapped_column(Integer, comment="Attempts that ended in an error since the last success.")
    losses: Mapped[int] = mapped_column(Integer, comment="Leases that ran out since the last success.")
    last_error: Mapped[str | None] = mapped_column(Text, comment="The last error in one line.")
    trace: Mapped[str | None] = mapped_column(
        String(55), comment="W3C traceparent of what made the work necessary; null: it was not traced."
    )
    queued_at: Mapped[datetime] = mapped_column(Utc, comment="When the work became necessary.")
    updated_at: Mapped[datetime] = mapped_column(Utc, comment="When the row last changed.")
