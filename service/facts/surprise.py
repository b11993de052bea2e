"""How surprising a count is: against the sender's own past, and against a baseline of its tier.

A Poisson tail fires 16 to 135 times a year on ordinary senders, because real senders are over-dispersed; the
negative binomial and the z of the logarithm fire less than four times. All of them are blind to a bad sub-label inside
a large distributor, so the same tests run on accounts, on rings and on whole batches.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

from service.facts.beta import incomplete_beta
from service.facts.history import BASELINE_DAYS, MIN_BASELINE_DAYS, SD_FLOOR

MOST = 99.0
"""Ceiling of every surprise: beyond it the number says nothing more."""

CUSUM_SLACK = 0.5
CUSUM_CLIP = 4.0
CUSUM_ALARM = 8.0


def binomial_surprise(hits: int, total: int, share: float) -> float:
    """``-log10 P(X >= hits)`` for ``total`` draws at ``share`` each; 0 where nothing is surprising."""
    if hits <= 0 or total <= 0 or hits <= total * share:
        return 0.0
    share = min(max(share, 1e-9), 1 - 1e-9)
    log_p = math.lgamma(total + 1) - math.lgamma(hits + 1) - math.lgamma(total - hits + 1)
    log_p += hits * math.log(share) + (total - hits) * math.log1p(-share)
    term, tail = 1.0, 1.0
    for count in range(hits, min(total, hits + 200)):
        term *= (total - count) / (count + 1) * share / (1 - share)
        tail += term
        if term < 1e-12:
            break
    return min(MOST, max(0.0, -(log_p + math.log(tail)) / math.log(10)))


def negative_binomial_surprise(count: int, daily: Sequence[int]) -> float | None:
    """``-log10 P(X >= count)`` by moments of the daily counts before; unknown under 14 days.

    The tail is a regularised incomplete beta function. The mean is kept at 0.5 and the variance at twice the mean at
    least, so that a silent month makes no album an alarm.
    """
    return _tail(count, tuple(daily)) if len(daily) >= MIN_BASELINE_DAYS else None


@lru_cache(maxsize=8_192)
def _tail(count: int, daily: tuple[int, ...]) -> float:
    """The surprise itself; accounts, payouts and devices mostly have one past, and it is asked for each of them."""
    mean = max(0.5, sum(daily) / len(daily))
    variance = max(2 * mean, sum((value - mean) ** 2 for value in daily) / (len(daily) - 1))
    if count <= mean:
        return 0.0
    size = mean * mean / (variance - mean)
    tail = incomplete_beta(count, size, mean / (size + mean))
    return min(MOST, -math.log10(max(tail, 1e-99)))


def cusum(daily: Sequence[int]) -> float | None:
    """Cumulative excess over the sender's own baseline, ``daily`` being oldest first; unknown under 15 days.

    The baseline is the first 14 days and every later day on which no alarm was building up, the last 28 of them: it
    does not learn from a flood, which would switch the alarm off. Every day's z is clipped at 4, so that one album
    cannot raise the alarm (8) by itself.
    """
    return _excess(tuple(daily)) if len(daily) > MIN_BASELINE_DAYS else None


@lru_cache(maxsize=8_192)
def _excess(daily: tuple[int, ...]) -> float:
    logs = [math.log1p(value) for value in daily]
    baseline = logs[:MIN_BASELINE_DAYS]
    total = 0.0
    for value in logs[MIN_BASELINE_DAYS:]:
        mean = sum(baseline) / len(baseline)
        deviation = math.sqrt(sum((known - mean) ** 2 for known in baseline) / (len(baseline) - 1))
        z = (value - mean) / max(SD_FLOOR, deviation)
        total = max(0.0, total + min(CUSUM_CLIP, z) - CUSUM_SLACK)
        if total < CUSUM_ALARM / 2:
            baseline = [*baseline, value][-BASELINE_DAYS:]
    return total
