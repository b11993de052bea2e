"""Tenants: who has an account with the operator, such as a distributor or a label."""

from datetime import datetime

from sqlalchemy import Boolean, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class Tenant(Base):
    __tablename__ = "tenant"
    __table_args__ = {"comment": "Who has an account with the operator; nothing is shared between tenants."}

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, ten_...")
    name: Mapped[str] = mapped_column(String(255), unique=True, comment="Name, chosen by the operator.")
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When the tenant was made.")
    requests_per_minute: Mapped[int | None] = mapped_column(
        Integer, comment="Requests a minute; 0: any number; null: as the settings say."
    )
    tracks_per_day: Mapped[int | None] = mapped_column(
        Integer, comment="Tracks a day; 0: any number; null: as the settings say."
    )
    publishes_detections: Mapped[bool] = mapped_column(
        Boolean, server_default=false(), comment="What analysis found may become public once nobody replied to it."
    )
