"""Releases: the product that tracks are delivered on."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class ReleaseRow(Base):
    __tablename__ = "release"
    __table_args__ = (
        Index(
            "uq_release_tenant_id_upc",
            "tenant_id",
            "upc",
            unique=True,
            postgresql_where=text("upc IS NOT NULL"),
            sqlite_where=text("upc IS NOT NULL"),
        ),
        {"comment": "Products, one for each UPC of a tenant."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, rel_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Who delivered it.")
    upc: Mapped[str | None] = mapped_column(String(14), comment="UPC or EAN, digits only.")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, comment="The release as sent (schemas.catalogue.Release).")
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When it was first named.")
    updated_at: Mapped[datetime] = mapped_column(Utc, comment="When its details last changed.")
