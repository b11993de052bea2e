"""What was sent to webhooks and what they answered: for whoever connects them, kept for some days."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from schemas.webhooks import AttemptOutcome
from service.store.storable import storable
from service.store.tables.webhooks import WebhookAttemptRow


class WebhookAttempts:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        webhook_id: str,
        *,
        message_id: str,
        type: str,
        outcome: AttemptOutcome,
        took_s: float,
        now: datetime,
        track_id: str | None = None,
        seq: int | None = None,
        status: int | None = None,
        error: str | None = None,
    ) -> WebhookAttemptRow:
        row = WebhookAttemptRow(
            webhook_id=webhook_id,
            message_id=message_id,
            type=type,
            track_id=track_id,
            seq=seq,
            outcome=outcome,
            status=status,
            error=storable(error)[:500] if error else None,
            took_ms=round(took_s * 1000),
            at=now,
        )
        self._session.add(row)
        self._session.flush()
        return row

    def page(self, webhook_id: str, *, before: int | None = None, limit: int = 100) -> Sequence[WebhookAttemptRow]:
        """Attempts of a webhook, newest first, from the one before ``before``."""
        query = select(WebhookAttemptRow).where(WebhookAttemptRow.webhook_id == webhook_id)
        if before is not None:
            query = query.where(WebhookAttemptRow.id < before)
        return self._session.scalars(query.order_by(WebhookAttemptRow.id.desc()).limit(limit)).all()

    def forget(self, before: datetime) -> None:
        """Remove what nobody looks for any more."""
        self._session.execute(delete(WebhookAttemptRow).where(WebhookAttemptRow.at < before))
