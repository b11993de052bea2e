"""Files that people handed in."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from schemas.attachments import FileKind
from service.store.tables.base import Base, Utc, choice


class Attachment(Base):
    __tablename__ = "attachment"
    __table_args__ = (
        Index(None, "subject_id", "id"),
        {"comment": "Files of appeals and notices. Nobody's file is opened or shown by the service."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, fil_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose reviewers may download it.")
    subject_id: Mapped[str] = mapped_column(String(40), comment="The appeal or report it belongs to.")
    name: Mapped[str] = mapped_column(String(200), comment="As its sender called it.")
    kind: Mapped[FileKind] = mapped_column(choice(FileKind, "kind"), comment="By its first bytes.")
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), comment="Its content.")
    size_bytes: Mapped[int] = mapped_column(BigInteger, comment="Length in bytes.")
    handed_in_at: Mapped[datetime] = mapped_column(Utc, comment="When.")
