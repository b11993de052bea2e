"""Run by Alembic. The connection comes from the caller, who also holds the lock and commits."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import DateTime

from service.store.tables import Base
from service.store.tables.base import Utc


def _render(kind: str, item: object, _autogen: AutogenContext) -> str | Literal[False]:
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Utc) else False


def _compare(_context: object, _column: object, _meta: object, inspected: object, metadata_type: object) -> bool | None:
    return False if isinstance(metadata_type, Utc) and isinstance(inspected, DateTime) else None


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
    render_item=_render,
    compare_type=_compare,
)
context.run_migrations()
