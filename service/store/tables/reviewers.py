"""The people at the console, and where they are signed in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from schemas.review import ReviewerRole
from service.store.tables.base import Base, Utc, choice


class Reviewer(Base):
    __tablename__ = "reviewer"
    __table_args__ = (
        Index("uq_reviewer_oidc_subject", "oidc_subject", unique=True),
        {"comment": "People who work at the console."},
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, rev_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose cases they see.")
    name: Mapped[str] = mapped_column(String(100), unique=True, comment="Sign-in name, lower case.")
    password_hash: Mapped[str] = mapped_column(String(255), comment="Argon2id hash with its parameters.")
    role: Mapped[ReviewerRole] = mapped_column(choice(ReviewerRole, "role"), comment="What they may do.")
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When they were added.")
    oidc_subject: Mapped[str | None] = mapped_column(
        String(255), comment="Who they are at the identity provider; null: they sign in by password."
    )
    totp_secret: Mapped[str | None] = mapped_column(
        Text, comment="Key of their one-time codes (RFC 6238), base 32, sealed (service.sealing); needed whole."
    )
    totp_since: Mapped[datetime | None] = mapped_column(
        Utc, comment="When they proved that they hold the key; null: codes are not asked for."
    )
    totp_step: Mapped[int | None] = mapped_column(
        BigInteger, comment="Time step of the newest code that was taken: no code is taken twice."
    )
    disabled_at: Mapped[datetime | None] = mapped_column(Utc, comment="When they were shut out; null: they were not.")
    last_seen_at: Mapped[datetime | None] = mapped_column(
        Utc, comment="When they were last at the console, to the minute; null: never."
    )


class RecoveryCode(Base):
    __tablename__ = "recovery_code"
    __table_args__ = ({"comment": "Codes that stand in once for a one-time code."},)

    reviewer_id: Mapped[str] = mapped_column(ForeignKey("reviewer.id"), primary_key=True, comment="Whose.")
    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the code.")
    used_at: Mapped[datetime | None] = mapped_column(Utc, comment="When it was used; null: it may be.")


class SessionStage(StrEnum):
    """How far somebody has come with signing in. Only ``signed_in`` opens anything."""

    SECOND_FACTOR = "second_factor"
    ENROLMENT = "enrolment"
    SIGNED_IN = "signed_in"


class ReviewerSession(Base):
    __tablename__ = "reviewer_session"
    __table_args__ = ({"comment": "Signed-in browsers. The cookie's token is kept as a hash alone."},)

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the cookie's token.")
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("reviewer.id"), index=True, comment="Who signed in.")
    stage: Mapped[SessionStage] = mapped_column(
        choice(SessionStage, "stage"), comment="What is still asked of them; signed_in: nothing."
    )
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When they signed in.")
    expires_at: Mapped[datetime] = mapped_column(Utc, index=True, comment="When the session ends by itself.")
