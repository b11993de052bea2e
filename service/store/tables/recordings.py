"""Recordings: which audio belongs together, and why."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from schemas.evidence import Relation
from service.store.tables.base import Base, Utc, choice


class Recording(Base):
    """Audio that sounds like other audio. What is not here is alone in its group."""

    __tablename__ = "recording"
    __table_args__ = {"comment": "Group of each audio that matches another; derived from the edges."}

    audio_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), primary_key=True, comment="The audio.")
    group_key: Mapped[str] = mapped_column(
        String(64), index=True, comment="The smallest SHA-256 in the group, so that no order of analysis changes it."
    )


class RecordingEdge(Base):
    """A typed link between two audios. The match is kept as seen from ``low_sha256``."""

    __tablename__ = "recording_edge"
    __table_args__ = {"comment": "Matches between two audios; only some relations make a group."}

    low_sha256: Mapped[str] = mapped_column(
        ForeignKey("blob.sha256"), primary_key=True, comment="The smaller SHA-256 of the two; the query of the match."
    )
    high_sha256: Mapped[str] = mapped_column(
        ForeignKey("blob.sha256"), primary_key=True, index=True, comment="The other one; the match's reference."
    )
    relation: Mapped[Relation] = mapped_column(choice(Relation, "relation"), comment="How they are related.")
    match: Mapped[dict[str, Any]] = mapped_column(JSON, comment="Where and how (schemas.evidence.RecordingMatch).")
    found_at: Mapped[datetime] = mapped_column(Utc, comment="When it was found.")
