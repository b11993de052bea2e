"""Tenants."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.ids import Noun, new_id
from service.store.inserting import insert_or
from service.store.tables.tenants import Tenant


class Tenants:
    def __init__(self, session: Session) -> None:
        self._session = session

    def ensure(self, name: str, now: datetime) -> Tenant:
        """The tenant of that name, made if there is none."""
        insert = insert_or(self._session, Tenant).values(id=new_id(Noun.TENANT), name=name, created_at=now)
        self._session.execute(insert.on_conflict_do_nothing(index_elements=["name"]))
        return self._session.scalars(select(Tenant).where(Tenant.name == name)).one()

    def get(self, tenant_id: str) -> Tenant | None:
        return self._session.get(Tenant, tenant_id)

    def by_name(self, name: str) -> Tenant | None:
        return self._session.scalars(select(Tenant).where(Tenant.name == name)).one_or_none()

    def all(self) -> Sequence[Tenant]:
        return self._session.scalars(select(Tenant).order_by(Tenant.id)).all()
