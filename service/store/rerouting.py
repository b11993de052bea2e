"""Open cases sent to the queues that the routes name now."""

from collections import Counter
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.review import CaseState
from service.routing import Routing
from service.store.database import Database
from service.store.tables.cases import Case, CaseTrack

_AT_ONCE = 500


def reroute_all(database: Database, routing: Routing) -> Counter[tuple[str, str]]:
    """All open cases, five hundred a transaction; how many moved, from which queue to which."""
    moved: Counter[tuple[str, str]] = Counter()
    after: str | None = ""
    while after is not None:
        some, after = database.attempt(partial(reroute, routing=routing, after=after))
        moved += some
    return moved


def reroute(session: Session, routing: Routing, *, after: str = "") -> tuple[Counter[tuple[str, str]], str | None]:
    """The next five hundred open cases from the one after the id ``after``: how many moved, from which queue to which,
    and the id from which to go on; nothing where these were the last."""
    query = select(Case).where(Case.state == CaseState.OPEN, Case.id > after).order_by(Case.id).limit(_AT_ONCE)
    cases = session.scalars(query.with_for_update()).all()
    moved: Counter[tuple[str, str]] = Counter()
    for case in cases:
        members = select(CaseTrack).where(CaseTrack.case_id == case.id, CaseTrack.left_at.is_(None))
        for member in session.scalars(members):
            policy, own = member.policy or case.policy, member.queue or case.queue
            member.queue = routing.queue_for(
                policy=policy,
                cause=case.cause,
                scope=case.scope,
                priority=member.priority,
                action=member.action,
                otherwise=own,
            )
        queue = routing.queue_for(
            policy=case.policy,
            cause=case.cause,
            scope=case.scope,
            priority=case.priority,
            action=case.action,
            otherwise=case.queue,
        )
        if queue != case.queue:
            moved[case.queue, queue] += 1
            case.queue = queue
    session.flush()
    return moved, cases[-1].id if len(cases) == _AT_ONCE else None
