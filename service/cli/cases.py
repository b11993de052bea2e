"""``earmark cases``: read and decide what needs a person, over the HTTP interface."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from service.client import Client

AsJson = Annotated[bool, typer.Option("--json", help="JSON lines on standard output.")]
CaseId = Annotated[str, typer.Argument(metavar="CASE_ID")]


def register(app: typer.Typer) -> None:
    cases = typer.Typer(no_args_is_help=True, help="What needs a person: list, show, decide.")
    cases.command("list")(list_cases)
    cases.command("show")(show)
    cases.command("decide")(decide)
    app.add_typer(cases, name="cases")


def list_cases(
    state: Annotated[str, typer.Option(help="open, decided or closed.")] = "open",
    queue: Annotated[str | None, typer.Option(help="One queue alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Cases, the most urgent first."""
    from rich.table import Table

    from service.cli.verdicts import shown, table_console

    with _client() as client:
        found = list(client.cases(state=state, **({"queue": queue} if queue else {})))
    found.sort(key=lambda case: case["priority"])
    if as_json:
        for case in found:
            typer.echo(json.dumps(case, ensure_ascii=False))
        return
    if not found:
        typer.echo(f"earmark: no case is {state}" + (f" in queue {queue}" if queue else ""), err=True)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("case", "priority", "queue", "about", "tracks", "reason"):
        table.add_column(column, no_wrap=column in ("case", "queue"), overflow="fold")
    for case in found:
        cells = (case["id"], case["priority"], case["queue"], case["subject"], str(case["tracks"]), case["reason"])
        table.add_row(*map(shown, cells))
    table_console().print(table)


def show(case_id: CaseId, as_json: AsJson = False) -> None:
    """One case with its tracks, its causes and what was decided before."""
    with _client() as client:
        case = client.case(case_id)
    if as_json:
        typer.echo(json.dumps(case, ensure_ascii=False))
        return
    from rich.console import Console

    from service.cli.verdicts import LONGEST
    from service.inert import inert

    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{case['id']}  {case['priority']}  {case['state']}  queue {case['queue']}, policy {case['policy']}")
    console.print(inert(f"{case['subject']}: {case['reason']}", LONGEST))
    if case.get("due_at"):
        console.print(inert(f"held until {case['due_at']}, then {case['due_action']}", LONGEST))
    for member in case.get("members", []):
        track = {key: member["track"][key] for key in ("id", "title", "isrc")}
        console.print(f"  {inert(_line(track | member), LONGEST)}")
    for decision in case.get("decisions", []):
        console.print(f"  decided: {inert(_line(decision), LONGEST)}")


def decide(
    case_id: CaseId,
    action: Annotated[str, typer.Option(help="none, label, queue, hold or block.")],
    policy: Annotated[str, typer.Option(help="The policy clause it rests on, such as AI-2.")],
    reason: Annotated[str, typer.Option(help="Why: a reason code, such as ai_confirmed or reviewed_benign.")],
    note: Annotated[str, typer.Option(help="For reviewers.")] = "",
    message: Annotated[str, typer.Option(help="To the uploader.")] = "",
    confirm: Annotated[list[str] | None, typer.Option(help="A label found right; repeat it.")] = None,
    reject: Annotated[list[str] | None, typer.Option(help="A label found wrong; repeat it.")] = None,
    supersedes: Annotated[str | None, typer.Option(help="An earlier decision that this one replaces.")] = None,
    as_json: AsJson = False,
) -> None:
    """Decide a case: what happens, under which clause, and why."""
    decision: dict[str, Any] = {
        "case_id": case_id,
        "action": action,
        "policy_clause": policy,
        "reason": reason,
        "note": note,
        "message": message,
        "confirm_labels": confirm or [],
        "reject_labels": reject or [],
        "supersedes": supersedes,
    }
    with _client() as client:
        recorded = client.decide(decision)
    typer.echo(json.dumps(recorded, ensure_ascii=False) if as_json else f"{recorded['id']}: {recorded['action']}")


@contextmanager
def _client() -> "Iterator[Client]":
    from service.cli.connection import connect
    from service.client import Problem, ServiceUnreachable

    try:
        with connect() as client:
            yield client
    except (Problem, ServiceUnreachable) as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(1) from error


def _line(record: dict[str, Any]) -> str:
    return "  ".join(
        ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for value in record.values()
        if value not in (None, "", [], {}) and not isinstance(value, dict)
    )
