"""``earmark analyze``: evidence for files and folders, without a service."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.paths import audio_files_in, path_text
from service.inert import inert

if TYPE_CHECKING:
    from rich.table import Table

    from service.settings import Settings

Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Audio files, or folders to walk through.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON lines on standard output, one a file.")]
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="MODEL", help="Version or folder of the model; left out, the one EARMARK_AI_MODEL names."
    ),
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Processes to spread the files over.")]


def register(app: typer.Typer) -> None:
    app.command()(analyze)


def analyze(paths: Paths, as_json: AsJson = False, jobs: Jobs = 1, model: ModelName = None) -> None:
    """Evidence for files or folders: AI likelihood, generator tags, loudness, noise, loops, fingerprint.

    Judged as the service would: by the model, the searches and the trusted certificates of the settings.
    """
    from classifiers.ai.model import ModelError
    from service.models import find_model, residual_network
    from service.settings import Settings

    settings = Settings()
    settings = settings if model is None else settings.model_copy(update={"ai_model": model})
    try:
        find_model(settings, settings.ai_model)
        residual_network(settings)
        _trust_anchors(settings)
    except (ModelError, OSError) as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(2) from error
    files = audio_files_in(paths)
    if not files:
        typer.echo("earmark: no audio files there", err=True)
        return
    table = _table()
    failed = 0
    for found in _with_progress(_results(files, jobs, settings), len(files)):
        failed += "error" in found
        if as_json:
            print(json.dumps(found, ensure_ascii=False), flush=True)
        else:
            table.add_row(*_row(found))
    if not as_json:
        _print(table)
    if failed:
        typer.echo(f"{failed} of {len(files)} files could not be analysed", err=True)
        raise typer.Exit(1)


def _results(files: list[str], jobs: int, settings: "Settings") -> Iterator[dict[str, Any]]:
    """What was found in each file, in the order of the files."""
    jobs = min(jobs, len(files))
    if jobs == 1:
        find = finder(settings)
        yield from map(find, files)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_start_process, initargs=(settings,)
    ) as pool:
        yield from pool.map(_find_in_process, files)


_finder: Callable[[str], dict[str, Any]]


def _start_process(settings: "Settings") -> None:
    global _finder
    _finder = finder(settings)


def _find_in_process(path: str) -> dict[str, Any]:
    return _finder(path)


def finder(settings: "Settings") -> Callable[[str], dict[str, Any]]:
    """A function that analyses one file after another in this process, with one decoder child for all of them.

    It gives the object that ``--json`` prints, and never raises for the sake of one file.
    """
    from pathlib import Path

    from classifiers.pipeline import Decoder, UnreadableAudio, analyse
    from service.models import live_model, residual_network

    decoder, model, network = Decoder(), live_model(settings), residual_network(settings)
    anchors = _trust_anchors(settings)

    def find(path: str) -> dict[str, Any]:
        shown = path_text(path)
        try:
            evidence = analyse(
                Path(path),
                decoder=decoder,
                trust_anchors=anchors,
                comb_search=settings.ai_comb_search,
                clock_search=settings.ai_clock_search,
                model=model,
                network=network,
            ).evidence
        except UnreadableAudio as error:
            problem = {"type": "unreadable-audio", "title": error.reason.phrase, "detail": error.detail}
            return {"path": shown, "error": {**problem, "reason": error.reason.value}}
        except Exception as error:
            problem = {
                "type": "internal-error",
                "title": "The analysis failed",
                "detail": f"{type(error).__name__}: {error}",
            }
            return {"path": shown, "error": problem}
        return {"path": shown, **evidence.model_dump(mode="json")}

    return find


def _trust_anchors(settings: "Settings") -> str:
    path = settings.c2pa_trust_anchors
    return path.read_text("utf-8") if path else ""


def _with_progress(results: Iterator[dict[str, Any]], total: int) -> Iterator[dict[str, Any]]:
    """The results as they come, with a progress bar on standard error where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("analysing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("analysing", total=total)
        for result in results:
            progress.advance(task)
            yield result


def _table() -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file", overflow="fold")
    table.add_column("length", justify="right", no_wrap=True)
    table.add_column("format", no_wrap=True)
    table.add_column("AI", no_wrap=True)
    table.add_column("p", justify="right", no_wrap=True)
    table.add_column("tag", no_wrap=True)
    for heading in ("LUFS", "dBTP", "kHz", "noise", "loop"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("notes", overflow="fold")
    return table


def _row(found: dict[str, Any]) -> list[str]:
    from rich.markup import escape

    if "error" in found:
        error = found["error"]
        return [escape(inert(found["path"])), *[""] * 10, escape(f"{error['title']}: {inert(error['detail'])}")]
    ai, audio = found["ai"], found["audio"]
    notes = [*ai["reasons"], *filter(None, [ai["abstained"], found["truncated"]])]
    cells = [
        inert(found["path"]),
        f"{int(found['duration_s'] // 60)}:{found['duration_s'] % 60:04.1f}",
        f"{found['codec']} {found['sample_rate_hz'] / 1000:g}k",
        ai["verdict"].replace("_", " "),
        _number(ai["probability"], 2),
        ", ".join(sorted({mark["generator"] or mark["says"] for mark in found["provenance"]})),
        _number(audio["loudness_lufs"], 1),
        _number(audio["true_peak_db"], 1),
        _number(audio["bandwidth_hz"] / 1000, 1),
        _number(audio["noise"], 2),
        _number(audio["loop"], 2),
        "; ".join(notes),
    ]
    return [escape(cell) for cell in cells]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _print(table: "Table") -> None:
    from rich.console import Console

    width = None if sys.stdout.isatty() else 200
    Console(width=width).print(table)
