"""Krippendorff's alpha: how far people agree beyond what chance would give, with any number of people a case.

K. Krippendorff, Computing Krippendorff's Alpha-Reliability, University of Pennsylvania 2011. 1 is full agreement, 0 is
what chance gives. The interval is a jackknife over cases (Efron, Stein, Annals of Statistics 9, 1981).
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

from service.rules.wilson import Z_95

FEWEST = 30
"""Cases below which a measure of agreement is not shown: its interval would span most of the scale."""

Pattern = tuple[int, ...]
"""How many people chose each category on one case."""

Distances = Callable[[Sequence[float]], list[list[float]]]
"""Squared distances between categories, from how often each was chosen."""

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Agreement:
    """``alpha`` is missing where everybody always chose one category: nothing shows who can tell them apart."""

    cases: int
    alpha: float | None
    low: float | None
    high: float | None

    @property
    def too_few(self) -> bool:
        return self.cases < FEWEST


def nominal(chosen: Sequence[float]) -> list[list[float]]:
    """Categories without an order: any two are as far apart as any others."""
    return [[float(one != other) for other in range(len(chosen))] for one in range(len(chosen))]


def ordinal(chosen: Sequence[float]) -> list[list[float]]:
    """Categories in an order: as far apart as many choices lie between them."""

    def distance(one: int, other: int) -> float:
        low, high = min(one, other), max(one, other)
        return float((sum(chosen[low : high + 1]) - (chosen[low] + chosen[high]) / 2) ** 2)

    return [[distance(one, other) for other in range(len(chosen))] for one in range(len(chosen))]


def agreement(cases: Iterable[Sequence[T]], categories: Sequence[T], distances: Distances = nominal) -> Agreement:
    """Agreement of people on cases, each given as what they chose. Cases with one choice do not count."""
    place = {category: number for number, category in enumerate(categories)}
    patterns: Counter[Pattern] = Counter()
    for chosen in cases:
        if len(chosen) > 1:
            counts = [0] * len(place)
            for one in chosen:
                counts[place[one]] += 1
            patterns[tuple(counts)] += 1
    return _of_patterns(patterns, distances)


def _of_patterns(patterns: Counter[Pattern], distances: Distances) -> Agreement:
    number, alpha = patterns.total(), _alpha(patterns, distances)
    if alpha is None:
        return Agreement(number, None, None, None)
    if all(max(pattern) == sum(pattern) for pattern in patterns):
        return Agreement(number, alpha, _with_one_disagreement(patterns, distances), 1.0)
    left_out = [(_alpha(patterns - Counter([one]), distances), times) for one, times in patterns.items()]
    known = [(value, times) for value, times in left_out if value is not None]
    count = sum(times for _, times in known)
    mean = sum(value * times for value, times in known) / count if count else alpha
    spread = sqrt((number - 1) / number * sum(times * (value - mean) ** 2 for value, times in known))
    return Agreement(number, alpha, max(-1.0, alpha - Z_95 * spread), min(1.0, alpha + Z_95 * spread))


def _with_one_disagreement(patterns: Counter[Pattern], distances: Distances) -> float | None:
    """Where all agreed there is no spread to go by: the bound is what one disagreement more would give."""
    (first, second), _ = zip(*Counter(_chosen(patterns)).most_common(2), strict=True)
    other = [0] * len(next(iter(patterns)))
    other[first] = other[second] = 1
    return _alpha(patterns + Counter([tuple(other)]), distances)


def _chosen(patterns: Counter[Pattern]) -> dict[int, int]:
    size = len(next(iter(patterns)))
    return {place: sum(pattern[place] * times for pattern, times in patterns.items()) for place in range(size)}


def _alpha(patterns: Counter[Pattern], distances: Distances) -> float | None:
    size = len(next(iter(patterns), ()))
    together = [[0.0] * size for _ in range(size)]
    for pattern, times in patterns.items():
        people = sum(pattern)
        for one, n_one in enumerate(pattern):
            for other, n_other in enumerate(pattern):
                pairs = n_one * (n_other - (one == other))
                together[one][other] += times * pairs / (people - 1)
    chosen = [sum(row) for row in together]
    total, apart = sum(chosen), distances(chosen)
    places = [(one, other) for one in range(size) for other in range(size)]
    by_chance = sum(chosen[one] * chosen[other] * apart[one][other] for one, other in places)
    if not by_chance:
        return None
    observed = sum(together[one][other] * apart[one][other] for one, other in places)
    return 1 - (total - 1) * observed / by_chance
