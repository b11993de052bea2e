"""Deliveries: messages and batches as they came, and what became of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.deliveries import DeliveryState, MessageState
from service.store.tables.base import Base, RowNumber, Utc, choice


class DeliveryRow(Base):
    __tablename__ = "delivery"
    __table_args__ = (
        Index(None, "tenant_id", "id"),
        {"comment": "Messages and batches as they came, and what became of them."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, dlv_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Who delivered it.")
    state: Mapped[DeliveryState] = mapped_column(choice(DeliveryState, "state"), comment="Where it stands.")
    source: Mapped[str | None] = mapped_column(Text, comment="Watched folder that it lay in; null: sent over HTTP.")
    report: Mapped[dict[str, Any]] = mapped_column(
        JSON, comment="What was found and done at the last look (schemas.deliveries.Report)."
    )
    files_seen: Mapped[int] = mapped_column(BigInteger, comment="Files at the last look.")
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When it was accepted.")
    updated_at: Mapped[datetime] = mapped_column(Utc, comment="When it last changed.")


class DeliveryFile(Base):
    __tablename__ = "delivery_file"
    __table_args__ = {"comment": "Files of a delivery, by the name under which it has them."}

    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id"), primary_key=True, comment="The delivery.")
    name: Mapped[str] = mapped_column(String(500), primary_key=True, comment="Relative path, with slashes.")
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), index=True, comment="Its content.")
    size_bytes: Mapped[int] = mapped_column(BigInteger, comment="Length in bytes.")


class ErnMessageRow(Base):
    __tablename__ = "ern_message"
    __table_args__ = (
        Index(
            "uq_ern_message_first",
            "tenant_id",
            "sender",
            "message_id",
            unique=True,
            postgresql_where=text("state NOT IN ('duplicate', 'refused')"),
            sqlite_where=text("state NOT IN ('duplicate', 'refused')"),
        ),
        Index(None, "tenant_id", "sender", "release_key"),
        Index(None, "delivery_id", "file"),
        {"comment": "ERN messages that were read, each sender's message once.", "sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True, comment="Row number.")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Who delivered it.")
    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id"), comment="With what it came.")
    file: Mapped[str] = mapped_column(String(500), comment="Its name there.")
    sender: Mapped[str] = mapped_column(String(255), comment="DPID of the sender, or its name.")
    message_id: Mapped[str] = mapped_column(String(255), comment="The sender's id of the message.")
    release_key: Mapped[str] = mapped_column(String(300), comment="Identifier of its first release.")
    state: Mapped[MessageState] = mapped_column(choice(MessageState, "state"), comment="What became of it.")


class ErnReleaseRow(Base):
    __tablename__ = "ern_release"
    __table_args__ = {"comment": "Releases as the newest applied message of a sender has them."}

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True, comment="Who delivered it.")
    sender: Mapped[str] = mapped_column(String(255), primary_key=True, comment="DPID of the sender, or its name.")
    release_key: Mapped[str] = mapped_column(String(300), primary_key=True, comment="UPC, GRid or other identifier.")
    message_at: Mapped[datetime | None] = mapped_column(Utc, comment="MessageCreatedDateTime of the newest.")
    tracks: Mapped[dict[str, str]] = mapped_column(JSON, comment="Track ids by ISRC or resource reference.")
