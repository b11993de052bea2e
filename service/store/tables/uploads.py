"""Resumable uploads (tus): what was announced, and the pieces that have arrived."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class UploadRow(Base):
    __tablename__ = "upload"
    __table_args__ = (
        Index(None, "tenant_id", "expires_at"),
        {"comment": "Resumable uploads. The bytes lie in pieces until the upload becomes a stored content."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, upl_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Who uploads.")
    length_bytes: Mapped[int] = mapped_column(BigInteger, comment="Length of the whole, as announced.")
    offset_bytes: Mapped[int] = mapped_column(BigInteger, comment="How much has arrived and is safe.")
    details: Mapped[dict[str, str | None]] = mapped_column(JSON, comment="Upload-Metadata, decoded.")
    file_name: Mapped[str | None] = mapped_column(Text, comment="File name among it, made inert; never a path.")
    delivery_id: Mapped[str | None] = mapped_column(
        String(40), index=True, comment="The delivery that waits for this file."
    )
    sha256: Mapped[str | None] = mapped_column(
        String(64), comment="Content that it has become; null: it still lies in pieces."
    )
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When it was announced.")
    expires_at: Mapped[datetime] = mapped_column(Utc, index=True, comment="When its pieces are removed.")


class UploadPiece(Base):
    __tablename__ = "upload_piece"
    __table_args__ = {"comment": "Pieces of an upload, without gaps from offset 0."}

    upload_id: Mapped[str] = mapped_column(
        ForeignKey("upload.id", ondelete="CASCADE"), primary_key=True, comment="The upload."
    )
    offset_bytes: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="Where it begins.")
    size_bytes: Mapped[int] = mapped_column(BigInteger, comment="Its length.")
    name: Mapped[str] = mapped_column(String(80), comment="Its name in the storage, below the upload's folder.")
