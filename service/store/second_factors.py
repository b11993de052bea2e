"""What people prove their second factor by: the key of their one-time codes, and recovery codes."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from service.store.tables.reviewers import RecoveryCode, Reviewer


class SecondFactors:
    def __init__(self, session: Session) -> None:
        self._session = session

    def offer(self, reviewer_id: str, secret: str) -> str:
        """The key that somebody is about to take over; the one they were offered before, as long as it is not theirs.

        Raises ``ValueError`` where they have one.
        """
        reviewer = self._locked(reviewer_id)
        if reviewer.totp_since is not None:
            raise ValueError("this person has a key already")
        reviewer.totp_secret = reviewer.totp_secret or secret
        return reviewer.totp_secret

    def confirm(self, reviewer_id: str, *, step: int, recovery_sha256: Iterable[str], now: datetime) -> None:
        """Somebody proved with the code of a step that they hold the key offered: it is asked for from now on."""
        reviewer = self._locked(reviewer_id)
        if reviewer.totp_secret is None or reviewer.totp_since is not None:
            raise ValueError("no key is on offer")
        reviewer.totp_since, reviewer.totp_step = now, step
        self._session.execute(delete(RecoveryCode).where(RecoveryCode.reviewer_id == reviewer_id))
        self._session.add_all(RecoveryCode(reviewer_id=reviewer_id, code_sha256=code) for code in recovery_sha256)

    def take_step(self, reviewer_id: str, step: int) -> bool:
        """Use the code of a time step; false where it, or a newer one, was used before."""
        newer = or_(Reviewer.totp_step.is_(None), Reviewer.totp_step < step)
        return self._changed(update(Reviewer).where(Reviewer.id == reviewer_id, newer).values(totp_step=step))

    def take_recovery_code(self, reviewer_id: str, sha256: str, now: datetime) -> bool:
        """Use a recovery code; false where there is none such, or it was used before."""
        which = (RecoveryCode.reviewer_id == reviewer_id, RecoveryCode.code_sha256 == sha256)
        return self._changed(update(RecoveryCode).where(*which, RecoveryCode.used_at.is_(None)).values(used_at=now))

    def recovery_codes_left(self, reviewer_id: str) -> int:
        query = select(RecoveryCode.code_sha256)
        return len(
            self._session.scalars(
                query.where(RecoveryCode.reviewer_id == reviewer_id, RecoveryCode.used_at.is_(None))
            ).all()
        )

    def reset(self, reviewer: Reviewer) -> None:
        """Forget key and recovery codes: somebody lost them."""
        reviewer.totp_secret = reviewer.totp_since = reviewer.totp_step = None
        self._session.execute(delete(RecoveryCode).where(RecoveryCode.reviewer_id == reviewer.id))

    def _locked(self, reviewer_id: str) -> Reviewer:
        query = select(Reviewer).where(Reviewer.id == reviewer_id).with_for_update()
        return self._session.scalars(query.execution_options(populate_existing=True)).one()

    def _changed(self, statement: object) -> bool:
        result = self._session.execute(statement.execution_options(synchronize_session=False))  # type: ignore[attr-defined]
        assert isinstance(result, CursorResult)
        return result.rowcount == 1
