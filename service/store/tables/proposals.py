"""Changes of the policy that wait for a second person, and what is known of each rule."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Float, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc, choice


class ProposalKind(StrEnum):
    EDIT = "edit"  # another text of a pack
    PROMOTE = "promote"  # one rule, one state up


class ProposalState(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PolicyProposal(Base):
    __tablename__ = "policy_proposal"
    __table_args__ = (
        Index(None, "state", "id"),
        {"comment": "Drafts of changes to the policy, and what became of them."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, prp_...")
    kind: Mapped[ProposalKind] = mapped_column(choice(ProposalKind, "kind"), comment="What it changes.")
    state: Mapped[ProposalState] = mapped_column(choice(ProposalState, "state"), comment="Where it stands.")
    rule: Mapped[str | None] = mapped_column(String(64), comment="The rule to be promoted; null: an edit.")
    source: Mapped[str | None] = mapped_column(Text, comment="The pack that is edited, as it is named in force.")
    text: Mapped[str | None] = mapped_column(Text, comment="Its new text.")
    base_version: Mapped[int] = mapped_column(
        Integer, comment="Version of the policy that it changes; 0: the packs of the settings."
    )
    because: Mapped[str] = mapped_column(Text, comment="Why.")
    made_by: Mapped[str] = mapped_column(String(200), comment="Who made it.")
    made_at: Mapped[datetime] = mapped_column(Utc, comment="When.")
    updated_at: Mapped[datetime] = mapped_column(Utc, comment="When its text or state last changed.")
    report: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), comment="Its back-test; null: not tested since it last changed."
    )
    answered_by: Mapped[str | None] = mapped_column(String(200), comment="Who approved, refused or withdrew it.")
    answered_at: Mapped[datetime | None] = mapped_column(Utc, comment="When.")
    answer: Mapped[str | None] = mapped_column(Text, comment="What they said to it.")
    version: Mapped[int | None] = mapped_column(Integer, comment="The version of the policy that it became.")


class RuleFigure(Base):
    __tablename__ = "rule_figure"
    __table_args__ = ({"comment": "What each rule did on stored facts, as last counted."},)

    rule: Mapped[str] = mapped_column(String(64), primary_key=True, comment="The rule.")
    version: Mapped[int] = mapped_column(Integer, primary_key=True, comment="Its version.")
    moments: Mapped[int] = mapped_column(Integer, comment="Tracks that were looked at.")
    tracks: Mapped[int] = mapped_column(Integer, comment="Tracks that it hits.")
    per_day: Mapped[float] = mapped_column(Float, comment="The same, for an average day.")
    cases_per_day: Mapped[float] = mapped_column(Float, comment="Cases it makes on an average day.")
    bad: Mapped[int] = mapped_column(Integer, comment="Hits that a person found right.")
    good: Mapped[int] = mapped_column(Integer, comment="Hits that a person found wrong.")
    mean_us: Mapped[float] = mapped_column(Float, comment="Mean run time of the rule on one track, in microseconds.")
    counted_at: Mapped[datetime] = mapped_column(Utc, comment="When.")
