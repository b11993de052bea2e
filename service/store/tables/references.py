"""Reference recordings: what is known by its sound before anybody delivers it."""

from datetime import date, datetime

from sqlalchemy import JSON, Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.facts.registry import ReferenceKind
from service.store.tables.base import Base, Utc, choice


class ReferenceRow(Base):
    __tablename__ = "reference_recording"
    __table_args__ = {"comment": "Recordings in the sets of protected recordings, confirmed spam and catalogue."}

    audio_sha256: Mapped[str] = mapped_column(String(64), primary_key=True, comment="The audio that it is known by.")
    kind: Mapped[ReferenceKind] = mapped_column(choice(ReferenceKind, "reference_kind"), comment="Which set it is in.")
    title: Mapped[str | None] = mapped_column(Text, comment="Its title.")
    artist: Mapped[str | None] = mapped_column(Text, comment="Its main artist.")
    isrc: Mapped[str | None] = mapped_column(String(12), comment="Its ISRC.")
    owner: Mapped[str | None] = mapped_column(Text, comment="Sender whose it is, as tenants call that sender.")
    licensed_to: Mapped[list[str]] = mapped_column(JSON, comment="Senders who may deliver it as well.")
    release_date: Mapped[date | None] = mapped_column(Date, comment="Before this day nobody else can have it rightly.")
    note: Mapped[str | None] = mapped_column(Text, comment="Why it is here: the policy or the agreement.")
    added_at: Mapped[datetime] = mapped_column(Utc, comment="When it was entered.")
