"""What an evaluation found, as figures: families and sources left out in turn, shares found, false positives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from classifiers.ai.calibration import Calibration
from classifiers.ai.detector import SHORTEST_S
from classifiers.training.calibrate import class_weights, fit
from classifiers.training.decoders import GeneratorDecoder
from classifiers.training.manifest import Clip, Label
from classifiers.training.measure import Measurement
from classifiers.training.statistics import (
    Mask,
    Precision,
    ReliabilityBin,
    Scores,
    auroc,
    calibration_error,
    clopper_pearson,
    left_out_thresholds,
    precision,
    reliability,
    threshold,
)
from schemas.evidence import AiVerdict

AI_SHARES = (0.005, 0.1, 0.4)
"""Shares of AI among what is delivered that precision is told at: an old catalogue, and new deliveries of two kinds."""

MOST_FOLDS = 100
"""Sources beyond so many are left out several at a time."""


@dataclass(frozen=True)
class Found:
    """One group of clips against the human ones: AUROC, and how many lie over each threshold.

    ``over_threshold`` counts against the strength that at most one human music clip lies over (of the other sources,
    for a human source); ``likely`` and ``inconclusive`` against the thresholds in force; ``left_out_likely`` against
    those that are fitted without this family or source.
    """

    name: str
    clips: int
    auroc: float
    over_threshold: int
    likely: int
    inconclusive: int
    left_out_likely: int

    @property
    def over_interval(self) -> tuple[float, float]:
        return clopper_pearson(self.over_threshold, self.clips)

    @property
    def left_out_interval(self) -> tuple[float, float]:
        return clopper_pearson(self.left_out_likely, self.clips)


@dataclass(frozen=True)
class Scored:
    """A clip of either side on a plot: its family, its decoder where it was generated, its strength."""

    is_ai: bool
    family: str
    decoder: GeneratorDecoder
    score: float


@dataclass(frozen=True)
class Report:
    """All figures of an evaluation.

    ``threshold`` is the strength that at most one of all human music clips lies over; ``left_out_false`` counts the
    human music clips over the threshold that the other sources set. ``families`` are the AI families, ``by_decoder``
    their sums by kind of decoder, ``others`` what belongs to neither side, ``human`` the human sources, ``hard`` human
    loops, noises and clips under 10 s. Names that begin with ``long`` are of clips of at least 20 s alone.
    """

    threshold: float
    left_out_false: int
    human_clips: int
    families: dict[GeneratorDecoder, list[Found]]
    by_decoder: dict[GeneratorDecoder, Found]
    long_families: dict[GeneratorDecoder, list[Found]]
    long_by_decoder: dict[GeneratorDecoder, Found]
    others: list[Found]
    human: list[Found]
    hard: Found
    all_ai: Found
    all_long_ai: Found
    all_human: Found
    reliability: list[ReliabilityBin]
    precisions: list[Precision]
    false_names: list[tuple[str, float]]
    scored: list[Scored]

    @property
    def false_interval(self) -> tuple[float, float]:
        return clopper_pearson(self.left_out_false, self.human_clips)

    @property
    def calibration_error(self) -> float:
        return calibration_error(self.reliability)


def make_report(clips: Sequence[Clip], measurements: Sequence[Measurement], calibration: Calibration) -> Report:
    """The figures from clips and what was measured in them, in the same order."""
    evaluation = _Evaluation(clips, measurements, calibration)
    human, ai, long = evaluation.human, evaluation.ai, evaluation.long
    all_ai, all_human = evaluation.found("all", ai), evaluation.found("all", human)
    decoders = np.array([clip.decoder for clip in clips])

    def families(which: Mask) -> dict[GeneratorDecoder, list[Found]]:
        groups = {kind: evaluation.by_family(which & (decoders == kind)) for kind in GeneratorDecoder}
        return {kind: rows for kind, rows in groups.items() if rows}

    def sums(which: Mask) -> dict[GeneratorDecoder, Found]:
        chosen = {kind: which & (decoders == kind) for kind in GeneratorDecoder}
        return {kind: evaluation.found(f"all {kind}", mask) for kind, mask in chosen.items() if mask.any()}

    return Report(
        threshold=evaluation.threshold,
        left_out_false=all_human.over_threshold,
        human_clips=int(human.sum()),
        families=families(ai),
        by_decoder=sums(ai),
        long_families=families(ai & long),
        long_by_decoder=sums(ai & long),
        others=evaluation.by_family(~ai & ~human & ~evaluation.hard),
        human=evaluation.by([clip.source for clip in clips], human),
        hard=evaluation.found("loops, noises, clips under 10 s", evaluation.hard),
        all_ai=all_ai,
        all_long_ai=evaluation.found("all of at least 20 s", ai & long),
        all_human=all_human,
        reliability=evaluation.reliability(),
        precisions=[
            precision(share, (all_ai.left_out_likely, all_ai.clips), (all_human.left_out_likely, all_human.clips))
            for share in AI_SHARES
        ],
        false_names=evaluation.false_names(),
        scored=[
            Scored(bool(is_ai), clip.family, clip.decoder, float(score))
            for clip, is_ai, counts, score in zip(clips, ai, ai | human, evaluation.scores, strict=True)
            if counts
        ],
    )


class _Evaluation:
    """Clips and measurements with everything that is judged with their own family or source left out."""

    def __init__(self, clips: Sequence[Clip], measurements: Sequence[Measurement], calibration: Calibration) -> None:
        self._clips, self._measurements, self._calibration = clips, measurements, calibration
        self.scores: Scores = np.array(
            [calibration.counted(found.strength, found.duration_s) for found in measurements]
        )
        self.human: Mask = np.array([clip.label is Label.HUMAN and clip.is_music for clip in clips])
        self.hard: Mask = np.array([clip.label is Label.HUMAN and not clip.is_music for clip in clips])
        self.ai: Mask = np.array([clip.label is Label.AI for clip in clips])
        self.long: Mask = np.array([found.duration_s >= 20.0 for found in measurements])
        self.threshold = threshold(self.scores[self.human], 1)
        sources = [clip.source for clip, is_human in zip(clips, self.human, strict=True) if is_human]
        limits = left_out_thresholds(self.scores[self.human], sources, 1)
        self._limits: Scores = np.array(
            [
                limits[clip.source] if is_human else self.threshold
                for clip, is_human in zip(clips, self.human, strict=True)
            ]
        )
        self._verdicts = [self._verdict(calibration, found) for found in measurements]
        self._left_out = self._left_out_calibrations()

    def found(self, name: str, which: Mask) -> Found:
        chosen = np.flatnonzero(which).tolist()
        verdicts = [self._verdicts[at] for at in chosen]
        left_out = [self._verdict(self._left_out[at], self._measurements[at]) for at in chosen]
        return Found(
            name,
            len(chosen),
            auroc(self.scores[which], self.scores[self.human]),
            int((self.scores[which] > self._limits[which]).sum()),
            verdicts.count(AiVerdict.LIKELY_AI),
            verdicts.count(AiVerdict.INCONCLUSIVE),
            left_out.count(AiVerdict.LIKELY_AI),
        )

    def by(self, names: Sequence[str], which: Mask) -> list[Found]:
        every = np.array(names)
        return [self.found(str(name), which & (every == name)) for name in sorted(set(every[which]))]

    def by_family(self, which: Mask) -> list[Found]:
        return self.by([clip.origin for clip in self._clips], which)

    def false_names(self) -> list[tuple[str, float]]:
        """Human clips at which an answer was given, with their strengths, the strongest first."""
        over = np.flatnonzero((self.human | self.hard) & (self.scores >= self._calibration.inconclusive)).tolist()
        named = [(self._clips[at].path.name, round(float(self.scores[at]), 1)) for at in over]
        return sorted(named, key=lambda item: -item[1])

    def reliability(self) -> list[ReliabilityBin]:
        """Every clip's probability comes from a curve that was fitted without its family or source."""
        probabilities = np.array(
            [
                fitted.probability(found.strength, found.duration_s)
                for fitted, found in zip(self._left_out, self._measurements, strict=True)
            ]
        )
        counted = self.human | self.ai
        weights = class_weights(self._clips, self.human, self.ai)
        return reliability(probabilities[counted], self.ai[counted].astype(float), weights[counted])

    def _left_out_calibrations(self) -> list[Calibration]:
        """For every clip the calibration that is fitted without its AI family, or without its human source."""
        folds = _folds([clip.family if clip.label is Label.AI else clip.source for clip in self._clips])
        fitted: dict[tuple[bool, str], Calibration] = {}
        keys = [(clip.label is Label.AI, fold) for clip, fold in zip(self._clips, folds, strict=True)]
        for key in set(keys):
            outside = [at for at, other in enumerate(keys) if other != key]
            fitted[key] = fit(
                [self._clips[at] for at in outside], [self._measurements[at] for at in outside], self._calibration
            )
        return [fitted[key] for key in keys]

    @staticmethod
    def _verdict(calibration: Calibration, found: Measurement) -> AiVerdict:
        if found.duration_s < SHORTEST_S:
            return AiVerdict.NO_EVIDENCE
        return calibration.verdict(found.strength, found.duration_s)


def _folds(names: Iterable[str]) -> list[str]:
    """The names themselves, or, where there are more than `MOST_FOLDS`, as many parts of them by digest."""
    every = list(names)
    if len(set(every)) <= MOST_FOLDS:
        return every
    return [str(int.from_bytes(sha256(name.encode()).digest()[:4]) % MOST_FOLDS) for name in every]
