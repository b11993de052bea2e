"""One database, SQLite or PostgreSQL, behind the same two doors: ``read`` and ``write``."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from service.store.patience import PatientConnection, be_patient
from service.store.storable import storable

T = TypeVar("T")

_PASSING_CLASSES = ("08", "40", "53", "55", "57")
_STATEMENT_TOO_LONG = "57014"
_PASSING_SQLITE = ("locked", "busy", "unable to open", "disk i/o", "full")

_TRIED_FOR_S = 10.0
_BUSY_TIMEOUT_MS = 30_000
_CONNECT_ARGS = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": 20_000}
"""Seconds and, the last, milliseconds: connections to a machine that is gone end after this long, not after hours."""


def passes(error: OperationalError) -> bool:
    """Whether the database was in the way and the same work may go well later: it was away, busy, full or in conflict.

    By SQLSTATE class (https://www.postgresql.org/docs/18/errcodes-appendix.html): connection, rollback, resources,
    locks, operator's doing; an error without one comes from the connection itself. A statement that ran out of time
    does not pass: it would do so again.
    """
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return any(word in str(cause).lower() for word in _PASSING_SQLITE)
    state = getattr(cause, "sqlstate", None)
    return state is None or (state != _STATEMENT_TOO_LONG and state[:2] in _PASSING_CLASSES)


class Database:
    """An engine with its manners.

    SQLite runs in WAL mode with foreign keys on, and a write transaction takes the write lock when it begins
    (``BEGIN IMMEDIATE``): a transaction that reads first and writes later would otherwise fail with "database is
    locked" whenever another one wrote in between. ``synchronous=FULL``, as accepted means on disk.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(write=True)
        self._pinger = _pinger(engine)

    @classmethod
    def open(cls, url: str, *, pool_size: int = 10, statement_s: float = 60.0) -> Self:
        """Open by URL; connects on first use. ``postgresql://`` means psycopg 3.

        :param statement_s: longest that PostgreSQL works on one statement or waits for a lock, migrations aside; a
            server that says nothing for a little longer is given up (:mod:`service.store.patience`)
        """
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(_sqlite(parsed))
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        return cls(_postgresql(parsed, pool_size, statement_s))

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking only; whatever it changed is rolled back."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits when the block ends well and rolls back when it raises. Keep it short."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def attempt(self, work: Callable[[Session], T], *, tries: int = 5) -> T:
        """Do ``work`` in a write transaction, again where it met another one: a deadlock, a lock, a lost connection.

        Not again after ten seconds: then the database is away, and whoever waits is better told. ``work`` may run
        several times, each time in a session of its own; it must do nothing but read and write there.
        """
        began = time.monotonic()
        for tried in range(1, tries):
            try:
                with self.write() as session:
                    return work(session)
            except OperationalError as error:
                if not passes(error) or time.monotonic() - began > _TRIED_FOR_S:
                    raise
                time.sleep(0.05 * tried * (1 + random.random()))
        with self.write() as session:
            return work(session)

    @contextmanager
    def connect_for_write(self) -> Iterator[Connection]:
        """A bare connection in a write transaction, for migrations."""
        with self._writer.connect() as connection, connection.begin():
            if self.dialect == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            with _without_limit(connection):
                yield connection

    def migrate(self) -> None:
        """Bring the schema to the newest revision. Any number of processes may call this at once."""
        from service.store.migrations import upgrade

        upgrade(self)

    def ping(self) -> None:
        """Ask the database for an answer; raises ``sqlalchemy.exc.OperationalError`` when there is none.

        On a connection of its own, as setting one up has a time limit: a server that hangs would keep a question on an
        open connection waiting for ever.
        """
        with self._pinger.connect() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close all connections. A forked child opens a database of its own instead: connections cannot be shared."""
        self.engine.dispose()


@contextmanager
def _without_limit(connection: Connection) -> Iterator[None]:
    held = connection.connection.dbapi_connection
    if not isinstance(held, PatientConnection):
        yield
        return
    limit_s, held.limit_s = held.limit_s, None
    try:
        yield
    finally:
        held.limit_s = limit_s


def _pinger(engine: Engine) -> Engine:
    if engine.dialect.name != "postgresql":
        return engine
    return create_engine(engine.url, poolclass=NullPool, connect_args={**_CONNECT_ARGS, "connect_timeout": 3})


def _postgresql(url: URL, pool_size: int, statement_s: float) -> Engine:
    limit_ms = max(1, round(statement_s * 1000))
    limits = f"-c statement_timeout={limit_ms} -c idle_in_transaction_session_timeout={2 * limit_ms}"
    connect_args = {**_CONNECT_ARGS, "options": f"{url.query.get('options', '')} {limits}".strip()}
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, connect_args=connect_args
    )

    be_patient(engine, statement_s)

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _without_nul(
        _connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> tuple[str, Any]:
        """PostgreSQL refuses NUL in any text, one that is only compared with included: what has it matches nothing."""
        return statement, _clean(parameters)

    return engine


def _clean(parameters: Any) -> Any:
    if isinstance(parameters, dict):
        odd = {name: storable(value) for name, value in parameters.items() if isinstance(value, str) and "\0" in value}
        return {**parameters, **odd} if odd else parameters
    if isinstance(parameters, list):
        return [_clean(row) for row in parameters]
    return parameters


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so, below
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
        _switch_to_wal(cursor)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _switch_to_wal(cursor: Any) -> None:
    """The switch needs the file alone and does not wait its turn, so processes that start together try again."""
    deadline = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
