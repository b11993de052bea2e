"""Who has a case in hand: a lease that ends by itself. Pure: rows and clocks come from outside.

A person who opens a case has it for five minutes from the last sign of activity. Nobody else may take or decide it
meanwhile; once the lease has run out, anybody may. Each taking has a token of its own, so that a page that is left
late gives back what it took and not what was taken after it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LASTS = timedelta(minutes=5)
"""How long a case stays with somebody who gives no sign of activity."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease on a case."""

    holder: str
    token: str
    claimed_at: datetime
    expires_at: datetime

    def holds(self, now: datetime) -> bool:
        return now < self.expires_at


class ClaimedByOther(Exception):
    """Somebody else has the case in hand."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(f"{claim.holder} has had this case since {claim.claimed_at:%H:%M} UTC")
        self.claim = claim


def take(current: Claim | None, who: str, token: str, now: datetime) -> Claim:
    """The claim of somebody who opens the case. One's own goes on under the new token.

    Raises :class:`ClaimedByOther` while somebody else's lease runs.
    """
    allow(current, who, now)
    mine = current is not None and current.holder == who and current.holds(now)
    since = current.claimed_at if current is not None and mine else now
    return Claim(who, token, since, now + LASTS)


def extend(current: Claim | None, who: str, now: datetime) -> Claim | None:
    """One's own claim from now on; ``None`` where it was given back, or ran out and so may have been missed.

    Raises :class:`ClaimedByOther` where somebody else took the case meanwhile.
    """
    allow(current, who, now)
    if current is None or current.holder != who or not current.holds(now):
        return None
    return replace(current, expires_at=now + LASTS)


def released(current: Claim | None, who: str, token: str | None) -> bool:
    """Whether leaving gives the case back: it is one's own, and of this very taking where a token is named."""
    return current is not None and current.holder == who and token in (None, current.token)


def allow(current: Claim | None, who: str, now: datetime) -> None:
    """Raise :class:`ClaimedByOther` unless the case is free or one's own."""
    if current is not None and current.holder != who and current.holds(now):
        raise ClaimedByOther(current)
