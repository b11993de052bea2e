"""Cases: what a person should look at, grouped so that one cause is one case."""

from datetime import datetime

from sqlalchemy import JSON, Float, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.review import CaseState
from schemas.verdict import Action, CaseScope, Priority
from service.store.tables.base import Base, Utc, choice

IS_OPEN = text("review_case.state = 'open'")
"""Written out, for queries that one of the partial indices of open cases serves: SQLite sees that only then, and reads
every open case otherwise."""


class Case(Base):
    __tablename__ = "review_case"
    __table_args__ = (
        Index(
            "uq_review_case_open",
            "tenant_id",
            "scope",
            "subject_key",
            "cause",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index(None, "tenant_id", "id"),
        Index(None, "opened_at"),
        Index(None, "state", "priority", "opened_at"),
        Index(None, "tenant_id", "state", "rank_at", "id"),
        Index(None, "tenant_id", "state", "queue", "rank_at", "id"),
        Index(None, "tenant_id", "state", "priority", "rank_at", "id"),
        Index(None, "tenant_id", "state", "queue", "opened_at"),
        Index(None, "tenant_id", "state", "updated_at", "id"),
        Index(None, "tenant_id", "state", "queue", "updated_at", "id"),
        Index(None, "tenant_id", "state", "priority", "updated_at", "id"),
        Index(
            "ix_review_case_open_cause",
            "tenant_id",
            "queue",
            "cause",
            "policy",
            "id",
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index(
            "ix_review_case_open_subject",
            "scope",
            "subject_key",
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index(
            "ix_review_case_due",
            "due_at",
            postgresql_where=text("state = 'open' AND due_at IS NOT NULL"),
            sqlite_where=text("state = 'open' AND due_at IS NOT NULL"),
        ),
        {"comment": "What a person should look at; at most one open case for each cause."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, cas_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose tracks it is about.")
    scope: Mapped[CaseScope] = mapped_column(choice(CaseScope, "scope"), comment="What it groups.")
    subject_key: Mapped[str] = mapped_column(
        String(340), comment="What it is about: track id, release id, recording group or sender key, by scope."
    )
    cause: Mapped[str] = mapped_column(
        String(255), comment="Why it was opened: a policy clause, or the scope where all clauses are one question."
    )
    policy: Mapped[str] = mapped_column(String(100), comment="Policy clause that the cause enforces.")
    queue: Mapped[str] = mapped_column(String(100), comment="Which reviewers it is for.")
    priority: Mapped[Priority] = mapped_column(choice(Priority, "priority"), comment="How soon.")
    action: Mapped[Action] = mapped_column(choice(Action, "action"), comment="What holds until it is decided.")
    reason: Mapped[str] = mapped_column(Text, comment="One sentence with the values.")
    state: Mapped[CaseState] = mapped_column(choice(CaseState, "state"), comment="open, decided or closed.")
    opened_at: Mapped[datetime] = mapped_column(Utc, comment="When it was opened.")
    updated_at: Mapped[datetime] = mapped_column(Utc, comment="When it or its tracks last changed.")
    rank_at: Mapped[datetime] = mapped_column(
        Utc, comment="Order of looking at it (service.review_order): the earlier, the sooner."
    )
    review_by: Mapped[datetime] = mapped_column(Utc, comment="When a person should have decided.")
    due_at: Mapped[datetime | None] = mapped_column(Utc, comment="When a hold ends by itself; null: it does not.")
    due_action: Mapped[Action | None] = mapped_column(
        choice(Action, "due_action"), comment="What then takes its place."
    )


class CaseTrack(Base):
    """A track in a case, with what made it belong there, so that a decision holds as long as that stays the same."""

    __tablename__ = "case_track"
    __table_args__ = (
        Index(None, "track_id", "left_at", "case_id"),
        {"comment": "Tracks of a case, those that left included."},
    )

    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.id"), primary_key=True, comment="The case.")
    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), primary_key=True, comment="The track.")
    content: Mapped[str] = mapped_column(String(64), comment="Hash of what it was judged on when it last joined.")
    priority: Mapped[Priority] = mapped_column(choice(Priority, "priority"), comment="How soon, for this track.")
    action: Mapped[Action] = mapped_column(choice(Action, "action"), comment="What the cause asks for on this track.")
    reason: Mapped[str] = mapped_column(Text, comment="The cause on this track, in one sentence.")
    policy: Mapped[str | None] = mapped_column(String(100), comment="Clause of the strongest rule on this track.")
    queue: Mapped[str | None] = mapped_column(String(100), comment="Reviewers that this rule asks for.")
    clauses: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True), comment="All clauses that the case answers for on this track."
    )
    confidence: Mapped[float | None] = mapped_column(
        Float, comment="How sure the cause is on this track, 0-1; null: counted, not estimated."
    )
    joined_at: Mapped[datetime] = mapped_column(Utc, comment="When it last joined.")
    left_at: Mapped[datetime | None] = mapped_column(Utc, comment="When it left; null: it belongs.")
