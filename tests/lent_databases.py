"""PostgreSQL databases that go from test to test: an emptied one is as good as a new copy, in a tenth of the time.

A copy is some 400 files, and whoever connects to it first has all its catalogues to read.
"""

import contextlib
from typing import Any

import psycopg

from tests.servers import PostgresServer

_ALONE = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_OURS = "relnamespace::regnamespace::text NOT IN ('pg_catalog', 'pg_toast', 'information_schema')"
_FILLED = f"""
    SELECT oid::regclass::text, pg_relation_size(oid) FROM pg_class
    WHERE {_OURS} AND relkind = 'r' AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
"""
_FROM_ONE = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
_SHAPE = f"""
    SELECT relname, relkind, reltuples,
        (SELECT count(*) FROM pg_statistic WHERE starelid = pg_class.oid),
        (SELECT count(*) FROM pg_attribute WHERE attrelid = pg_class.oid AND NOT attisdropped),
        (SELECT count(*) FROM pg_trigger WHERE tgrelid = pg_class.oid),
        (SELECT count(*) FROM pg_constraint WHERE conrelid = pg_class.oid)
    FROM pg_class WHERE {_OURS} ORDER BY relnamespace, relname
"""
_MOST_BYTES = 9 * 8_192
"""Up to here the planner takes a table of which it knows nothing for as large as a new one: ten pages."""


class LentDatabases:
    """Copies of a template, which holds no rows but its revision; each is lent to one test at a time."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server, self._template = server, template
        self._emptied: list[str] = []
        with psycopg.connect(server.url(template)) as connection:
            self._shape = shape(connection)

    def lend(self) -> str:
        """The URL of a database that nobody has known before."""
        if self._emptied:
            return self._server.rename_database(self._emptied.pop())
        return self._server.create_database(self._template)

    def give_back(self, url: str) -> None:
        """Take a database back: as empty as it was. Where anything but rows was changed, it is dropped.

        Whoever is still connected is thrown out, and does not come back: the next one has it under another name.
        """
        with contextlib.suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
            alone = all(ended for (ended,) in connection.execute(_ALONE))
            if alone and emptied(connection) and shape(connection) == self._shape:
                self._emptied.append(url)
                return
        self._server.drop_database(url)


def emptied(connection: psycopg.Connection[Any]) -> bool:
    """Take the rows out of every table, and let numbers begin at 1 again; False for tables that grew large.

    Without the checks of foreign keys, since nothing is left that could point to anything.
    """
    filled = connection.execute(_FILLED).fetchall()
    if any(size > _MOST_BYTES for _, size in filled):
        return False
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for name, _ in filled:
            connection.execute(f"DELETE FROM {name}")
        connection.execute(_FROM_ONE)
    return True


def shape(connection: psycopg.Connection[Any]) -> list[Any]:
    """All that a test may have changed beside rows: tables, indices, triggers, and what the planner knows of them."""
    return connection.execute(_SHAPE).fetchall()
