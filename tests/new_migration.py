"""Writes a migration from what changed in the tables: ``python -m tests.new_migration "why"``.

Compared on a real PostgreSQL, as SQLite knows neither comments nor all types. Read and shorten what comes out.
"""

import re
import sys
from pathlib import Path

from alembic import command

import service.store.migrations.versions as versions
from service.store.database import Database
from service.store.migrations import config
from tests.servers import postgres_server


def write(why: str) -> None:
    """A new module in ``service/store/migrations/versions`` with the next number."""
    numbers = [int(path.name[:4]) for path in Path(versions.__path__[0]).glob("[0-9]*_*.py")]
    name = re.sub(r"\W+", "_", why.lower()).strip("_")
    with postgres_server() as server:
        database = Database.open(server.create_database())
        database.migrate()
        with database.connect_for_write() as connection:
            command.revision(config(connection), name, autogenerate=True, rev_id=f"{max(numbers) + 1:04}")
        database.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(sys.argv[1])
