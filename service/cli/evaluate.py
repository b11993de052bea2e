"""``earmark evaluate``: measure the detector of generated music on labelled audio."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.progress import progress_bars

if TYPE_CHECKING:
    from classifiers.training.report import Report

Places = Annotated[
    list[Path],
    typer.Argument(
        metavar="MANIFEST.csv|FOLDER...",
        help="Manifests with at least the columns path and label (ai, human, …), or folders of labelled audio.",
    ),
]
LayoutName = Annotated[
    str | None,
    typer.Option(
        "--layout",
        metavar="LAYOUT",
        help="manifest, sonics, fma, or folders (ai/SOURCE/…, human/SOURCE/…); recognised where it is left out.",
    ),
]


def register(app: typer.Typer) -> None:
    app.command()(evaluate)


def evaluate(
    places: Places,
    layout: LayoutName = None,
    card: Annotated[Path, typer.Option(help="Where the model card is written; its plots go beside it.")] = Path(
        "docs/model-card.md"
    ),
    robustness: Annotated[bool, typer.Option(help="Measure codecs, filters, noise and changed speed too.")] = False,
    disguised: Annotated[
        int, typer.Option(min=1, metavar="N", help="Clips of either side that --robustness disguises, at most.")
    ] = 40,
    guards: Annotated[
        bool, typer.Option("--guards", help="Measure with and without each guard too, human recordings beside it.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Version or folder of the model; left out, the one EARMARK_AI_MODEL names."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most N clips of each family, the same ones each time.")
    ] = None,
    calibrate: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Fit thresholds and probabilities on these clips first.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on standard output.")] = False,
) -> None:
    """Measure the detector of generated music on labelled audio and write the model card.

    Families of generators and sources of human music are left out in turn; families without strided decoders, which
    leave the least, are told apart. Give several places to measure generators of one against the people of another:
    earmark evaluate fma_medium sonics
    """
    from rich.console import Console

    from classifiers.ai.model import ModelError
    from classifiers.training.disguises import DISGUISES
    from classifiers.training.evaluate import evaluate as measure_all
    from classifiers.training.layouts import Layout, read_labelled
    from classifiers.training.manifest import ManifestError
    from classifiers.training.model_card import as_json as figures
    from service.models import find_model
    from service.settings import Settings

    errors = Console(stderr=True)
    try:
        try:
            chosen = Layout(layout) if layout else None
        except ValueError:
            known = ", ".join(Layout)
            raise ManifestError(f"--layout: {layout!r} is none that is known; there are {known}") from None
        settings = Settings()
        judging = find_model(settings, settings.ai_model if model is None else model)
        labelled = [read_labelled(place, chosen) for place in places]
        for place in labelled:
            absent = f", {place.absent} more are listed and not there" if place.absent else ""
            typer.echo(f"{place.place}: {len(place.clips)} clips, layout {place.layout}{absent}", err=True)
        with progress_bars() as progress:
            report, unreadable = measure_all(
                labelled,
                card=card,
                command=_command(places, layout, sample, robustness, disguised, guards, model),
                calibration=judging.calibration,
                most_per_family=sample,
                disguises=tuple(DISGUISES) if robustness else (),
                most_disguised=disguised,
                guards=guards,
                calibrate_as=calibrate,
                progress=progress,
            )
    except (OSError, ManifestError, ModelError) as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(figures(report)))
    else:
        _print(report)
        errors.print(f"model card: {card}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if unreadable else 0)


def _command(
    places: Sequence[Path],
    layout: str | None,
    sample: int | None,
    robustness: bool,
    disguised: int,
    guards: bool,
    model: str | None,
) -> str:
    """The command as the card names it."""
    words = ["earmark", "evaluate", *map(str, places)]
    words += ["--layout", layout] if layout else []
    words += ["--sample", str(sample)] if sample else []
    words += ["--robustness"] if robustness else []
    words += ["--disguised", str(disguised)] if robustness and disguised != 40 else []
    words += ["--guards"] if guards else []
    words += ["--model", model] if model else []
    return shlex.join(words)


def _print(report: "Report") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from classifiers.training.model_card import most_telling

    table = Table("family or source", box=None, pad_edge=False, header_style="bold")
    for heading in ("clips", "AUROC", "over threshold", "left out: likely_ai", "95 %", "likely_ai", "inconclusive"):
        table.add_column(heading, justify="right")
    for rows in (
        *([*families, report.by_decoder[kind]] for kind, families in report.families.items()),
        [report.all_ai, report.all_long_ai],
        [*most_telling(report.human), report.all_human, report.hard],
    ):
        for row in rows:
            low, high = row.left_out_interval
            over = f"{row.over_threshold} ({row.over_threshold / max(1, row.clips):.0%})"
            cells = (row.clips, f"{row.auroc:.2f}", over, row.left_out_likely, f"{low:.0%} to {high:.0%}", row.likely)
            table.add_row(escape(row.name), *(str(cell) for cell in cells), str(row.inconclusive))
        table.add_section()
    Console().print(table)
    low, high = report.false_interval
    typer.echo(
        f"false positives of left-out sources: {report.left_out_false} of {report.human_clips} "
        f"(95 % interval {low:.1%} to {high:.1%}) at strength {report.threshold:.2f}"
    )
    typer.echo(f"calibration error {report.calibration_error:.3f}")
    for precision in report.precisions:
        typer.echo(
            f"precision of likely_ai where {precision.ai_share:.1%} of all is generated: {precision.best:.0%} "
            f"({precision.low:.0%} to {precision.high:.0%})"
        )
