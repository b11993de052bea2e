"""``earmark evaluate``: measure the detector of generated music on labelled audio."""

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command()(evaluate)


def evaluate(
    manifest: Annotated[Path, typer.Argument(help="CSV with at least the columns path and label (ai, human, …).")],
    card: Annotated[Path, typer.Option(help="Where the model card is written.")] = Path("docs/model-card.md"),
    robustness: Annotated[bool, typer.Option(help="Measure codecs, filters, noise and changed speed too.")] = False,
    calibrate: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Fit thresholds and probabilities on these clips first.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on standard output.")] = False,
) -> None:
    """Measure the detector of generated music on labelled audio and write the model card."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from classifiers.training.disguises import DISGUISES
    from classifiers.training.evaluate import evaluate as measure_all
    from classifiers.training.manifest import ManifestError
    from classifiers.training.model_card import as_json as figures

    errors = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors) as bars:
        tasks = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done)

        try:
            report, unreadable = measure_all(
                manifest,
                card=card,
                command=f"earmark evaluate {manifest}" + (" --robustness" if robustness else ""),
                disguises=tuple(DISGUISES) if robustness else (),
                calibrate_as=calibrate,
                progress=progress,
            )
        except (OSError, ManifestError) as error:
            errors.print(str(error), style="red")
            raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(figures(report)))
    else:
        _print(report)
        errors.print(f"model card: {card}")
    raise typer.Exit(1 if unreadable else 0)


def _print(report: object) -> None:
    from rich.console import Console
    from rich.table import Table

    from classifiers.training.report import Report

    assert isinstance(report, Report)
    table = Table("family", "clips", "AUROC", "over threshold", "likely_ai", "inconclusive")
    for row in (*report.families, report.all_ai, report.all_long_ai, report.hard, *report.human):
        cells = (row.clips, f"{row.auroc:.2f}", row.over_threshold, row.likely, row.inconclusive)
        table.add_row(row.name, *(str(cell) for cell in cells))
    Console().print(table)
    low, high = report.false_interval
    typer.echo(
        f"false positives of left-out sources: {report.left_out_false} of {report.human_clips} "
        f"(95 % interval {low:.1%} to {high:.1%}) at strength {report.threshold:.2f}"
    )
