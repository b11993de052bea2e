"""The table of a delivery: what each track was given, beside what the manifest expects."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from service.delivery import Delivered, score
from service.inert import inert

PIPED_WIDTH = 160
LONGEST = 2_000
STYLES = {"none": "green", "label": "cyan", "queue": "yellow", "hold": "red", "block": "bold red"}


def shown(text: str) -> str:
    """A stranger's text for the terminal: no escape sequence, no markup, nothing hidden in it works."""
    return escape(inert(text, LONGEST))


def table_console() -> Console:
    """Standard output, wide enough for the table where it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)


def verdict_table(delivered: Sequence[Delivered]) -> Table:
    """One row a track; the column of expectations appears where a manifest has any."""
    expecting = any(outcome.item.expected for outcome in delivered)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("track", overflow="fold")
    table.add_column("state")
    table.add_column("action")
    table.add_column("labels", overflow="fold")
    if expecting:
        table.add_column("expected", overflow="fold")
        table.add_column("")
    for outcome in delivered:
        style = STYLES.get(outcome.action or "", "")
        action = " ".join(filter(None, (outcome.action, outcome.priority)))
        cells = [
            shown(outcome.item.file.name),
            shown(outcome.state),
            f"[{style}]{action}[/{style}]" if style else action,
            shown(", ".join(outcome.labels)),
        ]
        if expecting:
            expected = outcome.item.expected
            cells.append(shown(_wording(expected.action, expected.labels)) if expected else "")
            cells.append(
                {True: "[green]as expected[/green]", False: "[red]differs[/red]", None: ""}[outcome.as_expected]
            )
        table.add_row(*cells)
    return table


def print_outcome(console: Console, delivered: Sequence[Delivered]) -> None:
    """The table, then how many verdicts are as expected, then every other one with its reasons."""
    console.print(verdict_table(delivered))
    equal, judged = score(delivered)
    if judged:
        console.print(f"\n{equal} of {judged} verdicts are what the manifest expects.")
    for outcome in delivered:
        if outcome.as_expected is False:
            expected = outcome.item.expected
            assert expected is not None
            given = _wording(outcome.action or outcome.state, outcome.labels)
            wanted = _wording(expected.action, expected.labels)
            console.print(f"\n[bold]{shown(outcome.item.file.name)}[/bold]: {shown(given)}; expected {shown(wanted)}")
            _print_reasons(console, outcome)
    for outcome in delivered:
        if outcome.truncated:
            console.print(f"\n[bold]{shown(outcome.item.file.name)}[/bold]: {shown(outcome.truncated)}")
        if outcome.error and outcome.as_expected is None:
            console.print(f"\n[bold]{shown(outcome.item.file.name)}[/bold]: {shown(outcome.error)}")


def _print_reasons(console: Console, outcome: Delivered) -> None:
    said = [*outcome.reasons, outcome.error, outcome.heard]
    for reason in filter(None, said if any(said) else ["no rule fired"]):
        console.print(f"  {shown(reason)}")


def _wording(action: str, labels: Sequence[str] | frozenset[str]) -> str:
    return f"{action} ({', '.join(sorted(labels))})" if labels else action
