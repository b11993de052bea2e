"""Processes that give signs of life."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class Worker(Base):
    __tablename__ = "worker"
    __table_args__ = {"comment": "Processes of the service that are running, as far as anybody knows."}

    name: Mapped[str] = mapped_column(String(255), primary_key=True, comment="Unique name, such as worker@host:123.")
    role: Mapped[str] = mapped_column(String(32), comment="worker or reconcile.")
    started_at: Mapped[datetime] = mapped_column(Utc, comment="First sign of life.")
    seen_at: Mapped[datetime] = mapped_column(Utc, index=True, comment="Last sign of life.")
    rule_set: Mapped[str | None] = mapped_column(
        String(80), comment="Hash of the rules that it judges by; null: it judges nothing, or has not said so yet."
    )
