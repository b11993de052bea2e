"""Which contents are stored. The bytes are in :mod:`service.store.blobs`."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.blobs import Blob


class Blobs:
    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, sha256: str, size_bytes: int, now: datetime) -> None:
        """Note that this content is stored, and hold its row until commit; what was erased is kept again."""
        insert = insert_or(self._session, Blob).values(sha256=sha256, size_bytes=size_bytes, stored_at=now)
        self._session.execute(
            insert.on_conflict_do_update(
                index_elements=["sha256"], set_={"erased_at": None}, where=Blob.erased_at.is_not(None)
            )
        )

    def get(self, sha256: str) -> Blob | None:
        return self._session.get(Blob, sha256)

    def known(self, hashes: Iterable[str]) -> set[str]:
        """Which of these contents have a row that says they are kept."""
        kept = select(Blob.sha256).where(Blob.sha256.in_(list(hashes)), Blob.erased_at.is_(None))
        return set(self._session.scalars(kept))
