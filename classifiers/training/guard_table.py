"""What each guard of the detector costs and saves: clips that are called generated with it and without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.ai.calibration import Calibration
from classifiers.ai.detector import SHORTEST_S
from classifiers.ai.guards import Guard
from classifiers.training.manifest import Clip, Label
from classifiers.training.measure import Measurement
from schemas.evidence import AiVerdict

Counted = tuple[Clip, Measurement]


@dataclass(frozen=True)
class Guarded:
    """A family, or a sum of them: clips that are `likely_ai` with all guards, and without each one."""

    name: str
    clips: int
    likely: int
    without: Mapping[Guard, int]


def guard_table(counted: Sequence[Counted], calibration: Calibration) -> list[Guarded]:
    """Rows for every generator, for what belongs to neither side, and last for the human music and its hard negatives.

    All reconstructions at hand are short: clips under 10 s, on which the product says nothing, count among them as if
    they were longer. Thresholds are those in force, which were fitted with all guards in place: a guard that takes much
    off human recordings shows as false positives where it is missing.
    """

    def rows(which: Label) -> list[Guarded]:
        chosen = [one for one in counted if one[0].label is which]
        names = sorted({_name(clip) for clip, _ in chosen})
        short = which is not Label.AI
        return [
            _row(name, [one for one in chosen if _name(one[0]) == name], calibration, short=short) for name in names
        ]

    ai = [one for one in counted if one[0].label is Label.AI]
    people = [one for one in counted if one[0].label is Label.HUMAN]
    return [
        *rows(Label.AI),
        *rows(Label.RECONSTRUCTION),
        *rows(Label.SYMBOLIC_RENDER),
        _row("all generators", ai, calibration),
        _row("human music: false positives", [one for one in people if one[0].is_music], calibration),
        _row("human loops, noises, short clips: false", [one for one in people if not one[0].is_music], calibration),
    ]


def _name(clip: Clip) -> str:
    return clip.family if clip.family == clip.source else f"{clip.family}: {clip.source}"


def _row(name: str, counted: Sequence[Counted], calibration: Calibration, *, short: bool = False) -> Guarded:
    def likely(strength: float, duration_s: float) -> bool:
        return (short or duration_s >= SHORTEST_S) and calibration.verdict(strength, duration_s) is AiVerdict.LIKELY_AI

    found = [measured for _, measured in counted]
    return Guarded(
        name,
        len(found),
        sum(likely(one.strength, one.duration_s) for one in found),
        {guard: sum(likely(one.without[guard], one.duration_s) for one in found) for guard in Guard},
    )
