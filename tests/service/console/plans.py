"""What the queries of a page read, as the database itself plans it.

A read is a scan where the index names no more than whose the rows are or in which state, and where the query does not
just take the first few in the order of that index. It reads then as much as a tenant has, whatever it finds in it.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, event, text

from service.store.database import Database

FEW = {
    *("api_key", "counted_day", "label_feed_cursor", "people_change", "policy_proposal", "policy_version"),
    *("quality_share", "recovery_code", "reference_recording", "reviewer", "reviewer_session", "rule_brake"),
    *("rule_figure", "rule_set", "secret_key", "tenant", "webhook", "webhook_progress", "worker"),
}
"""Tables that stay small: people, rules, versions, settings, days. All others grow with what comes in."""
WHOSE = {"tenant_id", "state"}
MANY = 10_000_000
"""Rows that PostgreSQL is to take every other table for."""

_SQLITE = re.compile(r"^(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?(?:.*\(([^()]*)\))?")
_IN_MEMORY = re.compile(r"USE TEMP B-TREE FOR (ORDER BY|GROUP BY|DISTINCT)")
_COMPARED = r"\b{}\.\"?(\w+)\"? (?:=|!=|<|>|<=|>=|IN|NOT IN|IS|IS NOT|LIKE) (?!\w+\.)"


class Query(NamedTuple):
    text: str
    values: Any


def asked_of(engine: Engine) -> dict[str, Query]:
    """The queries that are asked from now on, by their text, with the last values."""
    asked: dict[str, Query] = {}

    @event.listens_for(engine, "before_cursor_execute")
    def _keep(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            asked[statement] = Query(statement, values)

    return asked


def scans(database: Database, query: Query) -> list[str]:
    """The reads of a query that are scans, as the plan names them."""
    with database.engine.connect() as connection:
        found = _of_sqlite(connection, query) if database.dialect == "sqlite" else _of_postgresql(connection, query)
        return list(found)


def _of_sqlite(connection: Connection, query: Query) -> Iterator[str]:
    plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query.text}", query.values)]
    in_order = "LIMIT" in query.text and not any(_IN_MEMORY.match(step) for step in plan)
    tables = {str(row[0]) for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for step in plan:
        if not (read := _SQLITE.match(step)):
            continue
        name = read[2]
        aliased = re.search(rf"(?:FROM|JOIN|,) (\w+) AS {name}\b", query.text)
        table = aliased[1] if aliased else name
        by = {condition.strip() for condition in re.split(r"=\?(?: AND )?| AND ", read[4] or "")} - {""}
        if table not in tables - FEW or not by <= WHOSE:
            continue
        known = _known_by(connection, read[3]) if read[3] else set()
        compared = set(re.findall(_COMPARED.format(name), query.text))
        if not (in_order and known and compared <= known):
            yield step


def _known_by(connection: Connection, index: str) -> set[str]:
    """Columns that an index decides about: its own, and those by which it holds a part of the table."""
    made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).scalar() or ""
    own = {str(row[2]) for row in connection.exec_driver_sql(f"PRAGMA index_info({index})")}
    return own | set(re.findall(r"\w+", made.partition(" WHERE ")[2]))


def sized_up(database: Database) -> None:
    """Have PostgreSQL plan as for :data:`MANY` rows of every table that grows; one with few it reads in whatever way.
    It goes by the rows a page that it has on record, times the pages that there are."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        connection.execute(
            text("""
                UPDATE pg_class SET reltuples = pg_class.reltuples * :many / sized.rows FROM (
                    SELECT oid, oid AS of, reltuples AS rows FROM pg_class WHERE relkind = 'r' UNION ALL
                    SELECT indexrelid, indrelid, reltuples FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
                ) AS sized JOIN pg_tables ON sized.of::regclass::text = tablename
                WHERE pg_class.oid = sized.oid AND sized.rows > 0
                AND schemaname = current_schema() AND tablename <> ALL(:few)
            """),
            {"many": MANY, "few": sorted(FEW)},
        )


def _of_postgresql(connection: Connection, query: Query) -> Iterator[str]:
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    [[plan]] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {query.text}", query.values).all()
    rows = connection.execute(text("SELECT indexname, tablename, indexdef FROM pg_indexes"))
    yield from _read_whole(plan[0]["Plan"], {name: (table, columns) for name, table, columns in rows}, in_order=False)


def _read_whole(node: dict[str, Any], indices: dict[str, tuple[str, str]], *, in_order: bool) -> Iterator[str]:
    """``in_order``: no more is read of this part of a plan than the first few that it gives."""
    kind, index = node["Node Type"], node.get("Index Name")
    table = indices[index][0] if index else node.get("Relation Name", "")
    said = f"{kind} of {table} by {index}: {node.get('Index Cond', 'all')}, {node.get('Filter', 'no filter')}"
    if kind == "Seq Scan" and table not in FEW:
        yield f"Seq Scan on {table}"
    elif index and table not in FEW:
        columns = set(re.findall(r"\w+", indices[index][1].partition(" USING ")[2].partition(" WHERE ")[0]))
        by = columns & _compared(node.get("Index Cond", ""))
        few = in_order and _compared(node.get("Filter", "")) <= {
            "tenant_id"
        }  # in order past others' where most are its
        if by <= WHOSE and not few:
            yield said
    ends = kind in ("Sort", "Aggregate", "Hash", "Bitmap Heap Scan", "Unique", "Materialize")
    for part in node.get("Plans", []):
        yield from _read_whole(part, indices, in_order=kind == "Limit" or (in_order and not ends))


def _compared(condition: str) -> set[str]:
    """Columns in a condition, as PostgreSQL writes it."""
    return set(re.findall(r"\(*(\w+)\)*(?:::\w+)? (?:=|<>|<|>|<=|>=|IS|~~) ?", re.sub(r"'[^']*'", "''", condition)))
