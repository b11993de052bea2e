"""Figures of merit with their intervals. Everything here is a pure function of scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

Scores = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def auroc(positive: Scores, negative: Scores) -> float:
    """Area under the ROC curve: the chance that a positive scores over a negative, ties counting half."""
    if not len(positive) or not len(negative):
        return float("nan")
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return float(below.mean() / (2 * len(ordered)))


def clopper_pearson(hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval of a share (Clopper and Pearson, Biometrika 26, 1934)."""
    if trials == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, trials - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, trials - hits)) if hits < trials else 1.0
    return low, high


def threshold(negative: Scores, allowed: int) -> float:
    """The lowest threshold that at most ``allowed`` of these negatives lie over."""
    ordered = np.sort(negative)[::-1]
    return float(ordered[allowed]) if len(ordered) > allowed else float("-inf")


def left_out_thresholds(scores: Scores, groups: Sequence[str], allowed: int) -> dict[str, float]:
    """For each group the threshold that the other groups set."""
    order = np.argsort(scores)[::-1]
    ordered = [(float(scores[at]), groups[at]) for at in order.tolist()]
    return {name: _left_out_threshold(ordered, name, allowed) for name in sorted(set(groups))}


def _left_out_threshold(ordered: Sequence[tuple[float, str]], name: str, allowed: int) -> float:
    """The first score from above that more than ``allowed`` of the other groups reach."""
    left = allowed
    for score, group in ordered:
        if group != name:
            if left == 0:
                return score
            left -= 1
    return float("-inf")


LEAST_SCALE = 0.01


@dataclass(frozen=True)
class ReliabilityBin:
    """Clips whose probability lies in one bin: its mean, the share that came true, their mass and number."""

    probability: float
    share: float
    mass: float
    clips: int


def reliability(probabilities: Scores, truth: Scores, weights: Scores, bins: int = 10) -> list[ReliabilityBin]:
    """The reliability diagram over equal bins of probability; empty bins are left out. Masses sum to 1."""
    at = np.minimum((probabilities * bins).astype(int), bins - 1)
    total = float(weights.sum())
    found = []
    for index in range(bins):
        inside = at == index
        mass = float(weights[inside].sum())
        if mass > 0:
            mean = float((weights[inside] * probabilities[inside]).sum()) / mass
            share = float((weights[inside] * truth[inside]).sum()) / mass
            found.append(ReliabilityBin(mean, share, mass / total, int(inside.sum())))
    return found


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Expected calibration error: mean distance of probability and share, weighted by the bins' mass."""
    return sum(found.mass * abs(found.probability - found.share) for found in bins)


def roc(positive: Scores, negative: Scores) -> list[tuple[float, float]]:
    """Points (share of negatives over, share of positives over) of the ROC curve, from (0, 0) to (1, 1)."""
    if not len(positive) or not len(negative):
        return []
    limits = np.unique(np.concatenate([positive, negative]))[::-1]
    return [(0.0, 0.0)] + [(float((negative >= at).mean()), float((positive >= at).mean())) for at in limits]


@dataclass(frozen=True)
class Precision:
    """Share of right answers at a share of AI among what is delivered, and the interval that the counts leave open."""

    ai_share: float
    best: float
    low: float
    high: float


def precision(ai_share: float, found: tuple[int, int], false: tuple[int, int]) -> Precision:
    """Precision at a share of AI from hits among generated clips and among clips by people, each with its trials.

    Each rate has an exact interval of 97.5 %, so that both together hold with 95 % (Bonferroni); the ends pair the
    worst of one with the worst of the other.
    """

    def at(hit: float, miss: float) -> float:
        right = ai_share * hit
        return right / max(1e-12, right + (1 - ai_share) * miss)

    hit_low, hit_high = clopper_pearson(*found, confidence=0.975)
    miss_low, miss_high = clopper_pearson(*false, confidence=0.975)
    best = at(found[0] / max(1, found[1]), false[0] / max(1, false[1]))
    return Precision(ai_share, best, at(hit_low, miss_high), at(hit_high, miss_low))


def equal_weights(groups: Sequence[str]) -> Scores:
    """Weights that give every group the same say, summing to 1."""
    names, inverse, counts = np.unique(np.array(groups), return_inverse=True, return_counts=True)
    weights: Scores = 1.0 / (counts[inverse] * len(names))
    return weights


def exponential_tail(scores: Scores, weights: Scores, start: float = 0.8) -> tuple[float, float, float]:
    """Tail of a null distribution as ``(from, share, scale)``: P(score > x) = share * exp(-(x - from) / scale).

    The tail starts at a weighted quantile; excesses are cut at the 98th percentile of the scores, so that a few
    outliers, which may be wrong labels, do not decide it. Equal scores have no tail: its scale is `LEAST_SCALE` then.
    """
    order = np.argsort(scores)
    begin = float(scores[order][np.searchsorted(np.cumsum(weights[order]), start * weights.sum())])
    over = scores > begin
    if not over.any():
        return begin, 1 / (len(scores) + 1), LEAST_SCALE
    share = float(weights[over].sum() / weights.sum())
    excess = np.minimum(scores[over], np.quantile(scores, 0.98)) - begin
    scale = float((weights[over] * excess).sum() / weights[over].sum())
    return begin, share, max(scale, LEAST_SCALE)
