"""Files that were delivered, by content."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class Blob(Base):
    __tablename__ = "blob"
    __table_args__ = {"comment": "One row for each stored content, however often it was delivered."}

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the bytes, lower-case hex.")
    size_bytes: Mapped[int] = mapped_column(BigInteger, comment="Length in bytes.")
    stored_at: Mapped[datetime] = mapped_column(Utc, comment="When it was first stored.")
    erased_at: Mapped[datetime | None] = mapped_column(
        Utc, comment="Since when its bytes are not kept any more; null: they are."
    )
