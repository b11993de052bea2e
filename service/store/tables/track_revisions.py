"""Revisions: everything that a sender ever said about a track."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc, choice


class RevisionKind(StrEnum):
    """What a revision changed. Only new audio is analysed again."""

    DELIVERY = "delivery"
    DECLARATION = "declaration"
    METADATA = "metadata"
    AUDIO = "audio"
    WITHDRAWAL = "withdrawal"


class TrackRevision(Base):
    __tablename__ = "track_revision"
    __table_args__ = {"comment": "What the sender said, each time; never changed."}

    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), primary_key=True, comment="The track.")
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, comment="From 1, without gaps.")
    kind: Mapped[RevisionKind] = mapped_column(choice(RevisionKind, "kind"), comment="What changed.")
    details: Mapped[dict[str, Any]] = mapped_column(
        JSON, comment="Metadata as sent, unknown keys included (schemas.catalogue.TrackMetadata)."
    )
    declaration: Mapped[dict[str, Any]] = mapped_column(JSON, comment="Level for each facet that was declared.")
    audio_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), index=True, comment="The audio.")
    audio_file_name: Mapped[str | None] = mapped_column(Text, comment="Name of the audio file as sent; never a path.")
    artwork_sha256: Mapped[str | None] = mapped_column(
        ForeignKey("blob.sha256"), index=True, comment="The artwork, if any."
    )
    artist_key_sha256: Mapped[str | None] = mapped_column(
        String(64), comment="SHA-256 of the artist's key that came along."
    )
    warnings: Mapped[list[str]] = mapped_column(JSON, comment="What was odd but accepted, such as unknown keys.")
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When it was accepted.")
