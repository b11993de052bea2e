"""Sightings: what the behaviour counters keep of each track."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, RowNumber, Utc


class SightingRow(Base):
    """Made when a track is accepted, completed when it is judged. Every counter can be made again from these rows."""

    __tablename__ = "sighting"
    __table_args__ = (
        Index(None, "sender_key", "seq"),
        Index(None, "audio_sha256"),
        Index(
            "ix_sighting_accused",
            "sender_key",
            "seq",
            postgresql_where=text("accused"),
            sqlite_where=text("accused"),
        ),
        Index("ix_sighting_copied", "sender_key", "seq", postgresql_where=text("copied"), sqlite_where=text("copied")),
        {"comment": "What the behaviour counters keep of each track."},
    )

    seq: Mapped[int] = mapped_column(
        RowNumber, primary_key=True, autoincrement=False, comment="Place of the track in the order of acceptance."
    )
    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), unique=True, comment="The track.")
    sender_key: Mapped[str] = mapped_column(String(340), comment="Who delivered it, at acceptance.")
    audio_sha256: Mapped[str] = mapped_column(String(64), comment="Its audio when it was last judged.")
    at: Mapped[datetime] = mapped_column(Utc, comment="When it was accepted.")
    hour: Mapped[int] = mapped_column(Integer, comment="The same in whole hours since 1970-01-01 00:00 UTC.")
    keys: Mapped[dict[str, Any]] = mapped_column(JSON, comment="What it is counted under, by kind of counter.")
    paces: Mapped[dict[str, Any]] = mapped_column(JSON, comment="Decayed counts by kind, itself included.")
    running: Mapped[dict[str, Any]] = mapped_column(
        JSON, comment="New recordings of the hour by kind, as acceptance could tell, itself included."
    )
    payout_changed_at: Mapped[datetime | None] = mapped_column(Utc, comment="Last change of payout as of acceptance.")
    device_changed_at: Mapped[datetime | None] = mapped_column(Utc, comment="Last change of device as of acceptance.")
    fresh: Mapped[bool] = mapped_column(Boolean, comment="Counted as a new recording.")
    functional: Mapped[bool] = mapped_column(Boolean, comment="Counted as noise or silence.")
    short: Mapped[bool] = mapped_column(Boolean, comment="Counted as a length of 30 to 35 s.")
    copied: Mapped[bool] = mapped_column(Boolean, comment="Its recording was there under another artist and ISRC.")
    details: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True),
        comment="What batch statistics hold (service.facts.sightings.Sighting); null: not judged yet, or a redelivery.",
    )
    accused: Mapped[bool] = mapped_column(Boolean, comment="By its own counters its sender is to be looked at.")
    unsettled: Mapped[bool] = mapped_column(Boolean, comment="It changed, and those who count it were not told yet.")
