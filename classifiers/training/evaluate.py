"""Measure the detector on labelled audio and write the model card.

``python -m classifiers.training.evaluate MANIFEST.csv`` does the same as ``earmark evaluate MANIFEST.csv``.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from classifiers.ai.calibration import CALIBRATION_FILE, Calibration
from classifiers.audio.decode import Decoder, UnreadableAudio
from classifiers.training.calibrate import fit, save
from classifiers.training.disguises import DISGUISES
from classifiers.training.manifest import Clip, Label, ManifestError, read_manifest
from classifiers.training.measure import Measurement, measure_file
from classifiers.training.model_card import Disguised, Run, as_json, model_card
from classifiers.training.report import Report, make_report
from schemas.evidence import AiVerdict

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""

_MOST_DISGUISED = 40

Measured = list[tuple[Clip, Measurement]]


def evaluate(
    manifest: Path,
    *,
    card: Path | None,
    command: str,
    disguises: Sequence[str] = (),
    calibrate_as: str | None = None,
    calibration_file: Path = CALIBRATION_FILE,
    progress: Progress,
) -> tuple[Report, int]:
    """Measure every clip of a manifest; write the model card where a path is given.

    With ``calibrate_as``, the name of a new version, the calibration is fitted first and written to its file.

    Returns the figures and how many clips could not be read.

    Raises:
        ManifestError: the manifest cannot be used.
    """
    calibration = Calibration.load()
    clips = read_manifest(manifest)
    if not any(clip.label is Label.HUMAN for clip in clips):
        raise ManifestError("without clips by people there is no threshold")
    with Decoder() as decoder:
        measured = list(_measured(clips, decoder, progress))
        known, found = [clip for clip, _ in measured], [measurement for _, measurement in measured]
        if calibrate_as:
            calibration = replace(fit(known, found, calibration), model=calibrate_as)
            save(calibration, calibration_file)
        report = make_report(known, found, calibration)
        rows = [_disguised(name, measured, decoder, calibration, progress) for name in disguises]
    unreadable = len(clips) - len(measured)
    if card is not None:
        digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
        run = Run(command, _commit(), digest, len(clips), unreadable)
        card.parent.mkdir(parents=True, exist_ok=True)
        card.write_text(model_card(run, calibration, report, rows), encoding="utf-8")
    return report, unreadable


def _measured(clips: Sequence[Clip], decoder: Decoder, progress: Progress) -> Iterable[tuple[Clip, Measurement]]:
    for number, clip in enumerate(clips, start=1):
        try:
            yield clip, measure_file(clip.path, decoder)
        except UnreadableAudio as error:
            print(f"{clip.path}: {error}", file=sys.stderr)
        progress("measuring", number, len(clips))


def _disguised(
    name: str, measured: Measured, decoder: Decoder, calibration: Calibration, progress: Progress
) -> Disguised:
    """Found clips in disguise (are they still found?) and human music in disguise (is it taken for AI now?)."""

    def likely(found: Measurement) -> bool:
        return calibration.verdict(found.strength, found.duration_s) is AiVerdict.LIKELY_AI

    found = [clip for clip, plain in measured if clip.label is Label.AI and likely(plain)]
    human = [clip for clip, plain in measured if clip.label is Label.HUMAN and clip.is_music and not likely(plain)]
    found, human = _spread(found), _spread(human)
    counts = {True: 0, False: 0}
    for number, clip in enumerate([*found, *human], start=1):
        counts[number <= len(found)] += likely(measure_file(clip.path, decoder, DISGUISES[name]))
        progress(name, number, len(found) + len(human))
    return Disguised(name, len(found), counts[True], len(human), counts[False])


def _spread(clips: Sequence[Clip]) -> list[Clip]:
    """At most `_MOST_DISGUISED` clips, taken evenly from all: disguises take long."""
    step = max(1.0, len(clips) / _MOST_DISGUISED)
    return [clips[int(at * step)] for at in range(min(len(clips), _MOST_DISGUISED))]


def _commit() -> str:
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


def _say(what: str, done: int, of: int) -> None:
    if done == of or done % 20 == 0:
        print(f"{what}: {done} of {of}", file=sys.stderr, flush=True)


def main() -> int:
    """Command line; exit code 0 when every clip was read, 1 when some were not, 2 for wrong use."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.evaluate", description=__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--card", type=Path, default=Path("docs/model-card.md"))
    parser.add_argument("--robustness", action="store_true", help="measure every disguise too (minutes)")
    parser.add_argument("--calibrate", metavar="VERSION", help="fit the thresholds on these clips first")
    arguments = parser.parse_args()
    command = f"python -m classifiers.training.evaluate {arguments.manifest}" + " --robustness" * arguments.robustness
    try:
        report, unreadable = evaluate(
            arguments.manifest,
            card=arguments.card,
            command=command,
            disguises=tuple(DISGUISES) if arguments.robustness else (),
            calibrate_as=arguments.calibrate,
            progress=_say,
        )
    except (OSError, ManifestError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(as_json(report)))
    return 1 if unreadable else 0


if __name__ == "__main__":
    sys.exit(main())
