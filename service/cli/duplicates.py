"""``earmark duplicates``: groups of the same recording among files, without a service."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from service.cli.paths import audio_files_in, shown_path
from service.inert import inert

if TYPE_CHECKING:
    from classifiers.duplicates.fingerprint import FingerprintCodes
    from classifiers.duplicates.groups import Link

Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Audio files, or folders to walk through.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON lines on standard output, one a group.")]
Backing = Annotated[
    bool, typer.Option("--backing", help="Also show pairs that only share a backing or a loop; they make no group.")
]

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    app.command()(duplicates)


def duplicates(paths: Paths, as_json: AsJson = False, backing: Backing = False) -> None:
    """Groups of the same recording among files, whatever was done to it: codec, trim, speed, pitch, noise.

    A link's speed and pitch say what was done to b as against a. Silence, noise and steady tones match nothing.
    """
    from classifiers.duplicates.groups import candidate_pairs, grouped, link

    files = audio_files_in(paths)
    names, recordings, failed = _fingerprints(files)
    pairs = candidate_pairs(recordings)
    links = list(link(recordings, _with_progress(pairs, "comparing", len(pairs))))
    groups = grouped(links)
    told = {id(one) for _, touching in groups for one in touching}
    shown = [_object(names, group, touching) for group, touching in groups]
    if backing:
        shown += [_object(names, [], [one]) for one in links if id(one) not in told]
    if as_json:
        for one in shown:
            print(json.dumps(one, ensure_ascii=False), flush=True)
    else:
        _print(shown, len(names))
    if failed:
        typer.echo(f"{failed} of {len(files)} files could not be read", err=True)
        raise typer.Exit(1)


def _fingerprints(files: list[str]) -> "tuple[list[str], list[FingerprintCodes], int]":
    """Names and fingerprints of the files that can be read, and how many cannot."""
    from pathlib import Path

    from classifiers.audio.decode import Decoder, UnreadableAudio
    from classifiers.duplicates.listen import listen

    names: list[str] = []
    recordings: list[FingerprintCodes] = []
    with Decoder() as decoder:
        for file in _with_progress(files, "listening", len(files)):
            try:
                recordings.append(listen(Path(file), decoder))
            except UnreadableAudio as error:
                typer.echo(f"{shown_path(file)}: {error.reason.phrase}: {inert(error.detail)}", err=True)
                continue
            names.append(shown_path(file))
    return names, recordings, len(files) - len(names)


def _object(names: list[str], group: list[int], links: "list[Link]") -> dict[str, Any]:
    return {
        "group": [names[number] for number in group],
        "links": [
            {"a": names[one.a], "b": names[one.b], **one.match.model_dump(mode="json", exclude={"segments"})}
            | {"segments": [segment.model_dump(mode="json") for segment in one.match.segments]}
            for one in links
        ],
    }


def _with_progress(items: Iterable[T], what: str, total: int) -> Iterator[T]:
    """The items, with a progress bar on standard error where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(items, total=total)


def _print(shown: list[dict[str, Any]], heard: int) -> None:
    import sys

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("group", no_wrap=True)
    table.add_column("a", overflow="fold")
    table.add_column("b", overflow="fold")
    table.add_column("relation", no_wrap=True)
    for heading in ("overlap", "speed", "semitones", "score"):
        table.add_column(heading, justify="right", no_wrap=True)
    for number, one in enumerate(shown, start=1):
        for link in one["links"]:
            table.add_row(
                str(number) if one["group"] else "-",
                escape(link["a"]),
                escape(link["b"]),
                link["relation"].replace("_", " "),
                f"{link['overlap_s']:.1f} s",
                f"{link['speed_ratio']:.3f}",
                f"{link['pitch_semitones']:+.2f}",
                f"{link['score']:.2f}",
            )
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    groups = sum(bool(one["group"]) for one in shown)
    typer.echo(f"{groups} groups among {heard} recordings", err=True)
