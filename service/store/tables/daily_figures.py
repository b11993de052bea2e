"""What happened on each day, counted once so that no page has to count it again."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, Date, Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from schemas.numbers import Figure
from service.store.tables.base import Base, Utc, choice


class DailyFigure(Base):
    __tablename__ = "daily_figure"
    __table_args__ = (
        Index(None, "day"),
        {"comment": "Counts of each day; can be made anew from the tables that they count."},
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True, comment="Whose.")
    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="Day in UTC.")
    figure: Mapped[Figure] = mapped_column(choice(Figure, "figure"), primary_key=True, comment="What is counted.")
    key: Mapped[str] = mapped_column(String(100), primary_key=True, comment="Under which heading.")
    value: Mapped[int] = mapped_column(BigInteger, comment="How many.")


class CountedDay(Base):
    __tablename__ = "counted_day"
    __table_args__ = {"comment": "Days whose figures are counted; one that is missing is counted next."}

    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="Day in UTC.")
    counted_at: Mapped[datetime] = mapped_column(Utc, comment="As of when it was counted.")
    final: Mapped[bool] = mapped_column(Boolean, comment="Counted after its end: it is not counted again by itself.")
    took_s: Mapped[float] = mapped_column(Float, comment="How long the counting took.")
