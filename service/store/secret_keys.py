"""Keys of the service's own signatures: made when first asked for, the same for every process ever after."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.secret_keys import SecretKey

LINKS = "links"
"""Signs links and what a browser keeps for us."""

_BYTES = 32


class SecretKeys:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, name: str) -> bytes | None:
        found = self._session.get(SecretKey, name)
        return found.key if found is not None else None

    def ensure(self, name: str, now: datetime) -> bytes:
        """The key of that name; of two processes that make it at once, the first one's counts."""
        insert = insert_or(self._session, SecretKey).values(name=name, key=secrets.token_bytes(_BYTES), made_at=now)
        self._session.execute(insert.on_conflict_do_nothing(index_elements=["name"]))
        made = self.get(name)
        assert made is not None
        return made
