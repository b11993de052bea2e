"""What comes of counting a delivery, and what the counters say of a sender and of its ring at that moment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.facts import Facts, RingFacts, SenderFacts
from service.facts.activity import CUSUM_DAYS, Activity
from service.facts.history import BASELINE_DAYS, sender_facts
from service.facts.senders import NEW_ACCOUNT, SenderState
from service.facts.sightings import Sighting
from service.facts.surprise import negative_binomial_surprise

YOUNG = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of a delivery: its facts, and what the counters keep of it."""

    facts: Facts
    fresh: bool
    """A new recording: neither the recording nor its ISRC nor the file was accepted before."""
    sighting: Sighting | None
    """What the batch statistics hold; nothing for a redelivery."""
    ring: frozenset[str]


def counted_sender(sender: SenderState, at: datetime, busy_day: float) -> SenderFacts:
    """How much the sender delivers, against its own past and against ``busy_day``, a busy day of its tier."""
    history = sender.activity.history(at, tier=sender.tier, known_since=sender.created_at)
    age = sender.age(at)
    days = CUSUM_DAYS if age is None else min(CUSUM_DAYS, max(0, age.days - 1))
    return sender_facts(
        history,
        prior_tracks=sender.prior_tracks,
        tracks_30d=history.tracks_24h + sum(sender.activity.daily(at, 29)),
        nb_surprise=negative_binomial_surprise(history.tracks_24h, history.daily),
        tier_ratio=history.tracks_24h / max(1.0, busy_day),
        cusum=sender.activity.cusum(at, days),
        hour_entropy=sender.activity.evenness(at),
        new_account=None if age is None else age < NEW_ACCOUNT,
        payout_changed_days=_days_since(sender.payout_changed_at, at),
        device_changed_days=_days_since(sender.device_changed_at, at),
        contracts=list(sender.contracts),
    )


def counted_ring(
    members: Sequence[SenderState],
    activity: Activity,
    at: datetime,
    *,
    accounts: int,
    shared: Sequence[str],
    banned: Collection[str],
    busy_day: float,
) -> RingFacts:
    """The ring as one sender. ``members``: those that are known in detail; ``busy_day`` is one sender's."""
    ages = [age for member in members if (age := member.age(at)) is not None]
    known = max(ages, default=timedelta()).days - 1
    tracks_24h = activity.fresh.since(at, timedelta(days=1))
    return RingFacts(
        accounts=accounts,
        young_share=sum(age < YOUNG for age in ages) / len(ages) if ages else None,
        shared=list(shared),
        tracks_24h=tracks_24h,
        tracks_7d=activity.fresh.since(at, timedelta(days=7)),
        nb_surprise=negative_binomial_surprise(tracks_24h, activity.daily(at, max(0, min(BASELINE_DAYS, known)))),
        tier_ratio=tracks_24h / max(1.0, busy_day),
        cusum=activity.cusum(at, max(0, min(CUSUM_DAYS, known))),
        banned_payout=any(member.payout in banned for member in members),
    )


def _days_since(then: datetime | None, at: datetime) -> float | None:
    return (at - then) / timedelta(days=1) if then is not None else None
