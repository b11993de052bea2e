"""A sender as the behaviour counters know it: who it is, what changed about it, how much it delivers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.catalogue import SenderTier
from schemas.facts import ReputationFacts
from service.facts.activity import Activity
from service.facts.reputation import Reputation, spam_interval

NEW_ACCOUNT = timedelta(days=30)
TAKEOVER_WINDOW = timedelta(days=14)
TAKEOVER_AGE = timedelta(days=90)
"""Younger accounts have no trust that somebody would take over."""

LONG_KNOWN = timedelta(days=730)
LARGE_CATALOGUE = 1_000
MANY_REVIEWED = 100
TOLERATED_SPAM = 0.05


@dataclass(slots=True)
class SenderState:
    """An account, label or sub-label. Times are times of acceptance, never the wall clock."""

    id: str
    name: str | None = None
    tier: SenderTier | None = None
    created_at: datetime | None = None
    parent: str | None = None
    dpid: str | None = None
    payout: str | None = None
    device: str | None = None
    ip: str | None = None
    prior_tracks: int | None = 0
    """Tracks ever delivered before its first one here; ``None``: unknown."""
    links: frozenset[str] | None = frozenset()
    """Store profiles it has rightfully delivered to before; ``None``: nobody keeps such a list."""
    registrants: frozenset[str] = frozenset()
    """First five characters of the ISRCs it assigns."""
    contracts: tuple[str, ...] = ()
    reputation: Reputation = field(default_factory=Reputation)
    activity: Activity = field(default_factory=Activity)
    payout_changed_at: datetime | None = None
    device_changed_at: datetime | None = None

    def now_uses(
        self, at: datetime, *, payout: str | None = None, device: str | None = None, ip: str | None = None
    ) -> None:
        """Note payout, device and address in use; a value that replaces another one is a change."""
        if payout is not None and payout != self.payout:
            self.payout_changed_at = at if self.payout is not None else self.payout_changed_at
            self.payout = payout
        if device is not None and device != self.device:
            self.device_changed_at = at if self.device is not None else self.device_changed_at
            self.device = device
        if ip is not None:
            self.ip = ip

    def age(self, at: datetime) -> timedelta | None:
        return at - self.created_at if self.created_at else None

    def taken_over(self, at: datetime) -> bool:
        """Payout and device changed together of late, on an account old enough to be worth taking over."""
        age = self.age(at)
        if age is None or age < TAKEOVER_AGE or self.payout_changed_at is None or self.device_changed_at is None:
            return False
        return at - self.payout_changed_at <= TAKEOVER_WINDOW and at - self.device_changed_at <= TAKEOVER_WINDOW

    def reputation_facts(self, at: datetime) -> ReputationFacts:
        fine, spam = self.reputation.read(at)
        interval = spam_interval(round(fine, 1), round(spam, 1))
        taken_over = self.taken_over(at)
        return ReputationFacts(
            reviewed=fine + spam,
            spam_mean=interval.mean,
            spam_low=interval.low,
            spam_high=interval.high,
            established=not taken_over and self._is_established(at, fine, spam, interval.high),
            taken_over=taken_over,
        )

    def _is_established(self, at: datetime, fine: float, spam: float, spam_high: float) -> bool:
        if spam_high > TOLERATED_SPAM and spam >= 1:
            return False
        if self.tier is SenderTier.TRUSTED:
            return True
        age = self.age(at)
        if self.tier is SenderTier.UNVERIFIED or age is None or age < LONG_KNOWN:
            return False
        return (self.prior_tracks or 0) >= LARGE_CATALOGUE or fine >= MANY_REVIEWED


def network_of(ip: str | None) -> str | None:
    """The /24 of an IPv4 address, the /48 of an IPv6 one."""
    if ip is None:
        return None
    if ":" in ip:
        return ":".join(ip.split(":")[:3])
    return ip.rsplit(".", 1)[0]
