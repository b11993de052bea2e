"""How fast new recordings come under one key: an account, an artist, a payout, a network.

Every key has one decayed sum, halved every day (no window edges, one number however much comes), and hourly counts, by
which its last 24 hours are compared with its own past. What the counters of an account cannot show, because a farm
keeps each of its accounts small, shows under what its accounts have in common.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.catalogue import TrackMetadata
from schemas.facts import VelocityFacts
from service.facts.activity import CUSUM_DAYS, Activity
from service.facts.history import BASELINE_DAYS
from service.facts.names import fold
from service.facts.senders import SenderState, network_of
from service.facts.surprise import negative_binomial_surprise
from service.facts.windows import Decayed, hour_of

PACE_HALF_LIFE = timedelta(days=1)
COMPARED = ("parent", "artist", "dpid", "payout", "device", "network")
"""Kinds of key that are compared with their own past here; the account is under ``sender``, the ring under ``ring``."""


def keys_counted(metadata: TrackMetadata, sender: SenderState) -> dict[str, str]:
    """What a track is counted under, by kind; what its sender does not say is not counted."""
    return {"artist": fold(metadata.main_artists()[0].name)} | keys_shown(sender)


def keys_shown(sender: SenderState) -> dict[str, str]:
    """What a sender's tracks are counted under, whoever the artist."""
    found = {
        "account": sender.id,
        "parent": sender.parent,
        "dpid": sender.dpid,
        "payout": sender.payout,
        "device": sender.device,
        "network": network_of(sender.ip),
    }
    return {kind: key for kind, key in found.items() if key}


@dataclass(slots=True)
class KeyPast:
    """New recordings under one key, as acceptance could tell them."""

    first_hour: int | None = None
    """Hour of the first one, since the epoch; ``None``: there was none."""
    activity: Activity = field(default_factory=Activity)

    def add(self, at: datetime) -> None:
        self.first_hour = hour_of(at) if self.first_hour is None else min(self.first_hour, hour_of(at))
        self.activity.fresh.add(at)

    def surprise(self, at: datetime) -> float | None:
        """``-log10`` of the negative-binomial probability of so many in the 24 hours up to ``at``."""
        days = min(BASELINE_DAYS, self._whole_days(at))
        count = self.activity.fresh.since(at, timedelta(days=1))
        return negative_binomial_surprise(count, self.activity.daily(at, days))

    def cusum(self, at: datetime) -> float | None:
        """Cumulative excess of the days before over the key's own baseline."""
        return self.activity.cusum(at, min(CUSUM_DAYS, self._whole_days(at)))

    def _whole_days(self, at: datetime) -> int:
        if self.first_hour is None:
            return 0
        return max(0, (hour_of(at) - self.first_hour) // 24 - 1)


@dataclass
class Velocity:
    """Decayed sums and pasts by kind and key."""

    paces: dict[tuple[str, str], Decayed] = field(default_factory=dict)
    pasts: dict[tuple[str, str], KeyPast] = field(default_factory=dict)

    def remember(self, keys: Mapping[str, str], first_upload: datetime, daily: Sequence[int]) -> None:
        """Take over counts of earlier days, oldest first, that end the day before ``first_upload``."""
        for kind in COMPARED:
            if kind in keys:
                past = self.pasts.setdefault((kind, keys[kind]), KeyPast())
                began = hour_of(first_upload) - 24 * len(daily)
                past.first_hour = began if past.first_hour is None else min(past.first_hour, began)
                past.activity.remember(first_upload, list(daily))

    def count(self, keys: Mapping[str, str], at: datetime, *, new: bool) -> VelocityFacts:
        """Count a recording that acceptance takes for new; what then is known of every key."""
        paces, pasts = {}, {}
        for kind, key in keys.items():
            pace = self.paces.get((kind, key))
            if pace is None:
                pace = self.paces[kind, key] = Decayed(PACE_HALF_LIFE)
            if new:
                pace.add(at)
            paces[kind] = pace.read(at)
            if kind in COMPARED:
                past = self.pasts.get((kind, key))
                if past is None:
                    past = self.pasts[kind, key] = KeyPast()
                if new:
                    past.add(at)
                pasts[kind] = past
        return velocity_facts(paces, pasts, at)


def velocity_facts(paces: Mapping[str, float], pasts: Mapping[str, KeyPast], at: datetime) -> VelocityFacts:
    """Facts of a delivery's keys; what is younger than two weeks has no past to be compared with."""
    found: dict[str, float | None] = dict(paces)
    for kind, past in pasts.items():
        found[f"{kind}_surprise"] = past.surprise(at)
        found[f"{kind}_cusum"] = past.cusum(at)
    return VelocityFacts(**found)
