"""Counters over time: hourly buckets and exponentially decayed sums.

Both are order-tolerant and small enough to be stored with a row. They know no clock: the time of acceptance comes in,
so that a replay in scenario time counts as live traffic does.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import log

_HOUR_S = 3600
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)
def hour_of(at: datetime) -> int:
    """Hours since the epoch, UTC."""
    return int(at.timestamp()) // _HOUR_S


@dataclass(slots=True)
class HourlyBuckets:
    """Counts by hour, kept for ``keep_days``."""

    keep_days: int = 31
    counts: dict[int, int] = field(default_factory=dict)
    _before: dict[tuple[int, int], int] = field(default_factory=dict, repr=False, compare=False)
    """Sums up to the running hour, by that hour and the first one."""

    def add(self, at: datetime, count: int = 1) -> None:
        hour = hour_of(at)
        if hour not in self.counts:
            self._before.clear()
            oldest = hour - 24 * self.keep_days
            for old in [bucket for bucket in self.counts if bucket < oldest]:
                del self.counts[old]
        elif any(last > hour for _, last in self._before):
            self._before.clear()
        self.counts[hour] = self.counts.get(hour, 0) + count

    def since(self, at: datetime, window: timedelta) -> int:
        """Count of the whole hours that begin within ``window`` before ``at``, the running hour included."""
        last = hour_of(at)
        first = last - int(window.total_seconds()) // _HOUR_S + 1
        before = self._before.get((first, last))
        if before is None:
            before = sum(count for hour, count in self.counts.items() if first <= hour < last)
            self._before[first, last] = before
        return before + self.counts.get(last, 0)

    def evenness(self, at: datetime, *, days: int = 7, at_least: int = 100, on_days: int = 3) -> float | None:
        """Entropy of the hours of the day over its maximum, 0-1; unknown below ``at_least`` counts on ``on_days`` days.

        The running hour is left out, so that the answer is the same for all of it. People sleep: a person's uploads
        stay under 0.95, a script that runs round the clock comes to 1.
        """
        last = hour_of(at)
        recent = {hour: count for hour, count in self.counts.items() if last - 24 * days <= hour < last}
        total = sum(recent.values())
        if total < at_least or len({hour // 24 for hour in recent}) < on_days:
            return None
        by_hour: Counter[int] = Counter()
        for hour, count in recent.items():
            by_hour[hour % 24] += count
        return -sum(count / total * log(count / total) for count in by_hour.values()) / log(24)

    def merged(self, other: "HourlyBuckets") -> "HourlyBuckets":
        return HourlyBuckets(self.keep_days, dict(Counter(self.counts) + Counter(other.counts)))


@dataclass(slots=True)
class Decayed:
    """A sum that halves every ``half_life``: ``c <- c * 2^(-dt/h) + n``. No window edges, one row a key."""

    half_life: timedelta
    value: float = 0.0
    at: datetime = _LONG_AGO

    def read(self, at: datetime) -> float:
        """The sum as of ``at``. A time before the last addition reads as of that addition."""
        elapsed = max(timedelta(), at - self.at)
        return self.value * 2 ** (-(elapsed / self.half_life)) if self.value else 0.0

    def add(self, at: datetime, amount: float = 1.0) -> None:
        """Add; what comes late counts as much as it would have left of it by now."""
        if at >= self.at:
            self.value, self.at = self.read(at) + amount, at
        else:
            self.value += amount * 2 ** (-((self.at - at) / self.half_life))
