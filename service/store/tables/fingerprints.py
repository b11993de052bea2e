"""Fingerprints and their postings: where a recording is looked up by how it sounds."""

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from service.store.tables.base import Base


class FingerprintRow(Base):
    __tablename__ = "fingerprint"
    __table_args__ = (
        UniqueConstraint("audio_sha256", "algorithm"),
        Index(
            "ix_fingerprint_unposted", "id", sqlite_where=text("posted IS 0"), postgresql_where=text("posted IS FALSE")
        ),
        {"comment": "The fingerprint of each audio; written once for an algorithm.", "sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, comment="Short number that the postings refer to.")
    audio_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), comment="The audio.")
    algorithm: Mapped[str] = mapped_column(String(40), comment="Name and version of the algorithm.")
    packed: Mapped[bytes] = mapped_column(LargeBinary, comment="The constellation, as the algorithm packs it.")
    duration_s: Mapped[float] = mapped_column(Float, comment="Length of the recording in seconds.")
    matchable: Mapped[bool] = mapped_column(Boolean, comment="False for silence, noise and steady tones: no postings.")
    pcm_sha256: Mapped[str | None] = mapped_column(
        String(64), index=True, comment="SHA-256 of the decoded PCM: equal for retagged files."
    )
    posted: Mapped[bool] = mapped_column(
        Boolean, server_default=true(), comment="False where the postings are not in fingerprint_posting (yet)."
    )


class FingerprintPosting(Base):
    """Read by code only. On SQLite the primary key is the table; on PostgreSQL it is split by a hash of the code."""

    __tablename__ = "fingerprint_posting"
    __table_args__ = {
        "comment": "Which recordings hold which code.",
        "sqlite_with_rowid": False,
        "postgresql_partition_by": "HASH (code)",
    }

    code: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, comment="A code of 31 bits.")
    fingerprint_id: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False, comment="The recording that holds it (fingerprint.id)."
    )
