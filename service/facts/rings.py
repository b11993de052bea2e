"""Rings: accounts that belong together, found by evidence of different kinds and weights.

A farm keeps every account under every limit; only what its accounts share gives it away. A shared payout joins by
itself, a shared device nearly so, a network or a cover only with others. What too many share (an office's network, a
stock cover, a hymn) joins nobody: the number of accounts on one value is capped by kind. What a distributor provides
to all of its labels counts less within such a family: between accounts under the same parent, and between it and them.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Tie(StrEnum):
    """A kind of evidence that two accounts belong together."""

    PAYOUT = "payout"
    DEVICE = "device"
    NETWORK = "network"
    COVER = "cover"
    RECORDING = "recording"
    REGISTRANT = "registrant"


@dataclass(frozen=True, slots=True)
class TieRule:
    """How much a tie weighs, between strangers and within a family, and how many accounts it may join."""

    weight: float
    under_one_parent: float
    most_accounts: int


TIES: Mapping[Tie, TieRule] = {
    Tie.PAYOUT: TieRule(1.0, 0.5, 2_000),
    Tie.RECORDING: TieRule(0.8, 0.8, 500),
    Tie.DEVICE: TieRule(0.7, 0.3, 60),
    Tie.COVER: TieRule(0.3, 0.2, 12),
    Tie.NETWORK: TieRule(0.15, 0.0, 60),
    Tie.REGISTRANT: TieRule(0.15, 0.0, 60),
}
JOIN = 0.65
"""Weight from which two accounts are one ring."""
MOST_TIES_OF_A_KIND = 2
"""A kind of tie counts at most so often between two accounts: many shared covers are still one habit."""

_Value = tuple[Tie, str]


@dataclass
class Rings:
    """Which account shows which values, and the rings that follow."""

    values_of: dict[str, set[_Value]] = field(default_factory=lambda: defaultdict(set))
    accounts_on: dict[_Value, set[str]] = field(default_factory=lambda: defaultdict(set))
    parent_of: dict[str, str | None] = field(default_factory=dict)
    _rings: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    _ties: dict[frozenset[str], list[str]] = field(default_factory=dict, repr=False)

    def show(self, account: str, tie: Tie, value: str | None, *, parent: str | None = None) -> bool:
        """Note that an account shows a value. True where that was news."""
        self.parent_of.setdefault(account, parent)
        if value is None or (tie, value) in self.values_of[account]:
            return False
        self.values_of[account].add((tie, value))
        self.accounts_on[tie, value].add(account)
        if len(self.accounts_on[tie, value]) > 1:
            self._rings.clear()
            self._ties.clear()
        return True

    def ring_of(self, account: str) -> frozenset[str]:
        """All accounts of the ring, the account itself included."""
        ring = self._rings.get(account)
        if ring is None:
            ring = self._spread_from(account)
            for member in ring:
                self._rings[member] = ring
        return ring

    def ties_within(self, ring: frozenset[str]) -> list[str]:
        """The kinds of evidence that at least two accounts of the ring share, hubs apart; sorted."""
        if len(ring) < 2:
            return []
        if ring in self._ties:
            return self._ties[ring]
        counts: dict[_Value, int] = defaultdict(int)
        for account in ring:
            for value in self.values_of[account]:
                counts[value] += 1
        shared = {value[0].value for value, count in counts.items() if count > 1 and not self._is_hub(value)}
        self._ties[ring] = sorted(shared)
        return self._ties[ring]

    def _is_hub(self, value: _Value) -> bool:
        return len(self.accounts_on[value]) > TIES[value[0]].most_accounts

    def _are_family(self, one: str, other: str) -> bool:
        """Whether two accounts are under one parent, or one of them is the other's."""
        parent, others = self.parent_of.get(one), self.parent_of.get(other)
        return parent == other or others == one or (parent is not None and parent == others)

    def _spread_from(self, account: str) -> frozenset[str]:
        ring, frontier = {account}, deque([account])
        while frontier:
            for neighbour in self.neighbours(frontier.popleft()) - ring:
                ring.add(neighbour)
                frontier.append(neighbour)
        return frozenset(ring)

    def neighbours(self, account: str) -> set[str]:
        """Accounts that are joined to this one directly."""
        weights: dict[str, float] = defaultdict(float)
        seen: dict[tuple[str, Tie], int] = defaultdict(int)
        for value in self.values_of[account]:
            if self._is_hub(value):
                continue
            rule = TIES[value[0]]
            for other in self.accounts_on[value]:
                seen[other, value[0]] += 1
                if other != account and seen[other, value[0]] <= MOST_TIES_OF_A_KIND:
                    weights[other] += rule.under_one_parent if self._are_family(account, other) else rule.weight
        return {other for other, weight in weights.items() if weight >= JOIN - 1e-9}
