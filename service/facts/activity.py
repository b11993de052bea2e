"""How much a sender delivers, hour by hour, and how that compares with its own past and with its tier."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.catalogue import SenderTier
from service.facts.history import BASELINE_DAYS, SenderHistory, is_short
from service.facts.surprise import cusum
from service.facts.windows import Decayed, HourlyBuckets, hour_of

_DAY = timedelta(days=1)
CUSUM_DAYS = 60


@dataclass(slots=True)
class Activity:
    """Counters of new recordings of one key: an account, a ring, a payout, a network."""

    fresh: HourlyBuckets = field(default_factory=lambda: HourlyBuckets(keep_days=CUSUM_DAYS + 2))
    functional: HourlyBuckets = field(default_factory=lambda: HourlyBuckets(keep_days=2))
    short: HourlyBuckets = field(default_factory=lambda: HourlyBuckets(keep_days=2))
    pace: Decayed = field(default_factory=lambda: Decayed(timedelta(days=7)))
    _days: tuple[int, list[int]] = (0, [])
    _evenness: tuple[int, float | None] = (0, None)
    _cusum: tuple[tuple[int, int], float | None] = ((0, 0), None)

    def add(self, at: datetime, *, duration_s: float | None = None, functional: bool = False) -> None:
        """Count one new recording."""
        self.fresh.add(at)
        self.pace.add(at)
        if functional:
            self.functional.add(at)
        if is_short(duration_s):
            self.short.add(at)

    def remember(self, first_upload: datetime, daily: list[int]) -> None:
        """Take over counts of earlier days, oldest first, that end the day before ``first_upload``."""
        for days_ago, count in enumerate(reversed(daily[-CUSUM_DAYS:]), start=1):
            if count:
                self.fresh.add(first_upload - days_ago * _DAY, count)
        self._days, self._evenness, self._cusum = (0, []), (0, None), ((0, 0), None)

    def merged(self, other: "Activity") -> "Activity":
        """Counters of two keys taken as one."""
        return Activity(
            self.fresh.merged(other.fresh),
            self.functional.merged(other.functional),
            self.short.merged(other.short),
            Decayed(self.pace.half_life, *_later(self.pace, other.pace)),
        )

    def daily(self, at: datetime, days: int) -> list[int]:
        """Counts of the days before the last 24 hours, the latest first; at most 60 days. The same for a whole hour."""
        last = hour_of(at)
        if self._days[0] != last:
            counts = [0] * CUSUM_DAYS
            for hour, count in self.fresh.counts.items():
                day = (last - hour) // 24 - 1
                if 0 <= day < CUSUM_DAYS:
                    counts[day] += count
            self._days = (last, counts)
        return self._days[1][:days]

    def evenness(self, at: datetime) -> float | None:
        """Evenness of the uploads over the hours of the day in the last 7 days; the same for a whole hour."""
        last = hour_of(at)
        if self._evenness[0] != last:
            self._evenness = (last, self.fresh.evenness(at))
        return self._evenness[1]

    def cusum(self, at: datetime, days: int) -> float | None:
        """Cumulative excess of the days before, the last 24 hours left out; the same for a whole hour."""
        key = (hour_of(at), days)
        if self._cusum[0] != key:
            self._cusum = (key, cusum(self.daily(at, days)[::-1]))
        return self._cusum[1]

    def history(self, at: datetime, *, tier: SenderTier | None, known_since: datetime | None) -> SenderHistory:
        """The windows that end at ``at``."""
        age = (at - known_since) / _DAY if known_since else None
        days = BASELINE_DAYS if age is None else min(BASELINE_DAYS, max(0, int(age) - 1))
        return SenderHistory(
            tier=tier,
            age_days=age,
            tracks_1h=self.fresh.since(at, timedelta(hours=1)),
            tracks_24h=self.fresh.since(at, _DAY),
            tracks_7d=self.fresh.since(at, 7 * _DAY),
            functional_24h=self.functional.since(at, _DAY),
            short_24h=self.short.since(at, _DAY),
            daily=tuple(self.daily(at, days)),
        )


def _later(one: Decayed, other: Decayed) -> tuple[float, datetime]:
    at = max(one.at, other.at)
    return one.read(at) + other.read(at), at
