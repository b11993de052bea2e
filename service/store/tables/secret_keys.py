"""Keys that the service makes for itself, so that all its processes sign with the same one."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class SecretKey(Base):
    __tablename__ = "secret_key"
    __table_args__ = {"comment": "Keys of the service's own signatures."}

    name: Mapped[str] = mapped_column(String(40), primary_key=True, comment="What it signs.")
    key: Mapped[bytes] = mapped_column(LargeBinary, comment="Random bytes.")
    made_at: Mapped[datetime] = mapped_column(Utc, comment="When it was made.")
