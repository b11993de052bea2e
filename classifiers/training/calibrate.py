"""Thresholds, null distribution and probabilities from measured clips: scalars and plain arrays, nothing trained.

The null distribution weighs every human source equally, for false positives of one source come from one mastering
chain. The thresholds are where recordings by people get with a chance of 0.25 % and 2 %.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from classifiers.ai.calibration import Calibration
from classifiers.training.manifest import Clip, Label
from classifiers.training.measure import Measurement
from classifiers.training.statistics import Mask, Scores, equal_weights, exponential_tail

LONG_S = 60.0
"""A recording long enough for no allowance to be made, in seconds."""

LIKELY_CHANCE = 0.0025
INCONCLUSIVE_CHANCE = 0.02
FEWEST_PEOPLE = 20
PRIOR = 0.1
"""Share of generated music among what is judged that the probabilities assume."""

_FURTHEST = 30.0
"""Where the search for a strength that is more likely generated than not ends: some data has none."""

OUTLIERS = 0.005
"""Share of recordings by people that no tail explains: under one of the hundred and more that were measured."""


def fit(clips: Sequence[Clip], measurements: Sequence[Measurement], before: Calibration) -> Calibration:
    """A calibration from these clips; ``before`` gives the version and what is asked of short recordings.

    With fewer than `FEWEST_PEOPLE` recordings by people there is no tail to fit, and ``before`` stays as it is.
    """
    scores = np.array([before.counted(found.strength, found.duration_s) for found in measurements])
    human = np.array([clip.label is Label.HUMAN and clip.is_music for clip in clips])
    ai = np.array([clip.label is Label.AI for clip in clips])
    if human.sum() < FEWEST_PEOPLE:
        return before
    weights = class_weights(clips, human, ai)
    begin, share, scale = exponential_tail(scores[human], weights[human])
    over = ai & (scores > begin)
    if over.any():
        excess = scores[over] - begin
        before = replace(
            before,
            ai_share=round(float(weights[over].sum() / weights[ai].sum()), 4),
            ai_scale=round(float((weights[over] * excess).sum() / weights[over].sum()), 4),
        )
    fitted = replace(
        before,
        prior=PRIOR,
        tail_from=round(begin, 3),
        tail_share=round(share, 4),
        tail_scale=round(scale, 4),
        outliers=OUTLIERS,
        likely=round(begin + scale * float(np.log(share / LIKELY_CHANCE)), 2),
        inconclusive=round(begin + scale * float(np.log(share / INCONCLUSIVE_CHANCE)), 2),
    )
    furthest = begin + _FURTHEST
    while fitted.probability(fitted.likely, LONG_S) <= 0.5 and fitted.likely < furthest:  # "likely" means what it says
        fitted = replace(fitted, likely=round(fitted.likely + 0.01, 2))
    return fitted


def class_weights(clips: Sequence[Clip], human: Mask, ai: Mask) -> Scores:
    """Weights under which `PRIOR` of the mass is AI and every source of a class has the same say; 0 for the rest."""
    weights = np.zeros(len(clips))
    for chosen, mass in ((human, 1 - PRIOR), (ai, PRIOR)):
        sources = [clip.source for clip, is_chosen in zip(clips, chosen, strict=True) if is_chosen]
        if sources:
            weights[chosen] = mass * equal_weights(sources)
    return weights


def save(calibration: Calibration, path: Path) -> None:
    """Write a calibration as JSON."""
    path.write_text(json.dumps(asdict(calibration), indent=1) + "\n", encoding="utf-8")
