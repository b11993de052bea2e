"""Looking after the reviewers' work: what share is looked at again, known answers, second looks."""

from datetime import datetime

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.quality import LookKind, LookState
from schemas.review import ReasonCode
from schemas.verdict import Action
from service.store.tables.base import Base, Utc, choice


class QualityShare(Base):
    __tablename__ = "quality_share"
    __table_args__ = {"comment": "How much of a tenant's work is looked at once more; without a row nothing is."}

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True, comment="Whose.")
    second_looks: Mapped[float] = mapped_column(Float, comment="Share of decisions that a second person looks at, 0-1.")
    unflagged: Mapped[float] = mapped_column(
        Float, comment="Share of tracks that no rule sent to a person and one sees yet, 0-1."
    )
    changed_by: Mapped[str] = mapped_column(String(255), comment="Who set it.")
    changed_at: Mapped[datetime] = mapped_column(Utc, comment="When.")


class GoldenCase(Base):
    __tablename__ = "golden_case"
    __table_args__ = (
        Index(None, "tenant_id", "set_at", "case_id"),
        {"comment": "Cases whose right answer is known. They look like any other; whoever decides them is scored."},
    )

    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.id"), primary_key=True, comment="The case.")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose case it is.")
    action: Mapped[Action] = mapped_column(choice(Action, "action"), comment="What should happen.")
    reason: Mapped[ReasonCode] = mapped_column(choice(ReasonCode, "reason"), comment="What is to be found.")
    why: Mapped[str] = mapped_column(Text, comment="Why this is the answer.")
    looks: Mapped[int] = mapped_column(Integer, comment="How many others look at it after it was decided.")
    set_by: Mapped[str] = mapped_column(String(255), comment="Who knows the answer, and is never scored by it.")
    set_at: Mapped[datetime] = mapped_column(Utc, comment="When it was last set.")


class SecondLook(Base):
    """A second judgement on a decided case, asked of somebody who does not know the first. It changes nothing."""

    __tablename__ = "second_look"
    __table_args__ = (
        Index(None, "case_id"),
        Index(None, "tenant_id", "state", "asked_at", "id"),
        Index(
            "ix_second_look_judged",
            "tenant_id",
            "judged_at",
            postgresql_where=text("state = 'done'"),
            sqlite_where=text("state = 'done'"),
        ),
        {"comment": "Second judgements on decided cases, by people who did not know the first; they change nothing."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, lok_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose case it is.")
    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.id"), comment="The case.")
    decision_id: Mapped[str] = mapped_column(ForeignKey("decision.id"), comment="The decision that it looks after.")
    queue: Mapped[str] = mapped_column(String(100), comment="The case's queue when it was asked for.")
    policy: Mapped[str] = mapped_column(String(100), comment="The case's policy clause when it was asked for.")
    kind: Mapped[LookKind] = mapped_column(choice(LookKind, "kind"), comment="Why it is asked for.")
    state: Mapped[LookState] = mapped_column(choice(LookState, "state"), comment="Where it stands.")
    asked_at: Mapped[datetime] = mapped_column(Utc, comment="When it was asked for.")
    taken_by: Mapped[str | None] = mapped_column(String(255), comment="Who has it in hand; null: nobody.")
    taken_until: Mapped[datetime | None] = mapped_column(Utc, comment="Until when nobody else may take it.")
    judged_by: Mapped[str | None] = mapped_column(String(255), comment="Who judged.")
    judged_at: Mapped[datetime | None] = mapped_column(Utc, comment="When.")
    action: Mapped[Action | None] = mapped_column(choice(Action, "action"), comment="What they wanted to happen.")
    reason: Mapped[ReasonCode | None] = mapped_column(choice(ReasonCode, "reason"), comment="What they found.")
    policy_clause: Mapped[str | None] = mapped_column(String(100), comment="Under which clause.")
    note: Mapped[str | None] = mapped_column(Text, comment="Their private note.")
    confirm_labels: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True), comment="Labels found right.")
    reject_labels: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True), comment="Labels found wrong.")
