"""``earmark deliver``: deliver files, folders and manifests to a running service."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command()(deliver)


def deliver(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Audio files, folders, a folder with manifest.jsonl or manifest.csv, a DDEX message or batch folder.",
            metavar="PATH...",
        ),
    ],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all are decided, then show the verdicts.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a track on standard output.")] = False,
    shuffle: Annotated[
        int | None, typer.Option(metavar="SEED", help="Deliver in another order, the same for the same seed.")
    ] = None,
    artist: Annotated[str | None, typer.Option(help="Whom files without a manifest are billed to.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Deliver as new what was delivered before, instead of finding it again.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Longest wait for the verdicts, in seconds.")] = 3600.0,
) -> None:
    """Deliver tracks to a running service; with --wait, show what became of them.

    Delivering the same file with the same metadata twice changes nothing: the second delivery finds the first one's
    track. Exit code 0 when all were taken (with --wait: decided), 1 when some were not.
    """
    import json
    import random
    import uuid

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from service import delivery
    from service.cli.connection import connect
    from service.cli.verdicts import print_outcome, table_console
    from service.client import Problem, ServiceUnreachable
    from service.manifest import ManifestError, items_of

    try:
        batches = [path for path in paths if delivery.is_batch(path)]
        items = [item for path in paths if path not in batches for item in items_of(path, artist=artist)]
    except (ManifestError, FileNotFoundError) as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(2) from error
    if not items and not batches:
        typer.echo("earmark: there is no audio file to deliver", err=True)
        raise typer.Exit(2)
    if shuffle is not None:
        random.Random(shuffle).shuffle(items)

    notes = Console(stderr=True)
    salt = uuid.uuid4().hex if again else ""
    settled = True
    columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with connect() as client, Progress(*columns, console=notes) as progress:
            sending = progress.add_task("delivered", total=len(items) + len(batches))
            delivered = []
            for path in batches:
                delivered += delivery.deliver_batch(client, path, salt=salt, timeout_s=timeout)
                progress.advance(sending)
            for item in items:
                delivered.append(delivery.deliver(client, item, salt=salt))
                progress.advance(sending)
            if wait:
                taken = sum(outcome.track_id is not None for outcome in delivered)
                deciding = progress.add_task("decided", total=taken)
                settled = delivery.wait_until_settled(
                    client,
                    delivered,
                    timeout_s=timeout,
                    progress=lambda done: progress.update(deciding, completed=done),
                )
    except (ServiceUnreachable, Problem) as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(1) from error

    if as_json:
        for outcome in delivered:
            typer.echo(json.dumps(outcome.line(), ensure_ascii=False))
    else:
        print_outcome(table_console(), delivered)
    if not settled:
        typer.echo(f"earmark: not all tracks were settled after {timeout:g} s", err=True)
    well = all(outcome.state == delivery.DECIDED if wait else outcome.track_id for outcome in delivered)
    raise typer.Exit(0 if well and settled else 1)
