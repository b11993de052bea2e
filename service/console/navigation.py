"""The console's places: one table, from which every page draws its navigation.

A place is shown as soon as its page exists, to those who may open it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.review import ReviewerRole

EVERYBODY = frozenset(ReviewerRole)
LEADING = frozenset({ReviewerRole.ADMINISTRATOR})
CONNECTING = frozenset({ReviewerRole.INTEGRATOR, ReviewerRole.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation. ``key`` follows ``g`` on the keyboard: ``g q`` goes to the queue."""

    name: str
    address: str
    key: str
    roles: frozenset[ReviewerRole] = field(default=EVERYBODY)


PLACES = (
    Place("Queue", "/console/queue", "q"),
    Place("Cases", "/console/cases", "c"),
    Place("Policy", "/console/policy", "p"),
    Place("Appeals", "/console/appeals", "a"),
    Place("Reports", "/console/reports", "r"),
    Place("Quality", "/console/quality", "u"),
    Place("Numbers", "/console/numbers", "n"),
    Place("Deliver", "/console/deliver", "d", CONNECTING),
    Place("Webhooks", "/console/webhooks", "w", CONNECTING),
    Place("People", "/console/people", "o", LEADING),
)

_present: set[str] = set()


def offer(addresses: Iterable[str]) -> None:
    """Tell which pages there are; places without one are not shown."""
    _present.update(addresses)


def places(role: ReviewerRole) -> list[Place]:
    """What is in the navigation of a person with this role."""
    return [place for place in PLACES if place.address in _present and role in place.roles]
