"""Who has seen what the machine says of a case: a decision counts as blind only where its maker has not."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class ScoreSight(Base):
    __tablename__ = "score_sight"
    __table_args__ = {"comment": "Cases that somebody has seen with what the machine says of them."}

    case_id: Mapped[str] = mapped_column(ForeignKey("review_case.id"), primary_key=True, comment="The case.")
    person: Mapped[str] = mapped_column(String(255), primary_key=True, comment="Who saw it.")
    seen_at: Mapped[datetime] = mapped_column(Utc, comment="When first.")
