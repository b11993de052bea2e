"""Reputation: what people decided about a sender's tracks, as a share of spam with its uncertainty.

A Beta prior of one spam track in fifty stands for a sender nobody has reviewed; decisions weigh less by 2 % a week, so
that neither a good nor a bad past lasts for ever. The interval is shown, because 10 of 20 and 1,000 of 2,000 are not
the same knowledge.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import exp, lgamma, log, log1p

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
    return Interval(a / (a + b), _quantile(a, b, 0.025), _quantile(a, b, 0.975))


def _quantile(a: float, b: float, probability: float) -> float:
    """Quantile of Beta(a, b) by bisection on the regularised incomplete beta function."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if _incomplete_beta(a, b, middle) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function by its continued fraction (DLMF 8.17.22, modified Lentz)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b) - log(a)
    tiny, c, d = 1e-300, 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    fraction = d
    for m in range(1, 300):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + numerator * d
            c = 1 + numerator / c
            d = 1 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            fraction *= c * d
        if abs(c * d - 1) < 1e-10:
            break
    return min(1.0, max(0.0, exp(front) * fraction))
