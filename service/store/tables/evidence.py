"""Evidence: what analysis found, one immutable record for each audio and pipeline version."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class EvidenceRow(Base):
    __tablename__ = "evidence"
    __table_args__ = {"comment": "What analysis found in a file; written once."}

    audio_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), primary_key=True, comment="The audio.")
    pipeline: Mapped[str] = mapped_column(String(64), primary_key=True, comment="Version of the pipeline.")
    record: Mapped[dict[str, Any]] = mapped_column(JSON, comment="All that was found (schemas.evidence.Evidence).")
    duration_s: Mapped[float] = mapped_column(Float, comment="Duration in seconds, for counting.")
    functional: Mapped[bool] = mapped_column(Boolean, comment="Noise or silence rather than music, for counting.")
    analysed_at: Mapped[datetime] = mapped_column(Utc, index=True, comment="When it was found.")
