"""What the residual network makes of labelled audio it was not trained on."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from classifiers.ai.network_score import Network
from classifiers.ai.stretches import Stretches
from classifiers.audio.decode import Decoder, UnreadableAudio
from classifiers.audio.spectra import ANALYSIS_RATE_HZ
from classifiers.training.manifest import Clip, Label, ManifestError, Use
from classifiers.training.measure import read_mono
from classifiers.training.statistics import Scores, auroc, clopper_pearson, threshold


@dataclass(frozen=True)
class Row:
    """A family or source: its clips, AUROC against the people, and how many lie over what one of these reaches."""

    name: str
    clips: int
    auroc: float
    found: int

    @property
    def interval(self) -> tuple[float, float]:
        return clopper_pearson(self.found, self.clips)


@dataclass(frozen=True)
class Figures:
    """The rows, and the scores of music by people that they are held against."""

    rows: list[Row]
    people: Scores
    unreadable: int


def evaluate_network(network: Network, clips: Sequence[Clip], progress: Callable[[str, int, int], None]) -> Figures:
    """Score every clip that has a stretch that sounds, and hold families and sources against music by people.

    People are the clips of rows whose use is not ``train``: pairs may have been made of the others.

    Raises:
        ManifestError: fewer than two clips of music by people can be scored.
    """
    known: list[Clip] = []
    scores: list[float] = []
    unreadable = 0
    with Decoder() as decoder:
        for number, clip in enumerate(clips, start=1):
            try:
                score = _score(network, clip, decoder)
            except UnreadableAudio as error:
                unreadable += 1
                print(f"{clip.path}: {error}", file=sys.stderr)
                score = None
            if score is not None:
                known.append(clip)
                scores.append(score)
            progress("scoring", number, len(clips))
    every = np.array(scores)
    by_people = np.array([one.label is Label.HUMAN and one.is_music and one.use is not Use.TRAIN for one in known])
    people = every[by_people] if len(every) else every
    if len(people) < 2:
        raise ManifestError("fewer than two clips of music by people, of rows whose use is not train, can be scored")
    limit = threshold(people, 1)

    def row(name: str, which: list[bool]) -> Row:
        chosen = every[np.array(which)]
        return Row(name, len(chosen), auroc(chosen, people), int((chosen > limit).sum()))

    groups: dict[str, list[bool]] = {}
    for label in (Label.AI, Label.RECONSTRUCTION, Label.SYMBOLIC_RENDER):
        of_label = [clip.label is label for clip in known]
        if not any(of_label):
            continue
        groups[f"all {label}"] = of_label
        names = sorted({(clip.family, clip.source) for clip, one in zip(known, of_label, strict=True) if one})
        for family, source in names:
            groups[family if family == source else f"{family}: {source}"] = [
                one and (clip.family, clip.source) == (family, source)
                for clip, one in zip(known, of_label, strict=True)
            ]
    return Figures([row(name, which) for name, which in groups.items()], people, unreadable)


def _score(network: Network, clip: Clip, decoder: Decoder) -> float | None:
    sound, rate_hz, _ = read_mono(clip.path, decoder)
    stretches = Stretches()
    stretches.feed(np.asarray(soxr.resample(sound, rate_hz, ANALYSIS_RATE_HZ), np.float32))
    logits = network.logits(stretches.finish())
    return float(logits.mean()) if len(logits) else None
