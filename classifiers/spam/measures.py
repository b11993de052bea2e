"""Figures of a text classifier on labelled rows, without scikit-learn."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from classifiers.spam.seeds import languages_of

RATES = (0.0005, 0.001, 0.005)
"""False-positive rates at which recall is told; by language it is told at the second."""


def average_precision(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """Mean over the positives of the precision at their score; equal scores come as one step."""
    ranked = sorted(zip(scores, positive, strict=True), key=lambda pair: -pair[0])
    total = sum(positive)
    found, precision_sum, place = 0, 0.0, 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        hits = sum(is_one for _, is_one in ranked[place:end])
        found += hits
        precision_sum += hits * found / end
        place = end
    return precision_sum / total


def threshold_at(scores: Sequence[float], positive: Sequence[bool], rate: float) -> float:
    """The score that at most the share ``rate`` of the negatives exceeds."""
    negatives = sorted((score for score, is_one in zip(scores, positive, strict=True) if not is_one), reverse=True)
    return negatives[int(rate * len(negatives))]


def measured(rows: Sequence[tuple[str, str, bool, str]], scores: Sequence[float]) -> dict[str, Any]:
    """Figures of rows (title, artist, positive, language) of both kinds. Without a language the title's words tell it,
    ``-`` where they tell none."""
    positive = [row[2] for row in rows]
    thresholds = {rate: threshold_at(scores, positive, rate) for rate in RATES}
    recall = {
        str(rate): sum(s > least for s, is_one in zip(scores, positive, strict=True) if is_one) / sum(positive)
        for rate, least in thresholds.items()
    }
    by_language: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (title, _, is_one, language), score in zip(rows, scores, strict=True):
        if is_one:
            counted = by_language[language or next(iter(languages_of(title)), "-")]
            counted[0] += score > thresholds[RATES[1]]
            counted[1] += 1
    return {
        "rows": len(rows),
        "positive": sum(positive),
        "average_precision": average_precision(scores, positive),
        "recall": recall,
        "by_language": dict(sorted(by_language.items())),
    }
