"""How much each tenant delivered, by the hour: for quotas, and to tell an import from the daily business."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class TenantUsage(Base):
    __tablename__ = "tenant_usage"
    __table_args__ = {"comment": "Tracks accepted of each tenant in each hour."}

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True, comment="Whose tracks.")
    hour: Mapped[datetime] = mapped_column(Utc, primary_key=True, comment="The hour, by its beginning.")
    tracks: Mapped[int] = mapped_column(Integer, comment="Tracks accepted in it.")
