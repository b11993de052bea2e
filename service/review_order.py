"""In which order cases are looked at, and by when. Pure.

A case weighs harm x reach x confidence, and its weight grows by the age: ``weight * exp(age / GROWS)``. All cases grow
alike, so their order never changes by waiting, and it can be kept in an index: by ``opened_at - GROWS * ln(weight)``.
Nothing starves: as weights lie between 1 and :data:`HEAVIEST`, a case is overtaken only by cases that are opened at
most :data:`OVERTAKEN_FOR` later.
"""

from datetime import datetime, timedelta
from math import log, log2

from schemas.verdict import Priority

GROWS = timedelta(hours=12)
"""How long a case waits until its weight is e times as great."""

HARM = {Priority.P0: 64.0, Priority.P1: 16.0, Priority.P2: 4.0, Priority.P3: 1.0}
"""Harm while nobody looks, by the priority that the policy gives."""

WIDEST = 8.0
"""Reach beyond which more tracks weigh no more: 128 tracks."""

LEAST_SURE = 0.25
"""Confidence below which less weighs no less; together with the others it keeps weights at 1 or more for P2 and up."""

HEAVIEST = HARM[Priority.P0] * WIDEST
OVERTAKEN_FOR = GROWS * log(HEAVIEST / LEAST_SURE)

WITHIN = {
    Priority.P0: timedelta(hours=1),
    Priority.P1: timedelta(hours=8),
    Priority.P2: timedelta(hours=24),
    Priority.P3: timedelta(hours=72),
}
"""Within which time a person should have decided."""


def weight(priority: Priority, tracks: int, confidence: float) -> float:
    """Harm x reach x confidence. Reach is 1 for one track and grows by 1 with every doubling."""
    reach = min(WIDEST, 1 + log2(max(1, tracks)))
    return HARM[priority] * reach * min(1.0, max(LEAST_SURE, confidence))


def rank_at(opened_at: datetime, priority: Priority, tracks: int, confidence: float) -> datetime:
    """The moment by which cases are ordered: the earlier, the sooner it is looked at."""
    return opened_at - GROWS * log(weight(priority, tracks, confidence))


def review_by(opened_at: datetime, priority: Priority) -> datetime:
    """When a person should have decided."""
    return opened_at + WITHIN[priority]
