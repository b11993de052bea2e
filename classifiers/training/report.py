"""What an evaluation found, as figures: thresholds of left-out sources, shares found, false positives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.ai.calibration import Calibration
from classifiers.ai.detector import SHORTEST_S
from classifiers.training.calibrate import class_weights, fit
from classifiers.training.manifest import Clip, Label
from classifiers.training.measure import Measurement
from classifiers.training.statistics import (
    Mask,
    auroc,
    calibration_error,
    clopper_pearson,
    left_out_thresholds,
    threshold,
)
from schemas.evidence import AiVerdict


@dataclass(frozen=True)
class Found:
    """One group of clips against the human ones: AUROC, and how many lie over each threshold."""

    name: str
    clips: int
    auroc: float
    over_threshold: int
    likely: int
    inconclusive: int


@dataclass(frozen=True)
class Report:
    """All figures of an evaluation.

    ``threshold`` is the strength that at most one of all human music clips lies over; ``left_out_false`` counts the
    human music clips over the threshold that the other sources set. ``families`` are the AI families, ``others``
    what belongs to neither side, ``human`` the human sources, ``hard`` human loops, noises and clips under 10 s.
    """

    threshold: float
    left_out_false: int
    human_clips: int
    families: list[Found]
    long_families: list[Found]
    others: list[Found]
    human: list[Found]
    hard: Found
    all_ai: Found
    all_long_ai: Found
    calibration_error: float
    false_names: list[tuple[str, float]]

    @property
    def false_interval(self) -> tuple[float, float]:
        return clopper_pearson(self.left_out_false, self.human_clips)


def make_report(clips: Sequence[Clip], measurements: Sequence[Measurement], calibration: Calibration) -> Report:
    """The figures from clips and what was measured in them, in the same order."""
    scores = np.array([calibration.counted(found.strength, found.duration_s) for found in measurements])
    human = np.array([clip.label is Label.HUMAN and clip.is_music for clip in clips])
    hard = np.array([clip.label is Label.HUMAN and not clip.is_music for clip in clips])
    ai = np.array([clip.label is Label.AI for clip in clips])
    long = np.array([measurement.duration_s >= 20.0 for measurement in measurements])
    sources = [clip.source for clip, is_human in zip(clips, human, strict=True) if is_human]
    limit = threshold(scores[human], 1)
    limits = left_out_thresholds(scores[human], sources, 1)
    false = sum(score > limits[source] for score, source in zip(scores[human], sources, strict=True))

    def found(name: str, which: Mask) -> Found:
        chosen = scores[which]
        verdicts = [
            calibration.verdict(measurement.strength, measurement.duration_s)
            if measurement.duration_s >= SHORTEST_S
            else AiVerdict.NO_EVIDENCE
            for measurement, is_chosen in zip(measurements, which, strict=True)
            if is_chosen
        ]
        return Found(
            name,
            len(chosen),
            auroc(chosen, scores[human]),
            int((chosen > limit).sum()),
            verdicts.count(AiVerdict.LIKELY_AI),
            verdicts.count(AiVerdict.INCONCLUSIVE),
        )

    def by(names: Sequence[str], which: Mask) -> list[Found]:
        every = np.array(names)
        return [found(str(name), which & (every == name)) for name in sorted(set(every[which]))]

    families = [f"{clip.family}: {clip.source}" if clip.family != clip.source else clip.family for clip in clips]
    over = [
        (clip.path.name, round(float(score), 1))
        for clip, score, is_human in zip(clips, scores, human | hard, strict=True)
        if is_human and score >= calibration.inconclusive
    ]
    return Report(
        threshold=limit,
        left_out_false=int(false),
        human_clips=int(human.sum()),
        families=by(families, ai),
        long_families=by(families, ai & long),
        others=by(families, ~ai & ~human & ~hard),
        human=by([clip.source for clip in clips], human),
        hard=found("loops, noises, clips under 10 s", hard),
        all_ai=found("all", ai),
        all_long_ai=found("all of at least 20 s", ai & long),
        calibration_error=_left_out_calibration_error(clips, measurements, calibration, human, ai),
        false_names=sorted(over, key=lambda item: -item[1]),
    )


def _left_out_calibration_error(
    clips: Sequence[Clip], measurements: Sequence[Measurement], calibration: Calibration, human: Mask, ai: Mask
) -> float:
    """Calibration error when every clip's probability comes from a curve fitted without its family."""
    probabilities = np.zeros(len(clips))
    for family in {clip.family for clip in clips}:
        inside = np.array([clip.family == family for clip in clips])
        if not (inside & (human | ai)).any() or not (~inside & human).any():
            continue
        outside = np.flatnonzero(~inside).tolist()
        fitted = fit([clips[at] for at in outside], [measurements[at] for at in outside], calibration)
        for at in np.flatnonzero(inside).tolist():
            probabilities[at] = fitted.probability(measurements[at].strength, measurements[at].duration_s)
    counted = human | ai
    weights = class_weights(clips, human, ai)
    return calibration_error(probabilities[counted], ai[counted].astype(float), weights[counted])
