"""Reputation: what people decided about a sender's tracks, as a share of spam with its uncertainty.

A Beta prior of one spam track in fifty stands for a sender nobody has reviewed; decisions weigh less by 2 % a week, so
that neither a good nor a bad past lasts for ever. The interval is shown, because 10 of 20 and 1,000 of 2,000 are not
the same knowledge.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from service.facts.beta import beta_quantile

PRIOR_SPAM = 1.0
PRIOR_FINE = 49.0
WEEKLY_DECAY = 0.98

_WEEK = timedelta(weeks=1)


@dataclass(slots=True)
class Reputation:
    """Decayed counts of confirmed decisions."""

    fine: float = 0.0
    spam: float = 0.0
    at: datetime | None = None

    def decided(self, at: datetime, *, fine: float = 0, spam: float = 0) -> None:
        """Count decisions made at ``at``."""
        if self.at is not None and at > self.at:
            kept = WEEKLY_DECAY ** ((at - self.at) / _WEEK)
            self.fine, self.spam = self.fine * kept, self.spam * kept
        self.fine, self.spam, self.at = self.fine + fine, self.spam + spam, max(at, self.at or at)

    def read(self, at: datetime) -> tuple[float, float]:
        """Decayed counts of fine and spam as of ``at``."""
        if self.at is None or at <= self.at:
            return self.fine, self.spam
        kept = WEEKLY_DECAY ** ((at - self.at) / _WEEK)
        return self.fine * kept, self.spam * kept


@dataclass(frozen=True, slots=True)
class Interval:
    """Share of spam: mean and 95 % interval, 0-1."""

    mean: float
    low: float
    high: float


@lru_cache(maxsize=4096)
def spam_interval(fine: float, spam: float) -> Interval:
    """Posterior of the share of spam after so many decisions. Pass counts rounded to 0.1: the interval is cached."""
    a, b = PRIOR_SPAM + spam, PRIOR_FINE + fine
    return Interval(a / (a + b), beta_quantile(a, b, 0.025), beta_quantile(a, b, 0.975))
