"""Counters of new recordings over time, one row for each key and hour, and one decayed sum for each key."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Float, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc, choice


class CounterKind(StrEnum):
    """What new recordings are counted by. A ring's counters are the sums of its accounts'."""

    ACCOUNT = "account"
    PARENT = "parent"
    ARTIST = "artist"
    DPID = "dpid"
    PAYOUT = "payout"
    DEVICE = "device"
    NETWORK = "network"


class HourlyCount(Base):
    """Corrected where analysis finds that a recording was not new after all."""

    __tablename__ = "hourly_count"
    __table_args__ = {"comment": "New recordings by key and hour of acceptance."}

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True, comment="Whose deliveries.")
    kind: Mapped[CounterKind] = mapped_column(choice(CounterKind, "counter_kind"), primary_key=True, comment="Of what.")
    key: Mapped[str] = mapped_column(String(340), primary_key=True, comment="Sender key, folded artist, token, /24.")
    hour: Mapped[int] = mapped_column(Integer, primary_key=True, comment="Hours since 1970-01-01 00:00 UTC.")
    fresh: Mapped[int] = mapped_column(Integer, comment="New recordings.")
    functional: Mapped[int] = mapped_column(Integer, comment="Noise or silence among them, as far as analysed.")
    accepted: Mapped[int] = mapped_column(
        Integer, comment="New recordings as acceptance could tell; what analysis finds later does not change it."
    )
    short: Mapped[int] = mapped_column(Integer, comment="Lengths of 30 to 35 s among them, likewise.")


class DecayedCount(Base):
    """As acceptance could tell: a copy that only analysis finds stays counted."""

    __tablename__ = "decayed_count"
    __table_args__ = {"comment": "New recordings by key, halved every day that passes."}

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True, comment="Whose deliveries.")
    kind: Mapped[CounterKind] = mapped_column(choice(CounterKind, "counter_kind"), primary_key=True, comment="Of what.")
    key: Mapped[str] = mapped_column(String(340), primary_key=True, comment="Sender key, folded artist, token, /24.")
    value: Mapped[float] = mapped_column(Float, comment="The sum as of its last addition.")
    at: Mapped[datetime] = mapped_column(Utc, comment="When that was.")
    first_hour: Mapped[int] = mapped_column(Integer, comment="Hour of the first one, since 1970-01-01 00:00 UTC.")
