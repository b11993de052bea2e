"""API keys. How a key is made and compared is for ``service.auth``; here it is kept and found."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.ids import Noun, new_id
from service.store.tables.api_keys import ApiKey


class ApiKeys:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        tenant_id: str,
        *,
        name: str,
        prefix: str,
        sha256: str,
        scopes: Iterable[str],
        now: datetime,
        reviewer_id: str | None = None,
    ) -> ApiKey:
        """Keep a new key by its public prefix and the SHA-256 of the whole key. ``reviewer_id``: a person's own."""
        key = ApiKey(
            id=new_id(Noun.API_KEY),
            tenant_id=tenant_id,
            name=name,
            prefix=prefix,
            sha256=sha256,
            scopes=sorted(str(scope) for scope in scopes),
            reviewer_id=reviewer_id,
            created_at=now,
        )
        self._session.add(key)
        self._session.flush()
        return key

    def by_prefix(self, prefix: str) -> ApiKey | None:
        """The key with this public prefix, revoked or not; revoked ones have ``revoked_at``."""
        return self._session.scalars(select(ApiKey).where(ApiKey.prefix == prefix)).one_or_none()

    def of_tenant(self, tenant_id: str) -> Sequence[ApiKey]:
        return self._session.scalars(select(ApiKey).where(ApiKey.tenant_id == tenant_id).order_by(ApiKey.id)).all()

    def revoke(self, key_id: str, now: datetime) -> ApiKey | None:
        """Make a key open nothing from now on. The first revocation's moment stays."""
        key = self._session.get(ApiKey, key_id)
        if key is not None and key.revoked_at is None:
            key.revoked_at = now
        return key
