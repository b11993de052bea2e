"""What watched folders remember, so that a watcher that dies leaves nothing undone and does nothing twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from schemas.deliveries import DeliveryState, Report
from service.store.deliveries import Deliveries
from service.store.tables.deliveries import DeliveryRow
from service.store.tables.watched_batches import WatchedBatch

Files = Mapping[str, tuple[str, int]]
"""SHA-256 and size by name."""
Seen = Mapping[str, str]
"""Size and state by name, as one text."""


class WatchedBatches:
    """The batches of one watched folder of one tenant."""

    def __init__(self, session: Session, tenant_id: str, root: str) -> None:
        self._session = session
        self._tenant_id = tenant_id
        self._root = root

    def source(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def get(self, name: str) -> WatchedBatch | None:
        return self._session.get(WatchedBatch, (self._tenant_id, self.source(name)), populate_existing=True)

    def listings(self) -> dict[str, str]:
        """The listing that was taken whole, by batch."""
        query = select(WatchedBatch.name, WatchedBatch.listing).where(*self._own())
        return {row.name: row.listing for row in self._session.execute(query)}

    def take(self, name: str, files: Files, seen: Seen, listing: str, now: datetime) -> str:
        """Files of a batch become files of its delivery, which is made where there is none; its id."""
        deliveries = Deliveries(self._session)
        row = self.get(name)
        if row is None:
            made = deliveries.accept(self._tenant_id, files, now, source=self.source(name))
            row = self._add(name, made.id)
        elif files:
            deliveries.add_files(row.delivery_id, files, now)
        row.seen = {**row.seen, **seen}
        row.listing = listing
        self._session.flush()
        return row.delivery_id

    def refuse(self, name: str, report: Report, listing: str, now: datetime) -> str | None:
        """Note that a batch cannot be taken as it lies there; the id of its delivery, or ``None`` where one that was
        taken before goes on."""
        row = self.get(name)
        if row is None:
            row = self._add(name, Deliveries(self._session).refuse(self._tenant_id, self.source(name), report, now).id)
        delivery = self._session.get_one(DeliveryRow, row.delivery_id)
        row.listing = listing
        if row.seen:
            self._session.flush()
            return None
        Deliveries(self._session).note(delivery, DeliveryState.REFUSED, report, 0, now)
        return row.delivery_id

    def unanswered(self) -> Sequence[tuple[WatchedBatch, DeliveryRow]]:
        """Batches with deliveries that were looked into since they were last answered."""
        query = (
            select(WatchedBatch, DeliveryRow)
            .join(DeliveryRow, DeliveryRow.id == WatchedBatch.delivery_id)
            .where(
                *self._own(),
                DeliveryRow.state != DeliveryState.RECEIVED,
                or_(WatchedBatch.told_at.is_(None), WatchedBatch.told_at != DeliveryRow.updated_at),
            )
            .order_by(DeliveryRow.id)
        )
        return [(batch, delivery) for batch, delivery in self._session.execute(query)]

    def answered(self, name: str, told: Mapping[str, str], moment: datetime) -> None:
        """Note the answers that were written, of a delivery as it was at ``moment``."""
        row = self.get(name)
        if row is not None:
            row.told = {**row.told, **told}
            row.told_at = moment
            self._session.flush()

    def _own(self) -> tuple[object, ...]:
        return (WatchedBatch.tenant_id == self._tenant_id, WatchedBatch.root == self._root)

    def _add(self, name: str, delivery_id: str) -> WatchedBatch:
        row = WatchedBatch(
            tenant_id=self._tenant_id,
            source=self.source(name),
            root=self._root,
            name=name,
            delivery_id=delivery_id,
            listing="",
            seen={},
            told={},
            told_at=None,
        )
        self._session.add(row)
        self._session.flush()
        return row
