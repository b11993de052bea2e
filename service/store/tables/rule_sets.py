"""Rule sets by hash, kept so that every verdict can be replayed."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class RuleSetRow(Base):
    __tablename__ = "rule_set"
    __table_args__ = {"comment": "Every set of rules that ever judged."}

    hash: Mapped[str] = mapped_column(String(80), primary_key=True, comment="Hash of the rule set.")
    source: Mapped[str] = mapped_column(Text, comment="The packs as they were loaded.")
    first_used_at: Mapped[datetime] = mapped_column(Utc, comment="When it first judged.")
