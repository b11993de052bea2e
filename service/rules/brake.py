"""The brake: a live rule that suddenly hits many senders who are known to be good is lowered by one rung.

Flooding must not switch off the rule that catches it, so tracks and unknown accounts do not count: only *distinct*
senders who are trusted or verified do, against the share of them that the rule hits ordinarily. The brake takes one
rung (block to hold, hold to queue), never a rule out of force; a rule that queues stays at queue. Rules on protected
recordings and confirmed spam have no brake: what they match does not become less protected by being much delivered.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.catalogue import SenderTier
from schemas.verdict import Action

LEAST_SENDERS = 5
"""Fewer good senders than this are no pattern."""
ALARM_P = 1e-4
"""Chance at which as many good senders would be hit on an ordinary day."""
ORDINARY_FLOOR = 1e-3
"""Least share of good senders a day that any rule is taken to hit ordinarily."""

NO_BRAKE_GROUPS = ("rights",)
"""Groups of facts about registered and confirmed recordings."""

_LOWERED = {Action.BLOCK: Action.HOLD, Action.HOLD: Action.QUEUE}


@dataclass(frozen=True, slots=True)
class Hit:
    """One track that a rule acted on."""

    track: str
    sender: str
    tier: SenderTier | None


@dataclass(frozen=True, slots=True)
class Braking:
    """A rule that is to act one rung lower, until its owner says otherwise."""

    rule: str
    acted_as: Action
    lowered_to: Action
    good_senders: tuple[str, ...]
    expected: float
    tracks_to_judge_again: tuple[str, ...]
    """What the rule acted on in the window: judged again one rung lower now, and once more when the brake is let go."""
    message: str
    """For the policy owner."""


def brake(
    rule: str,
    action: Action,
    reads: Iterable[str],
    hits: Iterable[Hit],
    *,
    good_senders_active: int,
    ordinary_share: float,
) -> Braking | None:
    """Whether a rule must be lowered, from its hits of the last 24 hours.

    ``reads`` are the facts the rule reads, ``good_senders_active`` the trusted and verified senders that delivered in
    the window, and ``ordinary_share`` the share of them that it hit on days before. Nothing where all is well, where
    the rule has no rung below, or where it has no brake.
    """
    lowered = _LOWERED.get(action)
    if lowered is None or any(name.partition(".")[0] in NO_BRAKE_GROUPS for name in reads):
        return None
    every = list(hits)
    good = sorted({hit.sender for hit in every if hit.tier in (SenderTier.TRUSTED, SenderTier.VERIFIED)})
    share = max(ORDINARY_FLOOR, ordinary_share)
    if len(good) < LEAST_SENDERS or _at_least(len(good), max(good_senders_active, len(good)), share) >= ALARM_P:
        return None
    expected = share * good_senders_active
    return Braking(
        rule=rule,
        acted_as=action,
        lowered_to=lowered,
        good_senders=tuple(good),
        expected=expected,
        tracks_to_judge_again=tuple(sorted({hit.track for hit in every})),
        message=(
            f"Rule '{rule}' hit {len(good)} trusted or verified senders in 24 hours where {expected:.1f} are ordinary. "
            f"It acts as {lowered.value} instead of {action.value} until you decide."
        ),
    )


def _at_least(hits: int, of: int, share: float) -> float:
    """Probability of at least so many hits by chance (binomial, exact, summed in the log domain)."""
    if share >= 1:
        return 1.0
    total = 0.0
    for count in range(hits, of + 1):
        log = math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)
        term = math.exp(log + count * math.log(share) + (of - count) * math.log1p(-share))
        total += term
        if term < total * 1e-12:
            break
    return min(1.0, total)
