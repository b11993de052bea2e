"""How sure a share is that was counted on few."""

import math

Z_95 = 1.959964
"""Quantile of the normal distribution for an interval of 95 %."""


def wilson_interval(hits: int, of: int, z: float = Z_95) -> tuple[float, float]:
    """Lower and upper bound of a share, by Wilson's score interval (E. B. Wilson, JASA 22, 1927).

    Unlike the textbook interval it stays within 0 and 1 and is right for small counts and for shares near the ends:
    9 right out of 9 is no certainty but "at least 70 %". Of nothing it is ``(0, 1)``.
    """
    if of <= 0:
        return 0.0, 1.0
    share = hits / of
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return max(0.0, min(share, low)), min(1.0, max(share, high))  # rounding must not leave the share outside
