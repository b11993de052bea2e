"""The append-only log of a track."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from schemas.events import EventKind
from service.store.tables.base import Base, Utc, choice


class TrackEvent(Base):
    __tablename__ = "event"
    __table_args__ = {"comment": "What happened to a track, in order; only ever added to."}

    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), primary_key=True, comment="The track.")
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, comment="Place in the track's log, from 1, no gaps.")
    kind: Mapped[EventKind] = mapped_column(choice(EventKind, "kind"), comment="What happened.")
    revision: Mapped[int] = mapped_column(Integer, comment="The track's revision at that time.")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, comment="Particulars, by kind.")
    at: Mapped[datetime] = mapped_column(Utc, comment="When it happened.")
