"""On whose behalf a request acts."""

from typing import NamedTuple

from service.auth.scopes import Scope


class Principal(NamedTuple):
    """A tenant's API key, and what it may do.

    ``actor`` is how logs and decisions name it; ``requests_per_minute`` is the tenant's own limit, where it has one.
    ``is_person`` tells a reviewer's own key from a program's: some things are never decided by machine.
    """

    tenant_id: str
    key_id: str
    scopes: frozenset[Scope]
    actor: str
    requests_per_minute: int | None = None
    is_person: bool = False
