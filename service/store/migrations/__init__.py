"""Schema migrations, inside the package so that every process can bring its database up to date."""

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

if TYPE_CHECKING:
    from service.store.database import Database

_LOCK = 0x6561726D61726B  # "earmark"


def config(connection: Connection) -> Config:
    """Alembic's configuration on a connection whose transaction the caller commits."""
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent))
    alembic.attributes["connection"] = connection
    return alembic


def upgrade(database: "Database") -> None:
    """Bring the schema to the newest revision, one process at a time.

    SQLite's write lock and a PostgreSQL advisory lock make the others wait; they then find nothing left to do.
    """
    with database.connect_for_write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(config(connection), "head")
