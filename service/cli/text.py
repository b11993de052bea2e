"""``earmark text``: scores of titles and artists, without a service."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

MAX_FIELD = 200_000
SHOWN = 40
_SAID = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def register(app: typer.Typer) -> None:
    app.command("text")(text)


def text(
    file: Annotated[
        Path,
        typer.Argument(help="CSV with columns title and artist; artist may be empty.", exists=True, dir_okay=False),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row on stdout.")] = False,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure",
            help="Compare with a column 'positive' (1 or 0): average precision, and recall at low false-positive rates "
            "by language (a column 'language', or the title's own words).",
        ),
    ] = False,
) -> None:
    """Score titles and artists' names: how far they are worded like search terms for functional audio.

    A score routes with a second signal and never holds by itself. Without an artist the title alone is scored. What
    the model was fitted on must not be measured with it: figures on other artists are in docs/behaviour.md.
    """
    try:
        if measure:
            _measure(list(_labelled(file)), as_json=as_json)
            return
        rows = list(_rows(file))
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        typer.echo(f"earmark: {file}: {error}", err=True)
        raise typer.Exit(2) from None
    from classifiers.spam.text import score_text

    results = []
    for title, artist in rows:
        scored = score_text(title, artist or None)
        result = {"title": title, "artist": artist, "score": scored.score, "reasons": scored.reasons}
        if as_json:
            typer.echo(json.dumps(result, ensure_ascii=False))
        else:
            results.append(result)
    if not as_json:
        _print_table(results)


def _rows(file: Path) -> Iterator[tuple[str, str]]:
    csv.field_size_limit(MAX_FIELD)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        if "title" not in (reader.fieldnames or ()):
            raise ValueError("the first line has to name the columns, 'title' among them")
        for row in reader:
            yield row["title"] or "", row.get("artist") or ""


def _labelled(file: Path) -> Iterator[tuple[str, str, bool, str]]:
    """Title, artist, whether it is of the kind, language (empty: unknown)."""
    csv.field_size_limit(MAX_FIELD)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        missing = {"title", "positive"} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"the first line has to name the columns, {', '.join(sorted(missing))} among them")
        for number, row in enumerate(reader, 2):
            said = (row["positive"] or "").strip().lower()
            if said not in _SAID:
                raise ValueError(f"line {number}: positive is {said!r}; write 1 or 0")
            yield row["title"] or "", row.get("artist") or "", _SAID[said], (row.get("language") or "").strip()


def _measure(rows: list[tuple[str, str, bool, str]], *, as_json: bool) -> None:
    if len({positive for *_, positive, _ in rows}) < 2:
        raise ValueError("rows of both kinds are needed, positive 1 and 0")
    from classifiers.spam.measures import measured
    from classifiers.spam.text import score_text

    scores = [score_text(title, artist or None).score for title, artist, *_ in rows]
    found = measured(rows, scores)
    if as_json:
        typer.echo(json.dumps(found))
        return
    typer.echo(
        f"{found['rows']} rows, {found['positive']} positive: average precision {found['average_precision']:.3f}"
    )
    for rate, recall in found["recall"].items():
        typer.echo(f"recall {recall:.1%} at a false-positive rate of {float(rate):.2%}")
    for language, (hits, total) in found["by_language"].items():
        typer.echo(f"  {language}: {hits} of {total} at 0.10 %")


def _print_table(results: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("score", "title", "artist", "reasons")
    ranked = sorted(results, key=lambda result: -result["score"])
    for result in ranked[:SHOWN]:
        reasons = "; ".join(result["reasons"])
        table.add_row(f"{result['score']:.3f}", Text(result["title"]), Text(result["artist"]), Text(reasons))
    Console().print(table)
    if len(ranked) > SHOWN:
        typer.echo(f"{len(ranked) - SHOWN} more rows with lower scores; --json prints all", err=True)
