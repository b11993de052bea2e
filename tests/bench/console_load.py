"""A large deployment, written by the database itself: decided and open cases with all that hangs on them.

Every row follows from its number, so the same sizes give the same rows. A load is made of steps, each a transaction
that notes that it is done: one that was ended at any moment goes on where it was. Ten million decisions go in without
the indices, which are built when all rows are there.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, Table, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from schemas.quality import SharesIn
from schemas.review import ReviewerRole
from schemas.verdict import Priority
from service.console.sessions import LASTS, token_sha256
from service.review_order import WITHIN, rank_at
from service.store.clock import utc_now
from service.store.database import Database
from service.store.quality_shares import set_shares
from service.store.reviewers import Reviewers
from service.store.tables import Base
from service.store.tenants import Tenants
from tests.bench.console_rows import QUEUES, TABLES, piece_of, rows_of

TOKEN = "bench"
AT_ONCE = 250_000
"""Cases that are written in one transaction."""
WITHOUT_INDICES_FROM = 500_000
"""Cases from which indices are built at the end."""

_OWN_TABLES = (
    "CREATE TABLE IF NOT EXISTS bench_step (name VARCHAR(100) PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS bench_load (tenant_id TEXT, cases INTEGER, decisions INTEGER, epoch BIGINT)",
    "CREATE TABLE IF NOT EXISTS bench_number (i BIGINT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS bench_queue "
    "(q INTEGER PRIMARY KEY, queue TEXT, policy TEXT, upheld TEXT, cleared TEXT, cause TEXT, judgement TEXT)",
    "CREATE TABLE IF NOT EXISTS bench_priority "
    "(p INTEGER PRIMARY KEY, priority TEXT, earlier_s DOUBLE PRECISION, within_s DOUBLE PRECISION)",
)
"""The load's own: steps that are done, its sizes, numbers to select from, and what queues and priorities are."""

Progress = Callable[[str, int, int], None]


class Load(NamedTuple):
    """What is written: so many open cases, and so many decided ones over the year before ``now``."""

    tenant_id: str
    cases: int
    decisions: int
    now: datetime

    @property
    def total(self) -> int:
        return self.cases + self.decisions


def furnish(
    database: Database,
    cases: int,
    decisions: int,
    administrator: str = "adam",
    tenant: str = "bench",
    progress: Progress = lambda what, done, of: None,
) -> Load:
    """One tenant with so many open cases and, over the year before, so many decisions, or the rest of what an earlier
    call left unwritten. An administrator is signed in under :data:`TOKEN`."""
    load = _begun(database, cases, decisions, administrator, tenant)
    large = load.total >= WITHOUT_INDICES_FROM
    tables = [Base.metadata.tables[name] for name in TABLES]
    with _loading(database, large) as loading:
        _step(loading, "numbers", _numbers)
        _step(loading, "queues", _queues)
        if large:
            _step(loading, "no indices", lambda connection: [_drop(connection, table) for table in tables])
        for start in range(0, load.total, AT_ONCE):
            end = min(load.total, start + AT_ONCE)
            _step(loading, f"cases from {start}", partial(_write, load=load, start=start, end=end))
            progress("cases", end, load.total)
        if large:
            indices = [index for table in tables for index in sorted(table.indexes, key=lambda one: str(one.name))]
            for done, index in enumerate(indices, 1):
                _step(loading, f"index {index.name}", partial(index.create, checkfirst=True))
                progress("indices", done, len(indices))
    return load


def _begun(database: Database, cases: int, decisions: int, administrator: str, tenant: str) -> Load:
    """The load that this database has, or a new one. Raises ``ValueError`` where it is one of another size."""
    with database.connect_for_write() as connection:
        for statement in _OWN_TABLES:
            connection.exec_driver_sql(statement)
    with database.read() as session:
        row = session.execute(text("SELECT tenant_id, cases, decisions, epoch FROM bench_load")).one_or_none()
    if row is not None:
        if tuple(row[1:3]) != (cases, decisions):
            raise ValueError(f"this database holds {row[1]:,} open cases and {row[2]:,} decisions: take another folder")
        return Load(*row[:3], datetime.fromtimestamp(row[3], UTC))
    now = utc_now().replace(microsecond=0)
    with database.write() as session:
        tenant_id = Tenants(session).ensure(tenant, now).id
        person = Reviewers(session).add(
            tenant_id, name=administrator, password_hash="-", role=ReviewerRole.ADMINISTRATOR, now=now
        )
        Reviewers(session).sign_in(person, token_sha256=token_sha256(TOKEN), now=now, expires_at=now + 100 * LASTS)
        set_shares(session, tenant_id, SharesIn(second_looks=0.01, unflagged=0.001), by="adam", now=now)
        session.execute(
            text("INSERT INTO bench_load VALUES (:tenant_id, :cases, :decisions, :epoch)"),
            {"tenant_id": tenant_id, "cases": cases, "decisions": decisions, "epoch": int(now.timestamp())},
        )
        given = {"hash": "rules-bench", "source": "rules: []", "at": now}
        session.execute(text("INSERT INTO rule_set (hash, source, first_used_at) VALUES (:hash, :source, :at)"), given)
    return Load(tenant_id, cases, decisions, now)


def _numbers(connection: Connection) -> None:
    query = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {AT_ONCE - 1}) SELECT i FROM n"
    connection.exec_driver_sql(f"INSERT INTO bench_number {query}")


def _queues(connection: Connection) -> None:
    for q, (queue, (policy, upheld, cleared)) in enumerate(QUEUES.items()):
        cause = "people:quality-sample" if queue == "quality-check" else policy
        values = {"q": q, "queue": queue, "policy": policy, "upheld": upheld, "cleared": cleared, "cause": cause}
        connection.execute(
            text("INSERT INTO bench_queue VALUES (:q, :queue, :policy, :upheld, :cleared, :cause, :judgement)"),
            values | {"judgement": _judgement(policy)},
        )
    now = utc_now()
    for p, priority in enumerate(Priority):
        earlier = (now - rank_at(now, priority, 1, 0.9)).total_seconds()
        values = {"p": p, "priority": priority.value, "earlier": earlier, "within": WITHIN[priority].total_seconds()}
        connection.execute(text("INSERT INTO bench_priority VALUES (:p, :priority, :earlier, :within)"), values)


def _judgement(policy: str) -> str:
    rule = {
        "rule": f"rule-{policy.lower()}", "version": 1, "status": "live", "outcome": "match", "conditions": [],
        "labels": ["ai_mismatch"], "action": "queue", "priority": "P2", "queue": None, "case_scope": "track",
        "policy": policy, "reason": "declared NONE, detected with probability 0.97",
    }  # fmt: skip
    given = {"rule_set": "rules-bench", "labels": ["ai_detected", "ai_mismatch"], "action": "queue", "priority": "P2"}
    return json.dumps(given | {"fired": [rule], "shadow": [], "not_evaluable": []})


def _write(connection: Connection, *, load: Load, start: int, end: int) -> None:
    """Everything of the cases from one number to before another."""
    dialect = connection.dialect.name
    connection.exec_driver_sql("DROP TABLE IF EXISTS bench_piece")
    piece = piece_of(dialect, load.tenant_id, load.decisions, int(load.now.timestamp()), start, end)
    connection.execute(text(f"CREATE TEMPORARY TABLE bench_piece AS {piece}"))
    for statement in rows_of(dialect, load.tenant_id):
        connection.execute(text(statement))


def _drop(connection: Connection, table: Table) -> None:
    for index in table.indexes:
        index.drop(connection)


def _step(loading: Database, name: str, work: Callable[[Connection], object]) -> None:
    """Do it, unless it is done, and note that it is."""
    with loading.connect_for_write() as connection:
        if loading.dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '1GB'")
        done = text("SELECT 1 FROM bench_step WHERE name = :name")
        if connection.execute(done, {"name": name}).first() is None:
            work(connection)
            connection.execute(text("INSERT INTO bench_step VALUES (:name)"), {"name": name})


@contextmanager
def _loading(database: Database, large: bool) -> Iterator[Database]:
    """A door of the load's own, where SQLite checks no references and waits for no disk."""
    if large:
        database.dispose()  # SQLite gives up its log only where nobody else is
    loading = Database.open(database.engine.url.render_as_string(hide_password=False))
    if database.dialect == "sqlite":
        pragmas = ["synchronous=OFF", "foreign_keys=OFF", "cache_size=-800000", *(["journal_mode=DELETE"] * large)]

        @event.listens_for(loading.engine, "connect")
        def _set_up(connection: DBAPIConnection, _record: object) -> None:
            cursor = connection.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

    try:
        yield loading
    finally:
        loading.dispose()
