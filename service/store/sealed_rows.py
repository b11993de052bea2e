"""Stored secrets that are not sealed under the newest key yet: rows of earlier versions, and all after a rotation."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.store.tables.reviewers import Reviewer
from service.store.tables.webhooks import Webhook

_SECRETS: tuple[InstrumentedAttribute[Any], ...] = (Webhook.secret, Webhook.previous_secret, Reviewer.totp_secret)


def renew_secrets(session: Session, renewed: Callable[[str], str | None]) -> int:
    """Store what ``renewed`` makes of each secret; how many changed. One that changes meanwhile is left alone."""
    changed = 0
    for column in _SECRETS:
        row_id = column.class_.id
        for identity, stored in session.execute(select(row_id, column).where(column.is_not(None))).all():
            fresh = renewed(stored)
            if fresh is not None:
                same = update(column.class_).where(row_id == identity, column == stored)
                session.execute(same.values({column.key: fresh}).execution_options(synchronize_session=False))
                changed += 1
    return changed
