"""Reviewers and their sessions at the console."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from schemas.review import ReviewerRole
from service.store.ids import Noun, new_id
from service.store.tables.reviewers import Reviewer, ReviewerSession, SessionStage


class Reviewers:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        tenant_id: str,
        *,
        name: str,
        password_hash: str,
        role: ReviewerRole,
        now: datetime,
        oidc_subject: str | None = None,
    ) -> Reviewer:
        """A new reviewer. Names are unique whatever their case; a second one raises ``IntegrityError``."""
        reviewer = Reviewer(
            id=new_id(Noun.REVIEWER),
            tenant_id=tenant_id,
            name=name.lower(),
            password_hash=password_hash,
            role=role,
            oidc_subject=oidc_subject,
            created_at=now,
        )
        self._session.add(reviewer)
        self._session.flush()
        return reviewer

    def by_name(self, name: str) -> Reviewer | None:
        """Somebody who may sign in under that name; nobody who was shut out."""
        query = select(Reviewer).where(Reviewer.name == name.lower(), Reviewer.disabled_at.is_(None))
        return self._session.scalars(query).one_or_none()

    def get(self, reviewer_id: str) -> Reviewer | None:
        """Anybody by id, shut out or not."""
        return self._session.get(Reviewer, reviewer_id)

    def by_oidc_subject(self, subject: str) -> Reviewer | None:
        """Somebody who may sign in as whom the identity provider names them."""
        query = select(Reviewer).where(Reviewer.oidc_subject == subject, Reviewer.disabled_at.is_(None))
        return self._session.scalars(query).one_or_none()

    def all(self) -> Sequence[Reviewer]:
        return self._session.scalars(select(Reviewer).order_by(Reviewer.id)).all()

    def disable(self, name: str, now: datetime) -> bool:
        """Shut somebody out and end their sessions; false where there is nobody of that name."""
        reviewer = self.by_name(name)
        if reviewer is None:
            return False
        reviewer.disabled_at = now
        self.sign_out_everywhere(reviewer)
        return True

    def change_role(self, name: str, role: ReviewerRole) -> Reviewer | None:
        """Give somebody another role and end their sessions; nobody where there is nobody of that name."""
        reviewer = self.by_name(name)
        if reviewer is not None:
            reviewer.role = role
            self.sign_out_everywhere(reviewer)
        return reviewer

    def sign_in(
        self,
        reviewer: Reviewer,
        *,
        token_sha256: str,
        now: datetime,
        expires_at: datetime,
        stage: SessionStage = SessionStage.SIGNED_IN,
    ) -> None:
        """Open a session, and forget those that ended."""
        self._seen(reviewer.id, now)
        self._session.execute(delete(ReviewerSession).where(ReviewerSession.expires_at <= now))
        self._session.add(
            ReviewerSession(
                token_sha256=token_sha256, reviewer_id=reviewer.id, stage=stage, created_at=now, expires_at=expires_at
            )
        )

    def signed_in(
        self, token_sha256: str, now: datetime, *, stage: SessionStage = SessionStage.SIGNED_IN
    ) -> Reviewer | None:
        """Who holds a session of this stage; nobody once it ended or its reviewer was shut out."""
        query = (
            select(Reviewer)
            .join(ReviewerSession, ReviewerSession.reviewer_id == Reviewer.id)
            .where(
                ReviewerSession.token_sha256 == token_sha256,
                ReviewerSession.stage == stage,
                ReviewerSession.expires_at > now,
                Reviewer.disabled_at.is_(None),
            )
        )
        return self._session.scalars(query).one_or_none()

    def later_end(self, token_sha256: str, end: datetime, longest: timedelta) -> datetime | None:
        """When a session that is used should end now: at ``end``, and ``longest`` after signing in at the latest.

        ``None`` where it ends then anyway, give or take a minute.
        """
        row = self._session.get(ReviewerSession, token_sha256)
        if row is None:
            return None
        end = min(end, row.created_at + longest)
        return end if end - row.expires_at >= timedelta(minutes=1) else None

    def put_off(self, token_sha256: str, end: datetime, *, now: datetime) -> None:
        """Let a session end later, as its reviewer was seen now."""
        holder = select(ReviewerSession.reviewer_id).where(ReviewerSession.token_sha256 == token_sha256)
        if (reviewer_id := self._session.scalar(holder)) is not None:
            self._seen(reviewer_id, now)
        mine = update(ReviewerSession).where(
            ReviewerSession.token_sha256 == token_sha256, ReviewerSession.expires_at < end
        )
        self._session.execute(mine.values(expires_at=end))

    def _seen(self, reviewer_id: str, now: datetime) -> None:
        self._session.execute(update(Reviewer).where(Reviewer.id == reviewer_id).values(last_seen_at=now))

    def sign_out_everywhere(self, reviewer: Reviewer) -> None:
        """End all sessions of somebody."""
        self._session.execute(delete(ReviewerSession).where(ReviewerSession.reviewer_id == reviewer.id))

    def sign_out(self, token_sha256: str) -> None:
        self._session.execute(delete(ReviewerSession).where(ReviewerSession.token_sha256 == token_sha256))
