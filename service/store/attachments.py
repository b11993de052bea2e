"""Files that people handed in: rows here, bytes in :mod:`service.store.blobs`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.attachments import MOST_IN_ALL, FileKind, FileOut
from service.store.blob_rows import Blobs
from service.store.ids import Noun, new_id
from service.store.storable import storable
from service.store.tables.attachments import Attachment


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose bytes are stored."""

    name: str
    kind: FileKind
    sha256: str
    size_bytes: int


class TooManyFiles(Exception):
    """More files than one appeal or report may have."""


class Attachments:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, tenant_id: str, subject_id: str, files: Sequence[StoredFile], now: datetime) -> list[FileOut]:
        """Keep files of an appeal or report, whose row the caller has locked. Raises :class:`TooManyFiles`."""
        have = self._session.scalar(select(func.count()).where(Attachment.subject_id == subject_id)) or 0
        if have + len(files) > MOST_IN_ALL:
            raise TooManyFiles(f"{MOST_IN_ALL} files at most; there are {have} already")
        rows = []
        for file in files:
            Blobs(self._session).record(file.sha256, file.size_bytes, now)
            rows.append(
                Attachment(
                    id=new_id(Noun.FILE),
                    tenant_id=tenant_id,
                    subject_id=subject_id,
                    name=storable(file.name)[:200],
                    kind=file.kind,
                    sha256=file.sha256,
                    size_bytes=file.size_bytes,
                    handed_in_at=now,
                )
            )
        self._session.add_all(rows)
        self._session.flush()
        return [_out(row) for row in rows]

    def of(self, subject_id: str) -> list[FileOut]:
        query = select(Attachment).where(Attachment.subject_id == subject_id).order_by(Attachment.id)
        return [_out(row) for row in self._session.scalars(query)]

    def get(self, tenant_id: str, subject_id: str, file_id: str) -> FileOut | None:
        row = self._session.get(Attachment, file_id)
        if row is None or (row.tenant_id, row.subject_id) != (tenant_id, subject_id):
            return None
        return _out(row)


def _out(row: Attachment) -> FileOut:
    return FileOut(
        id=row.id,
        name=row.name,
        kind=row.kind,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        handed_in_at=row.handed_in_at,
    )
