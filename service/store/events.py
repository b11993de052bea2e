"""The append-only log of a track."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from schemas.events import EventKind
from service.store.tables.events import TrackEvent
from service.store.tables.jobs import Lane
from service.store.tables.tracks import Track
from service.store.webhooks import Webhooks


class Events:
    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, track_id: str, kind: EventKind, now: datetime, data: Mapping[str, Any] | None = None) -> int:
        """Add to a track's log; its ``seq`` there. Holds the track's row until commit, so numbers have no gaps.

        Webhooks that ask for this kind of event are told of it, from the caller's commit on.
        """
        counted = (
            update(Track)
            .where(Track.id == track_id)
            .values(events=Track.events + 1)
            .returning(Track.events, Track.revision, Track.tenant_id, Track.lane)
            .execution_options(synchronize_session=False)
        )
        seq, revision, tenant_id, lane = self._session.execute(counted).one()
        event = TrackEvent(track_id=track_id, seq=seq, kind=kind, revision=revision, data=dict(data or {}), at=now)
        self._session.add(event)
        self._session.flush()
        Webhooks(self._session).announce(tenant_id, track_id, seq, kind, Lane(lane), now)
        return int(seq)

    def of(self, track_id: str, *, after: int = 0, limit: int = 1000) -> Sequence[TrackEvent]:
        """The log of a track in order, from the entry after ``after``."""
        query = select(TrackEvent).where(TrackEvent.track_id == track_id, TrackEvent.seq > after)
        return self._session.scalars(query.order_by(TrackEvent.seq).limit(limit)).all()
