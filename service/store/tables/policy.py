"""The policy in force, and the brakes on its rules."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Float, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.verdict import Action
from service.store.tables.base import Base, RowNumber, Utc, choice


class PolicyChange(StrEnum):
    ACTIVATED = "activated"
    PROMOTED = "promoted"
    DEMOTED = "demoted"
    ROLLED_BACK = "rolled_back"


class PolicyVersion(Base):
    """Never changed and never removed: to go back is to put an earlier version in force once more, as a new row."""

    __tablename__ = "policy_version"
    __table_args__ = {"comment": "Every policy that was put in force; the last one is.", "sqlite_autoincrement": True}

    seq: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True, comment="Number of the version.")
    change: Mapped[PolicyChange] = mapped_column(choice(PolicyChange, "change"), comment="How it came about.")
    rule_set: Mapped[str] = mapped_column(String(80), comment="Hash of its rules, without brakes.")
    packs: Mapped[list[dict[str, str]]] = mapped_column(JSON, comment="Its packs: source and text of each.")
    statuses: Mapped[dict[str, str]] = mapped_column(JSON, comment="Status by rule, where it is not the pack's.")
    note: Mapped[str] = mapped_column(Text, comment="What was done and why, in one line.")
    activated_by: Mapped[str] = mapped_column(String(200), comment="Who put it in force.")
    activated_at: Mapped[datetime] = mapped_column(Utc, comment="When.")


class RuleBrake(Base):
    __tablename__ = "rule_brake"
    __table_args__ = (
        Index(
            "uq_rule_brake_engaged",
            "rule",
            "version",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
            sqlite_where=text("released_at IS NULL"),
        ),
        {
            "comment": "Rules that act one rung lower because they suddenly hit good senders.",
            "sqlite_autoincrement": True,
        },
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True, comment="Row number.")
    rule: Mapped[str] = mapped_column(String(64), comment="The rule.")
    version: Mapped[int] = mapped_column(Integer, comment="Its version; another version is not braked.")
    acted_as: Mapped[Action] = mapped_column(choice(Action, "acted_as"), comment="What it did before.")
    lowered_to: Mapped[Action] = mapped_column(choice(Action, "lowered_to"), comment="What it does until released.")
    good_senders: Mapped[list[Any]] = mapped_column(JSON, comment="Trusted and verified senders hit within 24 hours.")
    expected: Mapped[float] = mapped_column(Float, comment="How many of them are ordinary.")
    tracks: Mapped[int] = mapped_column(Integer, comment="Tracks that were judged again when it engaged.")
    message: Mapped[str] = mapped_column(Text, comment="What the policy owner is told.")
    engaged_at: Mapped[datetime] = mapped_column(Utc, comment="When the brake engaged.")
    released_at: Mapped[datetime | None] = mapped_column(Utc, comment="When it was released; null: it holds.")
    released_by: Mapped[str | None] = mapped_column(String(200), comment="Who released it.")
    told_at: Mapped[datetime | None] = mapped_column(
        Utc, comment="When the policy owner's address took the message; null: it did not, or there is none."
    )
