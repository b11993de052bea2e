"""Who changed what about whose account. Rows are only ever added."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from schemas.people import PeopleChange
from service.store.tables.base import Base, RowNumber, Utc, choice


class PeopleChangeRow(Base):
    __tablename__ = "people_change"
    __table_args__ = (
        Index(None, "tenant_id", "seq"),
        {"comment": "What administrators changed about people at the console.", "sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True, comment="Order of changing.")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose people they are.")
    person: Mapped[str] = mapped_column(String(100), comment="Whose account.")
    change: Mapped[PeopleChange] = mapped_column(choice(PeopleChange, "change"), comment="What was done.")
    detail: Mapped[str] = mapped_column(String(255), comment="From what to what; empty where that is plain.")
    changed_by: Mapped[str] = mapped_column(String(255), comment="Who did it.")
    changed_at: Mapped[datetime] = mapped_column(Utc, comment="When.")
