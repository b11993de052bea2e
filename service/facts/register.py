"""What an operator knows of a sender beside its deliveries."""

from dataclasses import dataclass
from datetime import datetime

from schemas.catalogue import SenderTier


@dataclass(frozen=True, slots=True)
class SenderRecord:
    """A sender as the operator's register has it. Who is not in the register has no links and no contracts."""

    name: str | None = None
    tier: SenderTier | None = None
    created_at: datetime | None = None
    prior_tracks: int | None = None
    links: frozenset[str] = frozenset()
    registrants: frozenset[str] = frozenset()
    contracts: tuple[str, ...] = ()
    confirmed_fine: float = 0.0
    confirmed_spam: float = 0.0
