"""Artworks: what covers look like, and which look alike."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base, Utc


class ArtworkRow(Base):
    __tablename__ = "artwork"
    __table_args__ = {"comment": "The look of each cover; written once."}

    sha256: Mapped[str] = mapped_column(
        String(64), primary_key=True, comment="The picture file; its look stays when the file is erased."
    )
    look: Mapped[str | None] = mapped_column(
        String(64), comment="Perceptual hash, 256 bits in hexadecimal; null: plain or not readable."
    )
    problem: Mapped[str | None] = mapped_column(Text, comment="Why it could not be read; null: it could.")
    group_key: Mapped[str] = mapped_column(
        String(64),
        index=True,
        comment="The smallest SHA-256 among the pictures that look like it.",
    )
    seen_at: Mapped[datetime] = mapped_column(Utc, comment="When it was looked at.")


class ArtworkBand(Base):
    __tablename__ = "artwork_band"
    __table_args__ = {"comment": "Pieces of looks by which near ones are found.", "sqlite_with_rowid": False}

    band: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False, comment="Place of the piece above its 16 bits."
    )
    sha256: Mapped[str] = mapped_column(ForeignKey("artwork.sha256"), primary_key=True, comment="The picture.")


class ArtworkEdge(Base):
    """Evidence that two files show one picture."""

    __tablename__ = "artwork_edge"
    __table_args__ = {"comment": "Pairs of covers that look alike."}

    low_sha256: Mapped[str] = mapped_column(
        ForeignKey("artwork.sha256"), primary_key=True, comment="The smaller SHA-256 of the two."
    )
    high_sha256: Mapped[str] = mapped_column(
        ForeignKey("artwork.sha256"), primary_key=True, index=True, comment="The other one."
    )
    distance: Mapped[int] = mapped_column(Integer, comment="In how many of 256 bits their looks differ.")
    found_at: Mapped[datetime] = mapped_column(Utc, comment="When it was found.")
