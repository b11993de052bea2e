"""Deliveries, their files, and what the newest message says of each release."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.deliveries import DeliveryState, MessageState, Report
from service.store.blob_rows import Blobs
from service.store.ids import Noun, new_id
from service.store.jobs import Jobs
from service.store.storable import storable
from service.store.tables.deliveries import DeliveryFile, DeliveryRow, ErnMessageRow, ErnReleaseRow
from service.store.tables.jobs import JobKind

_LOOKED_INTO = 20
"""Deliveries of earlier messages on the same release that are searched for a file."""


class Deliveries:
    def __init__(self, session: Session) -> None:
        self._session = session

    def accept(
        self, tenant_id: str, files: Mapping[str, tuple[str, int]], now: datetime, *, source: str | None = None
    ) -> DeliveryRow:
        """Accept stored files (SHA-256 and size by name) as a delivery, with the job to look into it."""
        row = DeliveryRow(
            id=new_id(Noun.DELIVERY),
            tenant_id=tenant_id,
            state=DeliveryState.RECEIVED,
            source=source,
            report={},
            files_seen=0,
            created_at=now,
            updated_at=now,
        )
        self._session.add(row)
        self._session.flush()
        self.add_files(row.id, files, now)
        return row

    def refuse(self, tenant_id: str, source: str, report: Report, now: datetime) -> DeliveryRow:
        """Note a batch of a watched folder that cannot be taken, with the reason and without its files."""
        row = DeliveryRow(
            id=new_id(Noun.DELIVERY),
            tenant_id=tenant_id,
            state=DeliveryState.REFUSED,
            source=source,
            report=report.model_dump(mode="json"),
            files_seen=0,
            created_at=now,
            updated_at=now,
        )
        self._session.add(row)
        self._session.flush()
        return row

    def add_files(self, delivery_id: str, files: Mapping[str, tuple[str, int]], now: datetime) -> None:
        """More files for a delivery; one of a name that is there takes its place. It is looked into again."""
        for name, (sha256, size_bytes) in files.items():
            self.record_file(delivery_id, name, sha256, size_bytes, now)
        self.look_again(delivery_id, now)

    def record_file(self, delivery_id: str, name: str, sha256: str, size_bytes: int, now: datetime) -> None:
        """One more file, for whoever looks into the delivery right now."""
        Blobs(self._session).record(sha256, size_bytes, now)
        name = storable(name)[:500]
        self._session.merge(DeliveryFile(delivery_id=delivery_id, name=name, sha256=sha256, size_bytes=size_bytes))
        self._session.flush()

    def look_again(self, delivery_id: str, now: datetime, *, run_after: datetime | None = None) -> None:
        """Have it looked into, at once or not before ``run_after``."""
        Jobs(self._session).enqueue(JobKind.INGEST, delivery_id, run_after=run_after, now=now)

    def get(self, tenant_id: str, delivery_id: str) -> DeliveryRow | None:
        query = select(DeliveryRow).where(DeliveryRow.id == delivery_id, DeliveryRow.tenant_id == tenant_id)
        return self._session.scalars(query).one_or_none()

    def find(self, delivery_id: str) -> DeliveryRow | None:
        return self._session.get(DeliveryRow, delivery_id)

    def page(self, tenant_id: str, *, before: str | None = None, limit: int = 100) -> Sequence[DeliveryRow]:
        """Deliveries of a tenant, newest first, from the one before ``before``."""
        query = select(DeliveryRow).where(DeliveryRow.tenant_id == tenant_id)
        if before is not None:
            query = query.where(DeliveryRow.id < before)
        return self._session.scalars(query.order_by(DeliveryRow.id.desc()).limit(limit)).all()

    def files(self, delivery_id: str) -> Sequence[DeliveryFile]:
        query = select(DeliveryFile).where(DeliveryFile.delivery_id == delivery_id)
        return self._session.scalars(query.order_by(DeliveryFile.name)).all()

    def note(self, row: DeliveryRow, state: DeliveryState, report: Report, files_seen: int, now: datetime) -> None:
        row.state, row.report, row.files_seen, row.updated_at = (
            state,
            report.model_dump(mode="json"),
            files_seen,
            now,
        )
        self._session.flush()

    def message(self, delivery_id: str, file: str, sender: str, message_id: str) -> ErnMessageRow | None:
        """A message of a delivery. Another one under the same file name took its place, and is another message."""
        query = select(ErnMessageRow).where(
            ErnMessageRow.delivery_id == delivery_id,
            ErnMessageRow.file == file,
            ErnMessageRow.sender == sender,
            ErnMessageRow.message_id == message_id,
        )
        return self._session.scalars(query.order_by(ErnMessageRow.id.desc()).limit(1)).one_or_none()

    def register(
        self, row: DeliveryRow, file: str, sender: str, message_id: str, release_key: str, state: MessageState
    ) -> ErnMessageRow:
        """Note a message. One whose sender and id are known already is a duplicate."""
        known = select(ErnMessageRow.id).where(
            ErnMessageRow.tenant_id == row.tenant_id,
            ErnMessageRow.sender == sender,
            ErnMessageRow.message_id == message_id,
            ErnMessageRow.state != MessageState.DUPLICATE,
            ErnMessageRow.state != MessageState.REFUSED,
        )
        if self._session.scalars(known.limit(1)).one_or_none() is not None:
            state = MessageState.DUPLICATE
        message = ErnMessageRow(
            tenant_id=row.tenant_id,
            delivery_id=row.id,
            file=file,
            sender=sender,
            message_id=message_id,
            release_key=release_key,
            state=state,
        )
        self._session.add(message)
        self._session.flush()
        return message

    def wake_waiting(self, row: DeliveryRow, now: datetime) -> None:
        """Other deliveries with messages on the same releases that wait are looked into again: a file may have come,
        or a newer message."""
        own = select(ErnMessageRow).where(ErnMessageRow.delivery_id == row.id)
        waiting: set[str] = set()
        for message in self._session.scalars(own):
            query = select(ErnMessageRow.delivery_id).where(
                ErnMessageRow.tenant_id == row.tenant_id,
                ErnMessageRow.sender == message.sender,
                ErnMessageRow.release_key == message.release_key,
                ErnMessageRow.state == MessageState.WAITING,
                ErnMessageRow.delivery_id != row.id,
            )
            waiting |= set(self._session.scalars(query))
        Jobs(self._session).enqueue_many(JobKind.INGEST, waiting, now=now)

    def files_for(self, message: ErnMessageRow) -> list[DeliveryFile]:
        """Files that a message may mean: its own delivery's first, then those of others on the same release, newest
        first."""
        others = (
            select(ErnMessageRow.delivery_id)
            .where(
                ErnMessageRow.tenant_id == message.tenant_id,
                ErnMessageRow.sender == message.sender,
                ErnMessageRow.release_key == message.release_key,
                ErnMessageRow.delivery_id != message.delivery_id,
            )
            .group_by(ErnMessageRow.delivery_id)
            .order_by(func.max(ErnMessageRow.id).desc())
            .limit(_LOOKED_INTO)
        )
        deliveries = [message.delivery_id, *self._session.scalars(others)]
        return [file for delivery_id in deliveries for file in self.files(delivery_id)]

    def known_release(self, tenant_id: str, sender: str, release_key: str) -> ErnReleaseRow | None:
        """What is known of a release, if anything is."""
        return self._session.get(ErnReleaseRow, (tenant_id, sender, release_key), populate_existing=True)

    def release(self, tenant_id: str, sender: str, release_key: str) -> ErnReleaseRow:
        """What is known of a release, made where nothing is."""
        row = self.known_release(tenant_id, sender, release_key)
        if row is None:
            row = ErnReleaseRow(tenant_id=tenant_id, sender=sender, release_key=release_key, message_at=None, tracks={})
            self._session.add(row)
            self._session.flush()
        return row

    def set_release(self, row: ErnReleaseRow, message_at: datetime | None, tracks: dict[str, str]) -> None:
        row.message_at, row.tracks = message_at or row.message_at, tracks
        self._session.flush()
