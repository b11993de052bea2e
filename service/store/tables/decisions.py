"""Decisions of people. Rows are only ever added: taking one back is another row."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.review import DecisionBasis, ReasonCode
from schemas.verdict import Action
from service.store.tables.base import Base, RowNumber, Utc, choice


class Decision(Base):
    __tablename__ = "decision"
    __table_args__ = (
        Index(None, "case_id", "seq"),
        Index(None, "tenant_id", "seq"),
        Index(None, "decided_at"),
        {"comment": "What people decided; never changed.", "sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True, comment="Order of deciding.")
    id: Mapped[str] = mapped_column(String(40), unique=True, comment="Public id, dec_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose case it is.")
    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.id"), comment="The case.")
    action: Mapped[Action] = mapped_column(choice(Action, "action"), comment="What happens.")
    policy_clause: Mapped[str] = mapped_column(String(100), comment="Under which clause.")
    reason: Mapped[ReasonCode] = mapped_column(choice(ReasonCode, "reason"), comment="Why.")
    note: Mapped[str] = mapped_column(Text, comment="Private, for reviewers.")
    message: Mapped[str] = mapped_column(Text, comment="To the uploader.")
    confirm_labels: Mapped[list[str]] = mapped_column(JSON, comment="Labels found right.")
    reject_labels: Mapped[list[str]] = mapped_column(JSON, comment="Labels found wrong.")
    basis: Mapped[DecisionBasis | None] = mapped_column(
        choice(DecisionBasis, "basis"), comment="What it rests on, so that it may train; null: the score was in view."
    )
    decided_by: Mapped[str] = mapped_column(String(255), comment="Who decided.")
    decided_at: Mapped[datetime] = mapped_column(Utc, comment="When.")
    supersedes: Mapped[str | None] = mapped_column(
        ForeignKey("decision.id"), index=True, comment="The decision that this one replaces."
    )
    batch_id: Mapped[str | None] = mapped_column(
        String(40), index=True, comment="The bulk decision it was part of; null: none."
    )


class DecisionTrack(Base):
    __tablename__ = "decision_track"
    __table_args__ = (
        Index(None, "track_id", "decision_id"),
        {"comment": "Tracks that a decision was about, as they then were."},
    )

    decision_id: Mapped[str] = mapped_column(ForeignKey("decision.id"), primary_key=True, comment="The decision.")
    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), primary_key=True, comment="The track.")
    revision: Mapped[int] = mapped_column(Integer, comment="Its revision at that time.")
    action: Mapped[Action | None] = mapped_column(
        choice(Action, "action"), comment="What happens to this track, where it is something else; null: the same."
    )
    reason: Mapped[ReasonCode | None] = mapped_column(
        choice(ReasonCode, "reason"), comment="Why that happens; null: the decision's reason."
    )
    confirm_labels: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True), comment="Labels found right on this track, where it is an exception."
    )
    reject_labels: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True), comment="Labels found wrong on this track, where it is an exception."
    )


class DecisionBatch(Base):
    __tablename__ = "decision_batch"
    __table_args__ = {"comment": "Decisions that one person took on many cases at once; never changed."}

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, blk_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), index=True, comment="Whose cases they are.")
    decided_by: Mapped[str] = mapped_column(String(255), comment="Who decided.")
    decided_at: Mapped[datetime] = mapped_column(Utc, comment="When.")
    cases: Mapped[int] = mapped_column(Integer, comment="How many cases were decided.")
    tracks: Mapped[int] = mapped_column(Integer, comment="How many different tracks they were about.")


class DecisionUndo(Base):
    __tablename__ = "decision_undo"
    __table_args__ = {"comment": "Decisions that were taken back."}

    decision_id: Mapped[str] = mapped_column(ForeignKey("decision.id"), primary_key=True, comment="The decision.")
    undone_by: Mapped[str] = mapped_column(String(255), comment="Who took it back.")
    undone_at: Mapped[datetime] = mapped_column(Utc, index=True, comment="When.")
    note: Mapped[str] = mapped_column(Text, comment="Why, for reviewers.")
