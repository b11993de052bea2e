"""How loud a recording is over time, for the player."""

from sqlalchemy import Float, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base


class Waveform(Base):
    __tablename__ = "waveform"
    __table_args__ = ({"comment": "Peaks of each audio, so that a player draws it without loading it."},)

    audio_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), primary_key=True, comment="The audio.")
    duration_s: Mapped[float] = mapped_column(Float, comment="Its length in seconds.")
    peaks: Mapped[bytes] = mapped_column(
        LargeBinary,
        comment="One byte for each of up to 1,200 equal stretches: the greatest magnitude; 255 is full scale.",
    )
    pipeline: Mapped[str] = mapped_column(String(40), comment="Version of the pipeline that measured it.")
