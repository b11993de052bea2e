"""Pictures of recordings, for reviewers."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base


class Spectrogram(Base):
    __tablename__ = "spectrogram"
    __table_args__ = ({"comment": "Spectrogram of each audio, and the trace that its evidence rests on."},)

    audio_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), primary_key=True, comment="The audio.")
    picture: Mapped[bytes] = mapped_column(LargeBinary, comment="PNG from 0 to 22,050 Hz, at most 400 x 256.")
    trace: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True),
        comment="What stands out at equal distances (schemas.spectral_trace); null: nothing does.",
    )
    pipeline: Mapped[str] = mapped_column(String(40), comment="Version of the pipeline that made it.")
