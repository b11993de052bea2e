"""Scores of shadow models: what a model that does not act says, beside what the live one said of the same audio."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from schemas.evidence import AiVerdict
from service.store.tables.base import Base, Utc, choice


class ModelScore(Base):
    __tablename__ = "model_score"
    __table_args__ = (
        Index(None, "model_sha256", "scored_at"),
        {"comment": "What a shadow model says of an audio; it never acts."},
    )

    audio_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), primary_key=True, comment="The audio.")
    pipeline: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Version of the pipeline.")
    model_sha256: Mapped[str] = mapped_column(String(64), primary_key=True, comment="The shadow model's parameters.")
    model: Mapped[str] = mapped_column(String(64), comment="Its version.")
    verdict: Mapped[AiVerdict] = mapped_column(choice(AiVerdict, "verdict"), comment="What it says.")
    probability: Mapped[float | None] = mapped_column(Float, comment="How likely, 0-1; null: it abstains.")
    live_model: Mapped[str] = mapped_column(String(64), comment="Version of the model that judged.")
    live_model_sha256: Mapped[str] = mapped_column(String(64), comment="Its parameters.")
    live_verdict: Mapped[AiVerdict] = mapped_column(choice(AiVerdict, "live_verdict"), comment="What that one said.")
    live_probability: Mapped[float | None] = mapped_column(Float, comment="How likely, by that one.")
    scored_at: Mapped[datetime] = mapped_column(Utc, comment="When.")
