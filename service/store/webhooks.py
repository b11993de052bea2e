"""Webhooks of a tenant, and how far each has been told of each track.

Nothing is copied into an outbox: a track's append-only log is what is sent, and a row for each webhook and track says
how far. The row is made together with the first event that the webhook is to be told of, so that it misses none
whatever the clocks say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from schemas.events import EventKind
from service.store.ids import Noun, new_id
from service.store.inserting import insert_or
from service.store.jobs import Jobs
from service.store.storable import storable
from service.store.tables.events import TrackEvent
from service.store.tables.jobs import JobKind, Lane
from service.store.tables.tracks import Track
from service.store.tables.webhooks import (
    DisabledBecause,
    Webhook,
    WebhookAttemptRow,
    WebhookDeadLetter,
    WebhookProgress,
)

REPLAYED_AT_ONCE = 10_000
"""Most tracks of one replay."""


@dataclass(frozen=True, slots=True)
class NextMessage:
    """What is to be sent next: the webhook as it is now, the event, and how often it was tried."""

    webhook: Webhook
    track: Track
    event: TrackEvent
    after: int
    attempts: int
    retry_at: datetime | None


class Webhooks:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, tenant_id: str, *, url: str, description: str, events: Iterable[EventKind], secret: str, now: datetime
    ) -> Webhook:
        """A new webhook, told of everything that happens from this transaction's commit on."""
        webhook = Webhook(
            id=new_id(Noun.WEBHOOK),
            tenant_id=tenant_id,
            url=url,
            description=storable(description),
            events=sorted(kind.value for kind in events),
            secret=secret,
            created_at=now,
            failures=0,
        )
        self._session.add(webhook)
        self._session.flush()
        return webhook

    def get(self, tenant_id: str, webhook_id: str, *, lock: bool = False) -> Webhook | None:
        """A webhook of this tenant. Another tenant's is as if it did not exist."""
        query = select(Webhook).where(Webhook.id == webhook_id, Webhook.tenant_id == tenant_id)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return self._session.scalars(query).one_or_none()

    def page(self, tenant_id: str, *, after: str = "", limit: int = 100) -> Sequence[Webhook]:
        query = select(Webhook).where(Webhook.tenant_id == tenant_id, Webhook.id > after)
        return self._session.scalars(query.order_by(Webhook.id).limit(limit)).all()

    def count(self, tenant_id: str) -> int:
        return self._session.scalar(select(func.count()).where(Webhook.tenant_id == tenant_id)) or 0

    def rotate(self, webhook: Webhook, secret: str, *, keep: timedelta, now: datetime) -> None:
        """Sign with another key from now on, and with the one before as well for a while."""
        webhook.previous_secret, webhook.previous_until = webhook.secret, now + keep
        webhook.secret = secret

    def enable(self, webhook: Webhook) -> None:
        """Tell it again; what happened meanwhile is sent by a replay alone."""
        webhook.disabled_at = webhook.disabled_because = webhook.quiet_until = webhook.last_error = None
        webhook.failures = 0

    def disable(self, webhook: Webhook, because: DisabledBecause, now: datetime) -> None:
        """Tell it nothing from now on. The first moment and cause stay."""
        if webhook.disabled_at is None:
            webhook.disabled_at, webhook.disabled_because = now, because

    def remove(self, webhook: Webhook) -> None:
        """Forget it with its progress and its dead letters."""
        for table in (WebhookProgress, WebhookDeadLetter, WebhookAttemptRow):
            self._session.execute(delete(table).where(table.webhook_id == webhook.id))
        self._session.delete(webhook)
        self._session.flush()

    def announce(self, tenant_id: str, track_id: str, seq: int, kind: EventKind, lane: Lane, now: datetime) -> None:
        """Make the sending of an event necessary, in the transaction that writes it into the log."""
        listening = self._session.execute(
            select(Webhook.id, Webhook.events).where(Webhook.tenant_id == tenant_id, Webhook.disabled_at.is_(None))
        )
        told = [webhook_id for webhook_id, events in listening if not events or kind.value in events]
        if not told:
            return
        rows = [
            {"webhook_id": webhook_id, "track_id": track_id, "seq": seq - 1, "attempts": 0}
            for webhook_id in sorted(told)
        ]
        insert = insert_or(self._session, WebhookProgress).values(rows)
        self._session.execute(insert.on_conflict_do_nothing(index_elements=["webhook_id", "track_id"]))
        Jobs(self._session).enqueue_many(
            JobKind.NOTIFY, [subject(webhook_id, track_id) for webhook_id in told], lane=lane, now=now
        )

    def next_message(self, webhook_id: str, track_id: str) -> NextMessage | None:
        """What a webhook is to be told next of a track; ``None`` where that is nothing."""
        webhook = self._session.get(Webhook, webhook_id, populate_existing=True)
        progress = self._session.get(WebhookProgress, (webhook_id, track_id), populate_existing=True)
        if webhook is None or webhook.disabled_at is not None or progress is None:
            return None
        query = select(TrackEvent).where(TrackEvent.track_id == track_id, TrackEvent.seq > progress.seq)
        if webhook.events:
            query = query.where(TrackEvent.kind.in_([EventKind(name) for name in webhook.events]))
        event = self._session.scalars(query.order_by(TrackEvent.seq).limit(1)).one_or_none()
        if event is None:
            return None
        track = self._session.scalars(select(Track).where(Track.id == track_id)).one()
        return NextMessage(webhook, track, event, progress.seq, progress.attempts, progress.retry_at)

    def taken(self, message: NextMessage) -> None:
        """The receiver took it. A replay that was asked for in the meantime begins where it says."""
        self._advance(message)
        self._session.execute(
            delete(WebhookDeadLetter).where(
                WebhookDeadLetter.webhook_id == message.webhook.id,
                WebhookDeadLetter.track_id == message.track.id,
                WebhookDeadLetter.seq == message.event.seq,
            )
        )
        if message.webhook.failures or message.webhook.quiet_until:
            self._set(message.webhook.id, failures=0, quiet_until=None, last_error=None)

    def not_taken(
        self, message: NextMessage, error: str, *, retry_at: datetime | None, quiet_until: datetime, now: datetime
    ) -> None:
        """An attempt failed. Without ``retry_at`` it was the last: the message becomes a dead letter and the next
        one's turn comes. The webhook as a whole is left alone until ``quiet_until``."""
        error = storable(error)[:500]
        if retry_at is None:
            self._bury(message, error, now)
            self._advance(message)
        else:
            values = {"attempts": message.attempts + 1, "retry_at": retry_at}
            self._progress(message, values)
        self._set(message.webhook.id, failures=Webhook.failures + 1, quiet_until=quiet_until, last_error=error)

    def gone(self, message: NextMessage, now: datetime) -> None:
        """It answered that it wants to be told nothing any more. The event stays untold."""
        self._set(
            message.webhook.id,
            disabled_at=now,
            disabled_because=DisabledBecause.GONE,
            last_error="it answered 410 Gone",
        )

    def dead_letters(
        self, webhook_id: str, *, after: tuple[str, int] = ("", 0), limit: int = 100
    ) -> Sequence[tuple[WebhookDeadLetter, TrackEvent]]:
        """Messages that were given up, by track and place in its log."""
        query = (
            select(WebhookDeadLetter, TrackEvent)
            .join(
                TrackEvent,
                (TrackEvent.track_id == WebhookDeadLetter.track_id) & (TrackEvent.seq == WebhookDeadLetter.seq),
            )
            .where(
                WebhookDeadLetter.webhook_id == webhook_id,
                tuple_(WebhookDeadLetter.track_id, WebhookDeadLetter.seq) > tuple_(*after),
            )
            .order_by(WebhookDeadLetter.track_id, WebhookDeadLetter.seq)
            .limit(limit)
        )
        return [(row[0], row[1]) for row in self._session.execute(query)]

    def replay(
        self,
        webhook: Webhook,
        now: datetime,
        *,
        since: datetime | None = None,
        track_id: str | None = None,
        seq: int = 1,
        dead_letters: bool = False,
    ) -> int:
        """Send again, for each track in order from the first event that is meant on; how many tracks that are.

        :param since: events from this moment on
        :param track_id: the log of this track, from ``seq`` on
        :param dead_letters: from each track's first dead letter on
        """
        if dead_letters:
            query = select(WebhookDeadLetter.track_id, func.min(WebhookDeadLetter.seq))
            query = query.where(WebhookDeadLetter.webhook_id == webhook.id).group_by(WebhookDeadLetter.track_id)
        else:
            query = select(TrackEvent.track_id, func.min(TrackEvent.seq)).join(Track, Track.id == TrackEvent.track_id)
            query = query.where(Track.tenant_id == webhook.tenant_id).group_by(TrackEvent.track_id)
            if since is not None:
                query = query.where(TrackEvent.at >= since)
            if track_id is not None:
                query = query.where(TrackEvent.track_id == track_id, TrackEvent.seq >= seq)
        first = [(row[0], int(row[1])) for row in self._session.execute(query.limit(REPLAYED_AT_ONCE))]
        for track, begin in sorted(first):
            insert = insert_or(self._session, WebhookProgress).values(
                webhook_id=webhook.id, track_id=track, seq=begin - 1, attempts=0
            )
            back = {"seq": begin - 1, "attempts": 0, "retry_at": None}
            self._session.execute(
                insert.on_conflict_do_update(
                    index_elements=["webhook_id", "track_id"], set_=back, where=WebhookProgress.seq >= begin - 1
                )
            )
        subjects = [subject(webhook.id, track) for track, _ in first]
        Jobs(self._session).enqueue_many(JobKind.NOTIFY, subjects, lane=Lane.BACK_CATALOGUE, now=now)
        return len(first)

    def _bury(self, message: NextMessage, error: str, now: datetime) -> None:
        values: dict[str, Any] = {"attempts": message.attempts + 1, "error": error, "at": now}
        insert = insert_or(self._session, WebhookDeadLetter).values(
            webhook_id=message.webhook.id, track_id=message.track.id, seq=message.event.seq, **values
        )
        self._session.execute(
            insert.on_conflict_do_update(index_elements=["webhook_id", "track_id", "seq"], set_=values)
        )

    def _advance(self, message: NextMessage) -> None:
        self._progress(message, {"seq": message.event.seq, "attempts": 0, "retry_at": None})

    def _progress(self, message: NextMessage, values: dict[str, Any]) -> bool:
        unchanged = (
            WebhookProgress.webhook_id == message.webhook.id,
            WebhookProgress.track_id == message.track.id,
            WebhookProgress.seq == message.after,
        )
        statement = update(WebhookProgress).where(*unchanged).values(**values)
        result = self._session.execute(statement.execution_options(synchronize_session=False))
        assert isinstance(result, CursorResult)
        return result.rowcount == 1

    def _set(self, webhook_id: str, **values: Any) -> None:
        statement = update(Webhook).where(Webhook.id == webhook_id).values(**values)
        self._session.execute(statement.execution_options(synchronize_session=False))


def subject(webhook_id: str, track_id: str) -> str:
    """The subject of the job that tells a webhook of a track."""
    return f"{webhook_id}/{track_id}"


def told(subject_id: str) -> tuple[str, str]:
    """Webhook and track of a job."""
    webhook_id, _, track_id = subject_id.partition("/")
    return webhook_id, track_id
