"""Which cases are in somebody's hand."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class CaseClaim(Base):
    __tablename__ = "case_claim"
    __table_args__ = (
        Index(None, "tenant_id", "holder"),
        Index(None, "tenant_id", "expires_at"),
        {"comment": "Leases on cases (service.claims); one whose end has passed counts for nothing."},
    )

    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.id"), primary_key=True, comment="The case.")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose case it is.")
    holder: Mapped[str] = mapped_column(String(255), comment="Who has it, as decisions name them.")
    token: Mapped[str] = mapped_column(String(32), comment="Names this very taking of it.")
    claimed_at: Mapped[datetime] = mapped_column(Utc, comment="When the holder took it first.")
    expires_at: Mapped[datetime] = mapped_column(Utc, comment="When the lease ends by itself.")
