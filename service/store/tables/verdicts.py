"""Verdicts: what the rules made of a track, each time they were asked."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.verdict import Action, Priority
from service.store.tables.base import Base, Utc, choice


class Verdict(Base):
    __tablename__ = "verdict"
    __table_args__ = (
        UniqueConstraint("track_id", "revision", "audio_sha256", "pipeline", "facts_sha256", "rule_set"),
        Index(
            "uq_verdict_standing",
            "track_id",
            unique=True,
            postgresql_where=text("standing"),
            sqlite_where=text("standing"),
        ),
        {"comment": "One for each track, revision, evidence, facts and rule set; the newest stands."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, vrd_...")
    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), comment="The track.")
    revision: Mapped[int] = mapped_column(Integer, comment="Its revision.")
    audio_sha256: Mapped[str] = mapped_column(String(64), comment="The evidence's audio.")
    pipeline: Mapped[str] = mapped_column(String(64), comment="The evidence's pipeline; empty without evidence.")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, comment="What the rules saw (schemas.facts.Facts).")
    facts_sha256: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the facts in canonical JSON.")
    rule_set: Mapped[str] = mapped_column(ForeignKey("rule_set.hash"), comment="The rules.")
    judgement: Mapped[dict[str, Any]] = mapped_column(JSON, comment="What came out (schemas.verdict.Judgement).")
    action: Mapped[Action] = mapped_column(choice(Action, "action"), comment="Action, of the judgement.")
    priority: Mapped[Priority | None] = mapped_column(
        choice(Priority, "priority"), comment="Priority, of the judgement."
    )
    standing: Mapped[bool] = mapped_column(Boolean, comment="The newest verdict of its track.")
    decided_at: Mapped[datetime] = mapped_column(Utc, index=True, comment="When it was first reached.")
    stood_at: Mapped[datetime] = mapped_column(Utc, comment="When it last came to stand.")
