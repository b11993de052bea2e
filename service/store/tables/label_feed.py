"""The label feed: every change of a track's labels, in an order that no reader can miss a part of."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class FeedEntry(Base):
    __tablename__ = "label_feed"
    __table_args__ = (
        Index(None, "tenant_id", "cursor"),
        Index(None, "track_id", "cursor"),
        {"comment": "Changes of labels, in the order in which they became visible."},
    )

    cursor: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, comment="Rises in order of commit, over all tenants."
    )
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose track it is.")
    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), comment="The track.")
    revision: Mapped[int] = mapped_column(Integer, comment="Its revision.")
    payload: Mapped[dict[str, Any]] = mapped_column(
        JSON, comment="The labels as GET /v1/tracks/{id}/labels shows them."
    )
    payload_sha256: Mapped[str] = mapped_column(String(64), comment="To see whether anything changed.")
    at: Mapped[datetime] = mapped_column(Utc, comment="When it changed.")


class FeedCursor(Base):
    """One row. Its lock is held until commit, so that cursors become visible in their order."""

    __tablename__ = "label_feed_cursor"
    __table_args__ = {"comment": "The last cursor given out."}

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, comment="Always 1.")
    value: Mapped[int] = mapped_column(BigInteger, comment="The last cursor given out.")
