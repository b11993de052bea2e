"""Webhooks: where a tenant wants to be told what happens to its tracks, and how far it has been told."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.webhooks import AttemptOutcome
from service.store.tables.base import Base, RowNumber, Utc, choice


class DisabledBecause(StrEnum):
    ASKED = "asked"
    GONE = "gone"


class Webhook(Base):
    __tablename__ = "webhook"
    __table_args__ = (Index(None, "tenant_id", "id"), {"comment": "Addresses that are told what happens to tracks."})

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, whk_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose tracks it is told of.")
    url: Mapped[str] = mapped_column(Text, comment="Where messages go.")
    description: Mapped[str] = mapped_column(Text, comment="What it is for, in its owner's words.")
    events: Mapped[list[str]] = mapped_column(JSON, comment="Kinds of events it is told of; empty: all.")
    secret: Mapped[str] = mapped_column(
        Text, comment="Key of the signatures, whsec_..., sealed (service.sealing); signing needs it whole."
    )
    previous_secret: Mapped[str | None] = mapped_column(Text, comment="The key before, sealed, which signs as well.")
    previous_until: Mapped[datetime | None] = mapped_column(Utc, comment="Until when the key before signs as well.")
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When it was made.")
    disabled_at: Mapped[datetime | None] = mapped_column(Utc, comment="Since when it is told nothing; null: enabled.")
    disabled_because: Mapped[DisabledBecause | None] = mapped_column(
        choice(DisabledBecause, "disabled_because"), comment="Its owner asked for it, or it answered 410."
    )
    failures: Mapped[int] = mapped_column(Integer, comment="Messages in a row that it did not take.")
    quiet_until: Mapped[datetime | None] = mapped_column(Utc, comment="It is left alone until then, as it failed.")
    last_error: Mapped[str | None] = mapped_column(Text, comment="Why the last of them was not taken.")


class WebhookProgress(Base):
    __tablename__ = "webhook_progress"
    __table_args__ = {"comment": "How far in a track's log a webhook has been told."}

    webhook_id: Mapped[str] = mapped_column(
        ForeignKey("webhook.id", ondelete="CASCADE"), primary_key=True, comment="The webhook."
    )
    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), primary_key=True, comment="The track.")
    seq: Mapped[int] = mapped_column(Integer, comment="Last event that was taken, given up or not asked for.")
    attempts: Mapped[int] = mapped_column(Integer, comment="Attempts so far to send the next one.")
    retry_at: Mapped[datetime | None] = mapped_column(Utc, comment="When the next attempt is due; null: at once.")


class WebhookDeadLetter(Base):
    __tablename__ = "webhook_dead_letter"
    __table_args__ = {"comment": "Messages that were given up; a replay sends them again."}

    webhook_id: Mapped[str] = mapped_column(
        ForeignKey("webhook.id", ondelete="CASCADE"), primary_key=True, comment="The webhook."
    )
    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), primary_key=True, comment="The track.")
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, comment="The event in the track's log.")
    attempts: Mapped[int] = mapped_column(Integer, comment="How often it was tried.")
    error: Mapped[str] = mapped_column(Text, comment="Why the last attempt failed.")
    at: Mapped[datetime] = mapped_column(Utc, comment="When it was given up.")


class WebhookAttemptRow(Base):
    __tablename__ = "webhook_attempt"
    __table_args__ = (
        Index(None, "webhook_id", "id"),
        Index(None, "at"),
        {"comment": "Attempts to send messages and their answers, kept for some days.", "sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True, comment="Row number.")
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"), comment="The webhook.")
    message_id: Mapped[str] = mapped_column(String(80), comment="Its webhook-id.")
    type: Mapped[str] = mapped_column(String(40), comment="The message's type.")
    track_id: Mapped[str | None] = mapped_column(String(40), comment="The track it is about; null: a test.")
    seq: Mapped[int | None] = mapped_column(Integer, comment="The event's place in the track's log.")
    outcome: Mapped[AttemptOutcome] = mapped_column(choice(AttemptOutcome, "outcome"), comment="What came of it.")
    status: Mapped[int | None] = mapped_column(Integer, comment="HTTP status of the answer; null: none came.")
    error: Mapped[str | None] = mapped_column(Text, comment="Why it was not taken.")
    took_ms: Mapped[int] = mapped_column(Integer, comment="From the first packet to the end of the answer.")
    at: Mapped[datetime] = mapped_column(Utc, comment="When it was sent.")
