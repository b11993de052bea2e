"""Notices from outside, and who sent them."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.reports import ReporterRole, ReportKind
from service.store.tables.base import Base, Utc, choice


class Reporter(Base):
    __tablename__ = "reporter"
    __table_args__ = ({"comment": "People who sent notices, by their e-mail address."},)

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True, comment="To whom.")
    email_key: Mapped[str] = mapped_column(String(254), primary_key=True, comment="E-mail address, folded.")
    since: Mapped[datetime] = mapped_column(Utc, comment="First notice.")
    suspended_until: Mapped[datetime | None] = mapped_column(
        Utc, comment="Until when notices of theirs are refused; null: they are taken."
    )
    suspended_by: Mapped[str | None] = mapped_column(String(255), comment="Who decided that.")


class Report(Base):
    __tablename__ = "report"
    __table_args__ = (
        Index(None, "tenant_id", "id"),
        Index(None, "tenant_id", "email_key", "track_id"),
        Index("ix_report_latest", "tenant_id", "email_key", "id"),
        {"comment": "Notices from outside; never changed. Their outcome is the decision on their case."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, rpt_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="To whom.")
    track_id: Mapped[str] = mapped_column(ForeignKey("track.id"), comment="What it is about.")
    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.id"), index=True, comment="Where it is decided.")
    kind: Mapped[ReportKind] = mapped_column(choice(ReportKind, "kind"), comment="What is claimed.")
    role: Mapped[ReporterRole] = mapped_column(choice(ReporterRole, "role"), comment="As whom.")
    name: Mapped[str] = mapped_column(Text, comment="Who reports.")
    email: Mapped[str] = mapped_column(String(254), comment="Where they can be reached.")
    email_key: Mapped[str] = mapped_column(String(254), comment="The same, folded.")
    statement: Mapped[str] = mapped_column(Text, comment="What is wrong, in their words.")
    links: Mapped[list[str]] = mapped_column(JSON, comment="Evidence.")
    via: Mapped[str] = mapped_column(String(255), comment="Who passed it on.")
    received_at: Mapped[datetime] = mapped_column(Utc, comment="When.")
