"""The waits that have ended since the last look: each outcome takes effect in a transaction of its own."""

import structlog

from service.store.clock import utc_now
from service.store.database import Database
from service.store.deadlines import Deadlines
from service.store.declaration_requests import DeclarationRequests

AT_ONCE = 200
"""Outcomes of one look; what remains is due at the next."""

log = structlog.get_logger(__name__)


def end_waits(database: Database) -> int:
    """Let every outcome that is due take effect; how many did. Any number of processes may do this at once."""
    now = utc_now()
    with database.read() as session:
        holds = Deadlines(session).due_holds(now, limit=AT_ONCE)
        questions = DeclarationRequests(session).due(now, limit=AT_ONCE)
    ended = 0
    for tenant_id, case_id in holds:
        ended += database.attempt(lambda session: Deadlines(session).end_hold(tenant_id, case_id, utc_now()))  # noqa: B023
    for track_id in questions:
        ended += database.attempt(lambda session: Deadlines(session).end_question(track_id, utc_now()))  # noqa: B023
    if ended:
        log.info("waits ended", outcomes=ended)
    return ended
