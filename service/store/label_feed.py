"""The label feed of a tenant: read from any cursor on, nothing is missed and nothing comes twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.hashing import content_sha256
from service.store.inserting import insert_or
from service.store.tables.label_feed import FeedCursor, FeedEntry
from service.store.tables.tracks import Track


class LabelFeed:
    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, track: Track, payload: Mapping[str, Any], now: datetime) -> int | None:
        """Say that a track's labels are now these; its cursor, or ``None`` where that is what was last said of it.

        Takes the feed's lock until commit, as a cursor given out earlier must never become visible later: call it
        late in a short transaction.
        """
        cursor = self._next_cursor()
        digest = content_sha256(payload)
        last = select(FeedEntry.payload_sha256).where(FeedEntry.track_id == track.id)
        if self._session.scalars(last.order_by(FeedEntry.cursor.desc()).limit(1)).first() == digest:
            return None
        self._session.add(
            FeedEntry(
                cursor=cursor,
                tenant_id=track.tenant_id,
                track_id=track.id,
                revision=track.revision,
                payload=dict(payload),
                payload_sha256=digest,
                at=now,
            )
        )
        self._session.flush()
        return cursor

    def page(self, tenant_id: str, *, after: int = 0, limit: int = 100) -> Sequence[FeedEntry]:
        """Entries of a tenant in order, from the one after the cursor ``after``."""
        query = select(FeedEntry).where(FeedEntry.tenant_id == tenant_id, FeedEntry.cursor > after)
        return self._session.scalars(query.order_by(FeedEntry.cursor).limit(limit)).all()

    def _next_cursor(self) -> int:
        insert = insert_or(self._session, FeedCursor).values(id=1, value=1)
        counted = insert.on_conflict_do_update(index_elements=["id"], set_={"value": FeedCursor.value + 1})
        return int(self._session.execute(counted.returning(FeedCursor.value)).scalar_one())
