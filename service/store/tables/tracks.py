"""Tracks: one delivery of one recording by one sender, and where it stands."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.review import TrackState
from service.store.tables.base import Base, RowNumber, Utc, choice


class Track(Base):
    """The columns that are copied from the metadata of the current revision are there to be searched by."""

    __tablename__ = "track"
    __table_args__ = (
        Index(None, "tenant_id", "accepted_seq"),
        Index(None, "tenant_id", "client_reference"),
        Index(None, "sender_key", "accepted_seq", "id"),
        Index(None, "isrc", "accepted_seq"),
        Index(None, "audio_sha256", "accepted_seq"),
        Index(None, "tenant_id", "names_sha256", "accepted_seq"),
        Index(None, "state"),
        {"comment": "One delivery of one recording by one sender.", "sqlite_autoincrement": True},
    )

    accepted_seq: Mapped[int] = mapped_column(
        RowNumber, primary_key=True, autoincrement=True, comment="Place in the order of acceptance over all tenants."
    )
    id: Mapped[str] = mapped_column(String(40), unique=True, comment="Public id, trk_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Who delivered it.")
    release_id: Mapped[str | None] = mapped_column(
        ForeignKey("release.id"), index=True, comment="The product it is on."
    )
    state: Mapped[TrackState] = mapped_column(choice(TrackState, "state"), comment="Where it is on its way.")
    state_type: Mapped[str | None] = mapped_column(
        String(64), comment="Why it is unreadable or failed: the problem type's last part."
    )
    state_detail: Mapped[str | None] = mapped_column(Text, comment="The same as a sentence for the sender.")
    revision: Mapped[int] = mapped_column(Integer, comment="Current revision, from 1.")
    events: Mapped[int] = mapped_column(Integer, comment="Number of events so far; the next one's seq is one more.")
    accepted_at: Mapped[datetime] = mapped_column(Utc, comment="When it was accepted.")
    updated_at: Mapped[datetime] = mapped_column(Utc, comment="When state or revision last changed.")
    title: Mapped[str] = mapped_column(Text, comment="Title, current revision.")
    artists: Mapped[list[str]] = mapped_column(JSON, comment="Folded names of the main artists, sorted.")
    names_sha256: Mapped[str | None] = mapped_column(
        String(64),
        comment="SHA-256 of the folded title and main artists; null: erased, or accepted before this key.",
    )
    isrc: Mapped[str | None] = mapped_column(String(12), comment="ISRC, compact.")
    sender_key: Mapped[str] = mapped_column(
        String(340), comment="Who is behind the delivery: tenant id, a slash and the sender's id at the tenant."
    )
    p_line: Mapped[str | None] = mapped_column(String(255), comment="P-line, current revision.")
    client_reference: Mapped[str | None] = mapped_column(String(255), comment="The sender's own reference.")
    audio_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), comment="Audio of the current revision.")
    erased_at: Mapped[datetime | None] = mapped_column(
        Utc, comment="Since when nothing is kept that leads to a person; null: not asked for."
    )
    lane: Mapped[int] = mapped_column(Integer, comment="How urgent its jobs are (service.store.tables.jobs.Lane).")
