"""``earmark simulate``: replay upload scenarios in scenario time."""

import gc
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

PACKS = ("default.yaml", "behaviour.yaml")


def register(app: typer.Typer) -> None:
    app.command("simulate")(simulate)


def simulate(
    events: Annotated[list[Path], typer.Argument(help="Scenario files, JSON lines.", exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a scenario on stdout.")] = False,
    pack: Annotated[
        list[Path] | None, typer.Option(help="Packs to judge by, in place of those that come with Earmark.")
    ] = None,
    only_produced: Annotated[
        bool, typer.Option("--only-produced", help="Leave out evidence that nothing produces on live traffic yet.")
    ] = False,
) -> None:
    """Replay upload scenarios through intake, counters, grouping and rules, as live traffic would be judged.

    Every file is a world of its own, and its clock is that of its events.
    """
    from service.rules import PACKS as OWN
    from service.rules import PackRefused, RuleSet, load_pack, render
    from service.simulation import Outcome, ScenarioError, replay
    from service.simulation.lines import read_lines
    from service.wording import protect_names, read_text

    try:
        rules = RuleSet(load_pack(path) for path in (pack or [OWN / name for name in PACKS]))
    except PackRefused as error:
        typer.echo(render(error), err=True)
        raise typer.Exit(2) from None
    gc.freeze()  # the rules and lists stay; a replay makes many small objects that die at once
    gc.set_threshold(100_000, 50, 50)
    outcomes: list[tuple[Outcome, float]] = []
    failed = False
    for path in events:
        started = time.perf_counter()
        try:
            outcome = replay(
                read_lines(path),
                rules,
                read_text=read_text,
                protect_names=protect_names,
                only_produced=only_produced,
            )
        except ScenarioError as error:
            failed = True
            typer.echo(f"earmark: {error}", err=True)
            continue
        seconds = time.perf_counter() - started
        for rejected in outcome.rejected:
            typer.echo(f"{path}: rejected at intake: {rejected}", err=True)
        outcomes.append((outcome, seconds))
        if as_json:
            typer.echo(json.dumps(as_object(outcome, seconds), ensure_ascii=False))
    if not as_json:
        _print_table(outcomes)
    uploads = sum(outcome.uploads for outcome, _ in outcomes)
    spent = sum(seconds for _, seconds in outcomes)
    if spent:
        typer.echo(f"{uploads} uploads in {spent:.1f} s, {uploads / spent:.0f} a second", err=True)
    raise typer.Exit(1 if failed else 0)


def as_object(outcome: Any, seconds: float) -> dict[str, Any]:
    """The printed form of an outcome."""
    standing = outcome.standing
    return {
        "scenario": outcome.scenario,
        "action": standing.action.value,
        "priority": standing.priority.value if standing.priority else None,
        "review_cases": len(standing.cases),
        "labels": labels_of(standing.labels),
        "reasons": list(standing.reasons()),
        "accounts": standing.by_sender(),
        "hits": standing.reasons(),
        "uploads": outcome.uploads,
        "rejected": len(outcome.rejected),
        "elapsed_s": round(seconds, 3),
    }


def labels_of(labels: list[str]) -> list[str]:
    """The labels in the words of the scenario format, where ``ai_declared`` says that any use of AI was declared."""
    declared = {"ai_declared", "ai_declared_partly", "ai_declared_artwork"} & set(labels)
    return sorted({*labels, "ai_declared"}) if declared else labels


def _print_table(outcomes: list[tuple[Any, float]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("scenario", "uploads", "action", "priority", "cases", "labels", "strongest rules")
    for outcome, _ in outcomes:
        standing = outcome.standing
        priority = standing.priority.value if standing.priority else ""
        reasons = ", ".join(list(standing.reasons())[:4])
        table.add_row(
            outcome.scenario,
            str(outcome.uploads),
            standing.action.value,
            priority,
            str(len(standing.cases)),
            ", ".join(standing.labels),
            reasons,
        )
    Console().print(table)
