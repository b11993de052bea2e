"""What the residual network makes of labelled audio it was not trained on."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from classifiers.ai.network_score import Heard, Network
from classifiers.ai.stretches import Stretches
from classifiers.audio.decode import Decoder, UnreadableAudio
from classifiers.audio.spectra import ANALYSIS_RATE_HZ
from classifiers.training.manifest import Clip, Label, ManifestError, Use
from classifiers.training.measure import read_mono
from classifiers.training.statistics import auroc, clopper_pearson, threshold


@dataclass(frozen=True)
class Row:
    """A family or source: its clips, AUROC of score and of distance against the people, how many lie over the score
    that one of these reaches, and how many lie as far from what is usual as 5 % of them."""

    name: str
    clips: int
    auroc: float
    found: int
    auroc_of_distance: float
    unlike: int

    @property
    def interval(self) -> tuple[float, float]:
        return clopper_pearson(self.found, self.clips)


@dataclass(frozen=True)
class Figures:
    """The rows, and the music by people that they are held against."""

    rows: list[Row]
    people: list[Heard]
    unreadable: int


def evaluate_network(network: Network, clips: Sequence[Clip], progress: Callable[[str, int, int], None]) -> Figures:
    """Hear every clip that has a stretch that sounds, and hold families and sources against music by people.

    People are the clips of rows whose use is not ``train``: pairs may have been made of the others.

    Raises:
        ManifestError: fewer than two clips of music by people can be heard.
    """
    heard: list[tuple[Clip, Heard]] = []
    unreadable = 0
    with Decoder() as decoder:
        for number, clip in enumerate(clips, start=1):
            try:
                found = _hear(network, clip, decoder)
            except UnreadableAudio as error:
                unreadable += 1
                print(f"{clip.path}: {error}", file=sys.stderr)
                found = None
            heard += [(clip, found)] if found is not None else []
            progress("hearing", number, len(clips))
    people = [
        found for clip, found in heard if clip.label is Label.HUMAN and clip.is_music and clip.use is not Use.TRAIN
    ]
    if len(people) < 2:
        raise ManifestError("fewer than two clips of music by people, of rows whose use is not train, can be heard")
    groups: dict[str, list[Heard]] = {}
    for label in (Label.AI, Label.RECONSTRUCTION, Label.SYMBOLIC_RENDER):
        for clip, found in sorted(heard, key=lambda one: (one[0].family, one[0].source)):
            if clip.label is label:
                groups.setdefault(f"all {label}", []).append(found)
                groups.setdefault(clip.origin, []).append(found)
    return Figures([_row(name, those, people) for name, those in groups.items()], people, unreadable)


def _row(name: str, those: list[Heard], people: list[Heard]) -> Row:
    scores, usual_scores = (np.array([one.score for one in some]) for some in (those, people))
    distances, usual_distances = (np.array([one.distance for one in some]) for some in (those, people))
    return Row(
        name,
        len(those),
        auroc(scores, usual_scores),
        int((scores > threshold(usual_scores, 1)).sum()),
        auroc(distances, usual_distances),
        int((distances > threshold(usual_distances, len(people) // 20)).sum()),
    )


def _hear(network: Network, clip: Clip, decoder: Decoder) -> Heard | None:
    sound, rate_hz, _ = read_mono(clip.path, decoder)
    stretches = Stretches()
    stretches.feed(np.asarray(soxr.resample(sound, rate_hz, ANALYSIS_RATE_HZ), np.float32))
    return network.hear(stretches.finish())
