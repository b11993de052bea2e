"""Figures of merit with their intervals. Everything here is a pure function of scores."""

from collections.abc import Sequence

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
    names = np.array(groups)
    return {name: threshold(scores[names != name], allowed) for name in sorted(set(groups))}


def calibration_error(probabilities: Scores, truth: Scores, weights: Scores, bins: int = 10) -> float:
    """Expected calibration error: mean distance of probability and share, over equal bins, weighted by their mass."""
    at = np.minimum((probabilities * bins).astype(int), bins - 1)
    total = float(weights.sum())
    error = 0.0
    for index in range(bins):
        inside = at == index
        mass = float(weights[inside].sum())
        if mass > 0:
            mean = float((weights[inside] * probabilities[inside]).sum()) / mass
            share = float((weights[inside] * truth[inside]).sum()) / mass
            error += mass / total * abs(mean - share)
    return error


def equal_weights(groups: Sequence[str]) -> Scores:
    """Weights that give every group the same say, summing to 1."""
    names, inverse, counts = np.unique(np.array(groups), return_inverse=True, return_counts=True)
    weights: Scores = 1.0 / (counts[inverse] * len(names))
    return weights


def exponential_tail(scores: Scores, weights: Scores, start: float = 0.8) -> tuple[float, float, float]:
    """Tail of a null distribution as ``(from, share, scale)``: P(score > x) = share * exp(-(x - from) / scale).

    The tail starts at a weighted quantile; excesses are cut at the 98th percentile of the scores, so that a few
    outliers, which may be wrong labels, do not decide it.
    """
    order = np.argsort(scores)
    begin = float(scores[order][np.searchsorted(np.cumsum(weights[order]), start * weights.sum())])
    over = scores > begin
    share = float(weights[over].sum() / weights.sum())
    excess = np.minimum(scores[over], np.quantile(scores, 0.98)) - begin
    scale = float((weights[over] * excess).sum() / weights[over].sum())
    return begin, share, scale
