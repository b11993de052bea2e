"""API keys: a public prefix to find the row by, and the hash of a secret."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class ApiKey(Base):
    __tablename__ = "api_key"
    __table_args__ = (Index(None, "tenant_id"), {"comment": "Bearer tokens; the secret itself is never stored."})

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, key_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose key it is.")
    name: Mapped[str] = mapped_column(String(255), comment="What the key is for, in its owner's words.")
    prefix: Mapped[str] = mapped_column(String(32), unique=True, comment="Public part of the token.")
    sha256: Mapped[str] = mapped_column(
        String(64), comment="SHA-256 of the whole key; 256 random bits need no slow hash."
    )
    scopes: Mapped[list[str]] = mapped_column(JSON, comment="What the key may do.")
    reviewer_id: Mapped[str | None] = mapped_column(
        ForeignKey("reviewer.id"), comment="Whose own key it is: it opens what their role does; null: a program's."
    )
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When the key was made.")
    revoked_at: Mapped[datetime | None] = mapped_column(Utc, comment="Since when it opens nothing; null: valid.")
