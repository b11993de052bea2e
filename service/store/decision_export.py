"""Every decision of a stretch of time, read out in pieces: no cap, no long transaction."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, or_, select

from service.store.database import Database
from service.store.standing import replaced, undone
from service.store.tables.cases import Case
from service.store.tables.decisions import Decision

COLUMNS = (
    "decision",
    "case",
    "queue",
    "policy_clause",
    "action",
    "reason",
    "decided_by",
    "decided_at",
    "stands",
    "supersedes",
    "bulk",
)
_AT_ONCE = 2_000


def decisions(
    database: Database, tenant_id: str, since: datetime, until: datetime
) -> Iterator[list[tuple[object, ...]]]:
    """Decisions taken from ``since`` to before ``until``, in order, as rows of :data:`COLUMNS`."""
    stands = (~undone() & ~replaced()).label("stands")
    query = (
        select(Decision, Case.queue, stands)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.tenant_id.concat("") == tenant_id, Decision.decided_at < until)  # by the index of the moment
        .order_by(Decision.decided_at, Decision.seq)
        .limit(_AT_ONCE)
    )
    at, seq, more = since, -1, True
    while more:
        later = or_(Decision.decided_at > at, and_(Decision.decided_at == at, Decision.seq > seq))
        with database.read() as session:
            rows = session.execute(query.where(Decision.decided_at >= at, later)).all()
        yield [
            (
                row.id,
                row.case_id,
                queue,
                row.policy_clause,
                row.action.value,
                row.reason.value,
                row.decided_by,
                row.decided_at.isoformat(),
                "yes" if holds else "no",
                row.supersedes or "",
                row.batch_id or "",
            )
            for row, queue, holds in rows
        ]
        more = len(rows) == _AT_ONCE
        if rows:
            at, seq = rows[-1][0].decided_at, rows[-1][0].seq
