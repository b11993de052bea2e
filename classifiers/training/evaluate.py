"""Measure the detector on labelled audio and write the model card with its plots."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from classifiers.ai.calibration import CALIBRATION_FILE, Calibration
from classifiers.audio.decode import Decoder, UnreadableAudio
from classifiers.training.calibrate import fit, save
from classifiers.training.disguises import DISGUISES
from classifiers.training.guard_table import Guarded, guard_table
from classifiers.training.layouts import Labelled, sampled
from classifiers.training.manifest import Clip, Label, ManifestError
from classifiers.training.measure import Measurement, measure_file
from classifiers.training.model_card import Disguised, Run, Source, model_card
from classifiers.training.plots import plots
from classifiers.training.report import Report, make_report
from schemas.evidence import AiVerdict

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""

MOST_DISGUISED = 40
"""Clips of either side that are disguised, unless more or fewer are asked for."""

Measured = list[tuple[Clip, Measurement]]


def evaluate(
    labelled: Sequence[Labelled],
    *,
    card: Path | None,
    command: str,
    calibration: Calibration | None = None,
    most_per_family: int | None = None,
    disguises: Sequence[str] = (),
    most_disguised: int = MOST_DISGUISED,
    guards: bool = False,
    calibrate_as: str | None = None,
    calibration_file: Path = CALIBRATION_FILE,
    progress: Progress,
) -> tuple[Report, int]:
    """Measure every clip of these places; write the model card and its plots where a path is given.

    With ``calibrate_as``, the name of a new version, the calibration is fitted first and written to its file;
    ``calibration`` is the one to measure with where that is not the one that comes with Earmark. ``disguises`` are
    measured on at most ``most_disguised`` clips of either side; ``guards`` measures without each guard as well.

    Returns the figures and how many clips could not be read.

    Raises:
        ManifestError: there are no clips by people.
    """
    calibration = calibration or Calibration.load()
    clips = [clip for place in labelled for clip in place.clips]
    if most_per_family is not None:
        clips = sampled(clips, most_per_family)
    if not any(clip.label is Label.HUMAN for clip in clips):
        raise ManifestError("without clips by people there is no threshold")
    with Decoder() as decoder:
        measured = list(measure_all(clips, decoder, progress, guards=guards))
        if not any(clip.label is Label.HUMAN and clip.is_music for clip, _ in measured):
            raise ManifestError("none of the clips by people is music of 10 s that can be read: there is no threshold")
        known, found = [clip for clip, _ in measured], [measurement for _, measurement in measured]
        if calibrate_as:
            calibration = replace(fit(known, found, calibration), model=calibrate_as)
            save(calibration, calibration_file)
        report = make_report(known, found, calibration)
        rows = [_disguised(name, measured, decoder, calibration, most_disguised, progress) for name in disguises]
    unreadable = len(clips) - len(measured)
    if card is not None:
        sources = [Source(place.place.name, place.layout, place.sha256, len(place.clips)) for place in labelled]
        run = Run(command, commit(), sources, len(clips), unreadable, sum(place.absent for place in labelled))
        write_card(card, run, calibration, report, rows, guard_table(measured, calibration) if guards else ())
    return report, unreadable


def write_card(
    card: Path,
    run: Run,
    calibration: Calibration,
    report: Report,
    disguised: Sequence[Disguised] = (),
    guarded: Sequence[Guarded] = (),
) -> None:
    """Write the card as Markdown and its plots beside it, ``model-card-roc.svg`` and so on."""
    card.parent.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, svg in plots(report, calibration.likely, calibration.inconclusive).items():
        files[name] = f"{card.stem}-{name}.svg"
        card.with_name(files[name]).write_text(svg, encoding="utf-8")
    card.write_text(model_card(run, calibration, report, disguised, files, guarded), encoding="utf-8")


def measure_all(
    clips: Sequence[Clip], decoder: Decoder, progress: Progress, *, guards: bool = False
) -> Iterable[tuple[Clip, Measurement]]:
    """Every clip that can be read with what the detector finds; a length that nobody said is the one that was heard."""
    for number, clip in enumerate(clips, start=1):
        try:
            found = measure_file(clip.path, decoder, guards=guards)
            yield clip if clip.length_is_known else replace(clip, duration_s=found.duration_s), found
        except UnreadableAudio as error:
            print(f"{clip.path}: {error}", file=sys.stderr)
        progress("measuring", number, len(clips))


def _disguised(
    name: str, measured: Measured, decoder: Decoder, calibration: Calibration, most: int, progress: Progress
) -> Disguised:
    """Found clips in disguise (are they still found?) and human music in disguise (is it taken for AI now?)."""

    def likely(found: Measurement) -> bool:
        return calibration.verdict(found.strength, found.duration_s) is AiVerdict.LIKELY_AI

    found = [clip for clip, plain in measured if clip.label is Label.AI and likely(plain)]
    human = [clip for clip, plain in measured if clip.label is Label.HUMAN and clip.is_music and not likely(plain)]
    found, human = _spread(found, most), _spread(human, most)
    counts = {True: 0, False: 0}
    for number, clip in enumerate([*found, *human], start=1):
        counts[number <= len(found)] += likely(measure_file(clip.path, decoder, DISGUISES[name]))
        progress(name, number, len(found) + len(human))
    return Disguised(name, len(found), counts[True], len(human), counts[False])


def _spread(clips: Sequence[Clip], most: int) -> list[Clip]:
    """At most so many clips, taken evenly from all: disguises take long."""
    step = max(1.0, len(clips) / most)
    return [clips[int(at * step)] for at in range(min(len(clips), most))]


def commit() -> str:
    """The commit of the working copy, or ``unknown`` outside one."""
    try:
        said = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parent,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return said.stdout.strip()
