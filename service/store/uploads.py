"""Resumable uploads: announced, grown piece by piece, used, expired."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from service.store.ids import Noun, new_id
from service.store.storable import storable
from service.store.tables.uploads import UploadPiece, UploadRow


class Uploads:
    def __init__(self, session: Session) -> None:
        self._session = session

    def create(
        self,
        tenant_id: str,
        *,
        length_bytes: int,
        details: dict[str, str | None],
        file_name: str | None,
        delivery_id: str | None = None,
        now: datetime,
        expires_at: datetime,
    ) -> UploadRow:
        row = UploadRow(
            id=new_id(Noun.UPLOAD),
            tenant_id=tenant_id,
            length_bytes=length_bytes,
            offset_bytes=0,
            details={storable(key): storable(value) if value else value for key, value in details.items()},
            file_name=file_name,
            delivery_id=delivery_id,
            created_at=now,
            expires_at=expires_at,
        )
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, tenant_id: str, upload_id: str) -> UploadRow | None:
        """An upload of this tenant, expired ones included. Another tenant's is as if it did not exist."""
        query = select(UploadRow).where(UploadRow.id == upload_id, UploadRow.tenant_id == tenant_id)
        return self._session.scalars(query.execution_options(populate_existing=True)).one_or_none()

    def count_open(self, tenant_id: str, now: datetime) -> int:
        """Uploads of a tenant whose pieces are kept."""
        query = select(func.count()).where(
            UploadRow.tenant_id == tenant_id, UploadRow.expires_at > now, UploadRow.sha256.is_(None)
        )
        return int(self._session.scalar(query) or 0)

    def grow(self, upload_id: str, offset: int, size: int, name: str, expires_at: datetime) -> bool:
        """Add the piece that begins at ``offset``, if that is where the upload ends now; whether it was.

        Of two requests that send the same bytes at once, one is believed: the other finds the end moved.
        """
        moved = self._session.execute(
            update(UploadRow)
            .where(UploadRow.id == upload_id, UploadRow.offset_bytes == offset, UploadRow.sha256.is_(None))
            .values(offset_bytes=offset + size, expires_at=expires_at)
            .execution_options(synchronize_session=False)
        )
        assert isinstance(moved, CursorResult)
        if moved.rowcount != 1:
            return False
        self._session.add(UploadPiece(upload_id=upload_id, offset_bytes=offset, size_bytes=size, name=name))
        self._session.flush()
        return True

    def pieces(self, upload_id: str) -> Sequence[str]:
        """Names of the pieces, in order."""
        query = select(UploadPiece.name).where(UploadPiece.upload_id == upload_id)
        return self._session.scalars(query.order_by(UploadPiece.offset_bytes)).all()

    def finished_for(self, delivery_id: str) -> Sequence[UploadRow]:
        """Finished uploads that name a delivery and are not files of it yet."""
        query = select(UploadRow).where(
            UploadRow.delivery_id == delivery_id,
            UploadRow.sha256.is_(None),
            UploadRow.offset_bytes == UploadRow.length_bytes,
            UploadRow.length_bytes > 0,
        )
        return self._session.scalars(query.order_by(UploadRow.id)).all()

    def became(self, upload_id: str, sha256: str) -> None:
        """The upload is a stored content now; its pieces are of no more use."""
        self._session.execute(update(UploadRow).where(UploadRow.id == upload_id).values(sha256=sha256))
        self._session.execute(delete(UploadPiece).where(UploadPiece.upload_id == upload_id))

    def remove(self, upload_id: str) -> None:
        self._session.execute(delete(UploadPiece).where(UploadPiece.upload_id == upload_id))
        self._session.execute(delete(UploadRow).where(UploadRow.id == upload_id))

    def with_pieces(self, upload_ids: Sequence[str], now: datetime) -> set[str]:
        """Which of these uploads still need their pieces."""
        query = select(UploadRow.id).where(
            UploadRow.id.in_(upload_ids), UploadRow.sha256.is_(None), UploadRow.expires_at > now
        )
        return set(self._session.scalars(query))

    def forget(self, before: datetime) -> None:
        """Remove the rows of uploads that expired before; until then they answer that they are gone."""
        old = select(UploadRow.id).where(UploadRow.expires_at < before)
        self._session.execute(delete(UploadPiece).where(UploadPiece.upload_id.in_(old)))
        self._session.execute(delete(UploadRow).where(UploadRow.expires_at < before))
