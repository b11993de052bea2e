"""Fit a new version of the detector's parameters on labelled clips that may be learned from.

What is fitted are tails of null distributions, thresholds and the course of the probability: plain numbers. Weights may
come from ``train`` rows alone. A quantile of what recordings by people reach is a measurement, and measurements may be
taken on ``evaluate`` rows as well where that is asked for.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from classifiers.ai.calibration import Calibration
from classifiers.ai.model import Model, check_version, write_model
from classifiers.audio.decode import Decoder
from classifiers.pipeline import PIPELINE_VERSION
from classifiers.training.calibrate import FEWEST_PEOPLE, fit
from classifiers.training.evaluate import commit, measure_all, write_card
from classifiers.training.layouts import Labelled
from classifiers.training.manifest import Clip, Label, ManifestError, Use
from classifiers.training.model_card import Run, Source
from classifiers.training.report import Report, make_report
from schemas.ai_model import FittedOn
from schemas.review import DecisionBasis

CARD = "model-card.md"


@dataclass(frozen=True)
class Trained:
    """A new model, the figures of its card, how many clips it was fitted on, and why the others were refused."""

    model: Model
    report: Report
    used: int
    refused: dict[str, int]
    unreadable: int


def refusal(clip: Clip, *, people_of_all_rows: bool) -> str | None:
    """Why a clip may not be fitted on; None where it may.

    A decision of a reviewer counts where it rests on something other than the score: EITHER it was made blind OR it
    rests on provenance OR on an admission. Otherwise a model would learn its own opinion.
    """
    if clip.label not in (Label.AI, Label.HUMAN):
        return "neither by a generator nor by a person"
    if clip.basis and clip.basis not in {*DecisionBasis}:
        return "decided with the score in view"
    if clip.use is Use.TRAIN or (people_of_all_rows and clip.label is Label.HUMAN):
        return None
    return "for evaluation alone"


def train(
    labelled: Sequence[Labelled],
    *,
    version: str,
    folder: Path,
    command: str,
    now: datetime,
    people_of_all_rows: bool = False,
    progress: Callable[[str, int, int], None],
) -> Trained:
    """Fit and write the model ``folder / version`` with its card and plots.

    Raises:
        ManifestError: too few clips may be fitted on.
        ModelError: there is such a version already, or its name is none.
    """
    check_version(folder / version)
    refused: Counter[str] = Counter()
    chosen: list[list[Clip]] = []
    for place in labelled:
        reasons = [refusal(clip, people_of_all_rows=people_of_all_rows) for clip in place.clips]
        refused.update(reason for reason in reasons if reason is not None)
        chosen.append([clip for clip, reason in zip(place.clips, reasons, strict=True) if reason is None])
    clips = [clip for of_place in chosen for clip in of_place]
    if not any(clip.label is Label.AI for clip in clips):
        raise ManifestError("no generated clip may be trained on: rows need label ai and use train")
    with Decoder() as decoder:
        measured = list(measure_all(clips, decoder, progress))
    known, found = [clip for clip, _ in measured], [measurement for _, measurement in measured]
    people = sum(clip.label is Label.HUMAN and clip.is_music for clip in known)
    if people < FEWEST_PEOPLE:
        raise ManifestError(
            f"{people} clips of music of 10 s by people may be fitted on; a null distribution needs {FEWEST_PEOPLE}"
        )
    if not any(clip.label is Label.AI for clip in known):
        raise ManifestError("none of the generated clips can be read")
    calibration = replace(fit(known, found, Calibration.load()), model=version)
    model = write_model(
        folder / version,
        calibration,
        pipeline=PIPELINE_VERSION,
        fitted_on=[
            FittedOn(
                name=place.place.name,
                sha256=place.sha256,
                clips=len(of_place),
                refused=len(place.clips) - len(of_place),
            )
            for place, of_place in zip(labelled, chosen, strict=True)
        ],
        fitted_at=now,
        commit=commit(),
    )
    report = make_report(known, found, calibration)
    sources = [
        Source(place.place.name, place.layout, place.sha256, len(of_place))
        for place, of_place in zip(labelled, chosen, strict=True)
    ]
    unreadable = len(clips) - len(measured)
    run = Run(command, commit(), sources, len(clips), unreadable)
    write_card(folder / version / CARD, run, calibration, report)
    return Trained(model, report, len(measured), dict(refused), unreadable)
