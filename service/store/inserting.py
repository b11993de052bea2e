"""``INSERT ... ON CONFLICT``, which SQLite and PostgreSQL write alike and SQLAlchemy offers once for each."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_or(session: Session, table: Any) -> Any:
    """An INSERT on which ``on_conflict_do_nothing`` and ``on_conflict_do_update`` may be called."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgres else sqlite.insert(table)
