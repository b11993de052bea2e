"""The people at the console, and where they are signed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from schemas.review import ReviewerRole
from service.store.tables.base import Base, Utc, choice


class Reviewer(Base):
    __tablename__ = "reviewer"
    __table_args__ = ({"comment": "People who work at the console."},)

    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="Public id, rev_...")
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), comment="Whose cases they see.")
    name: Mapped[str] = mapped_column(String(100), unique=True, comment="Sign-in name, lower case.")
    password_hash: Mapped[str] = mapped_column(String(255), comment="Argon2id hash with its parameters.")
    role: Mapped[ReviewerRole] = mapped_column(choice(ReviewerRole, "role"), comment="What they may do.")
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When they were added.")
    disabled_at: Mapped[datetime | None] = mapped_column(Utc, comment="When they were shut out; null: they were not.")


class ReviewerSession(Base):
    __tablename__ = "reviewer_session"
    __table_args__ = ({"comment": "Signed-in browsers. The cookie's token is kept as a hash alone."},)

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the cookie's token.")
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("reviewer.id"), index=True, comment="Who signed in.")
    created_at: Mapped[datetime] = mapped_column(Utc, comment="When they signed in.")
    expires_at: Mapped[datetime] = mapped_column(Utc, index=True, comment="When the session ends by itself.")
