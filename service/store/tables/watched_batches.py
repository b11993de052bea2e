"""Batches of watched folders: what was taken of each, and what was answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class WatchedBatch(Base):
    __tablename__ = "watched_batch"
    __table_args__ = (
        Index(None, "tenant_id", "root"),
        {"comment": "Batches of watched folders: what was taken of each, and what was answered."},
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True, comment="Whose folder it is.")
    source: Mapped[str] = mapped_column(Text, primary_key=True, comment="The watched folder, a slash and the batch.")
    root: Mapped[str] = mapped_column(Text, comment="The watched folder, or the address of a bucket.")
    name: Mapped[str] = mapped_column(Text, comment="The batch's folder or archive in it.")
    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id"), comment="What it became.")
    listing: Mapped[str] = mapped_column(
        String(64), comment="SHA-256 of the listing that was taken whole; empty: look again."
    )
    seen: Mapped[dict[str, Any]] = mapped_column(JSON, comment="Size and state of each file when it was taken.")
    told: Mapped[dict[str, Any]] = mapped_column(
        JSON, comment="Digest of the answer that was last written, by message file or manifest."
    )
    told_at: Mapped[datetime | None] = mapped_column(Utc, comment="The delivery's updated_at that was answered.")
