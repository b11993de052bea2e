"""Senders: who is behind deliveries, and what their accounts share with others."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.facts.rings import Tie
from service.store.tables.base import Base, RowNumber, Utc, choice


class SenderRow(Base):
    __tablename__ = "sender"
    __table_args__ = (Index(None, "tenant_id"), {"comment": "Who is behind deliveries, as of the latest one."})

    sender_key: Mapped[str] = mapped_column(
        String(340), primary_key=True, comment="Tenant id, a slash and the sender's id at the tenant."
    )
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose sender it is.")
    parent: Mapped[str | None] = mapped_column(Text, comment="Distributor or label above it, as the tenant calls it.")
    first_seq: Mapped[int] = mapped_column(RowNumber, comment="Place of its first delivery in the order of acceptance.")
    first_at: Mapped[datetime] = mapped_column(Utc, comment="When that was accepted.")
    payout: Mapped[str | None] = mapped_column(Text, comment="Payout token in use.")
    device: Mapped[str | None] = mapped_column(Text, comment="Device token in use.")
    payout_changed_at: Mapped[datetime | None] = mapped_column(Utc, comment="When another one took its place.")
    device_changed_at: Mapped[datetime | None] = mapped_column(Utc, comment="When another one took its place.")


class SenderTie(Base):
    """A value that an account shows. Accounts of one tenant that show the same may be one ring."""

    __tablename__ = "sender_tie"
    __table_args__ = (
        Index(None, "sender_key"),
        {"comment": "Payout, device, network, cover and ISRC registrant that accounts show, from when on."},
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True, comment="Whose senders.")
    kind: Mapped[Tie] = mapped_column(choice(Tie, "tie"), primary_key=True, comment="Kind of evidence.")
    value: Mapped[str] = mapped_column(String(340), primary_key=True, comment="Payout token, /24 network and so on.")
    sender_key: Mapped[str] = mapped_column(
        ForeignKey("sender.sender_key"), primary_key=True, comment="The account that shows it."
    )
    first_seq: Mapped[int] = mapped_column(RowNumber, comment="Delivery it was first seen with.")
