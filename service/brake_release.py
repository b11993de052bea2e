"""Letting go of the brake on a rule."""

from datetime import datetime

from sqlalchemy.orm import Session

from service.store.brakes import Brakes
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind, Lane
from service.store.tables.policy import RuleBrake


def release(session: Session, rule: str, *, by: str, now: datetime) -> tuple[RuleBrake, int] | None:
    """Let go of a rule's brake, and ask for new verdicts on everything that the rule let by meanwhile.

    Returns the brake and the number of tracks that are judged again; nothing where the rule has none.
    """
    brakes = Brakes(session)
    released = brakes.release(rule, by=by, now=now)
    if released is None:
        return None
    tracks = brakes.reached_by(rule, released.engaged_at)
    Jobs(session).enqueue_many(JobKind.DECIDE, tracks, lane=Lane.NORMAL, now=now)
    return released, len(tracks)
