"""Measure the share of spoken word.

``python -m classifiers.training.speech MANIFEST.csv --spoken NAME... [--card FILE]``

``NAME`` is a part of the path of a clip that is spoken word; every other clip of the manifest is music, singing or
noise. Nothing is fitted by this: the bounds in :mod:`classifiers.audio.speech` were chosen on the ``train`` clips.
"""

import argparse
import csv
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classifiers.audio.decode import Decoder, Limits, UnreadableAudio
from classifiers.audio.spectra import ONSET_HOP, ONSET_N_FFT, ONSET_RATE_HZ, PowerFrames, Resampler, downmix
from classifiers.audio.speech import Speech

SPOKEN = "spoken word"
_MOST = 0.5
"""From this share on a track counts as spoken."""


@dataclass
class Group:
    """Clips of one kind, by what was said of them."""

    clips: int = 0
    spoken: int = 0
    unknown: int = 0
    names: list[str] = field(default_factory=list)
    """Of clips that were taken for what they are not, or of which nothing was said."""


def share_of(path: Path, decoder: Decoder) -> tuple[float | None, float]:
    """Share of spoken word in a file, and its length in seconds."""
    stream = decoder.open(path, Limits())
    to_music = Resampler(stream.info.sample_rate_hz, ONSET_RATE_HZ)
    frames, speech = PowerFrames(ONSET_N_FFT, ONSET_HOP, batch=64), Speech()

    def take(power: Iterable[object]) -> None:
        for batch in power:
            speech.feed_onset(batch)  # type: ignore[arg-type]

    for block in stream:
        take(frames.feed(to_music.feed(downmix(block))))
    take(frames.feed(to_music.feed(downmix(block)[:0], last=True)))
    take(frames.finish())
    return speech.finish(), stream.duration_s


def measure(manifest: Path, spoken: Sequence[str]) -> dict[tuple[str, str], Group]:
    """Groups by kind and use, over all clips of at least ten seconds."""
    groups: dict[tuple[str, str], Group] = {}
    with Decoder() as decoder, manifest.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                share, duration_s = share_of(manifest.parent / row["path"], decoder)
            except UnreadableAudio as error:
                print(f"{row['path']}: {error}", file=sys.stderr)
                continue
            if duration_s < 10.0:
                continue
            is_spoken = any(name in row["path"] for name in spoken)
            group = groups.setdefault((SPOKEN if is_spoken else _kind(row), row["use"]), Group())
            group.clips += 1
            group.unknown += share is None
            group.spoken += share is not None and share >= _MOST
            if share is None or (share >= _MOST) != is_spoken:
                group.names.append(f"{Path(row['path']).name} ({'unknown' if share is None else f'{share:.2f}'})")
    return groups


def _kind(row: dict[str, str]) -> str:
    if row["content"] == "singing" or row["family"] in ("singing", "svs"):
        return "singing alone"
    if row["content"] in ("loop", "nonmusic"):
        return "loops and noises by people"
    return f"music, {row['label']}"


def card(groups: dict[tuple[str, str], Group], command: str) -> str:
    """The figures as a Markdown page."""
    asked = ["git", "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(asked, check=False, capture_output=True, text=True, cwd=Path(__file__).parent)
    lines = [
        "# Model card: share of spoken word",
        "",
        "Seven properties of each three seconds of sound (how deep and how often it swings, its pauses, how far and",
        "how fast its colour moves, one pitch, no beat), each with a bound; the least convinced decides.",
        "`audio.speech` is the share of such stretches, and unknown where more than a quarter of them are undecided",
        "or under nine seconds of sound are heard. The bounds are constants in `classifiers/audio/speech.py`, chosen",
        "on `train` clips; which properties there are was chosen while looking at all clips, so the figures on",
        "`evaluate` clips flatter.",
        "",
        f"Measured at commit `{commit.stdout.strip() or 'unknown'}` by `{command}`,",
        f"clips of ten seconds and more. *Spoken* is a share of {_MOST:.0%} or more.",
        "",
        "| | use | clips | spoken | unknown |",
        "|---|---|---:|---:|---:|",
    ]
    for (kind, use), group in sorted(groups.items(), key=lambda item: (item[0][0] != SPOKEN, item[0])):
        lines.append(f"| {kind} | {use} | {group.clips} | {group.spoken} | {group.unknown} |")
    wrong = [f"`{name}`" for group in groups.values() for name in group.names]
    lines += [
        "",
        f"Wrong or unknown: {', '.join(sorted(wrong)) or 'none'}.",
        "",
        "Weaknesses: three readers are all the spoken word there was to measure on, so how much is found can only be",
        "guessed. Talk over music, in a hall or over the telephone was not measured, and talk over music counts as",
        "music. A voice that raps or sings alone can be taken for speech. It routes and never holds by itself: no rule",
        "may hold or block on facts of the sound alone.",
        "",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.speech", description=__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--spoken", nargs="+", required=True, metavar="NAME")
    parser.add_argument("--card", type=Path)
    wanted = parser.parse_args(arguments)
    command = f"python -m classifiers.training.speech {wanted.manifest} --spoken {' '.join(wanted.spoken)}"
    page = card(measure(wanted.manifest, wanted.spoken), command)
    if wanted.card:
        wanted.card.write_text(page, encoding="utf-8")
    else:
        print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
