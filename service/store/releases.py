"""Releases."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.catalogue import Release
from service.store.ids import Noun, new_id
from service.store.inserting import insert_or
from service.store.tables.releases import ReleaseRow


class Releases:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, tenant_id: str, release: Release, now: datetime) -> ReleaseRow:
        """The tenant's release with this UPC, made or brought up to date; without a UPC always a new one."""
        details = release.model_dump(mode="json", exclude_none=True)
        if release.upc is not None:
            found = self.ensure(tenant_id, release, now)
            if found.details != details:
                found.details, found.updated_at = details, now
                self._session.flush()
            return found
        row = ReleaseRow(
            id=new_id(Noun.RELEASE), tenant_id=tenant_id, upc=None, details=details, created_at=now, updated_at=now
        )
        self._session.add(row)
        self._session.flush()
        return row

    def ensure(self, tenant_id: str, release: Release, now: datetime) -> ReleaseRow:
        """The tenant's release with this UPC, made if there is none and left as it is otherwise."""
        insert = insert_or(self._session, ReleaseRow).values(
            id=new_id(Noun.RELEASE),
            tenant_id=tenant_id,
            upc=release.upc,
            details=release.model_dump(mode="json", exclude_none=True),
            created_at=now,
            updated_at=now,
        )
        there = ReleaseRow.upc.is_not(None)
        self._session.execute(insert.on_conflict_do_nothing(index_elements=["tenant_id", "upc"], index_where=there))
        query = select(ReleaseRow).where(ReleaseRow.tenant_id == tenant_id, ReleaseRow.upc == release.upc)
        return self._session.scalars(query).one()

    def get(self, tenant_id: str, release_id: str) -> ReleaseRow | None:
        query = select(ReleaseRow).where(ReleaseRow.tenant_id == tenant_id, ReleaseRow.id == release_id)
        return self._session.scalars(query).one_or_none()

    def page(self, tenant_id: str, *, after: str = "", limit: int = 100) -> Sequence[ReleaseRow]:
        """Releases in order of id, from the one after ``after``."""
        query = select(ReleaseRow).where(ReleaseRow.tenant_id == tenant_id, ReleaseRow.id > after)
        return self._session.scalars(query.order_by(ReleaseRow.id).limit(limit)).all()
