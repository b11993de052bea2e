"""``earmark demo``: the whole way of a track, on recordings made on the spot."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import subprocess

STARTING_S = 120.0
DECIDING_S = 600.0


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the verdicts; exit code 0 when each is as it should be.")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder to keep everything in; a fresh one that is removed, if left out.")
    ] = None,
) -> None:
    """Make a mixed batch of recordings, start the service, deliver them and show the verdicts."""
    import shutil
    import tempfile

    folder = data_dir or Path(tempfile.mkdtemp(prefix="earmark-demo-"))
    try:
        well = _run(folder, stay=not once)
    except KeyboardInterrupt:
        well = True
    finally:
        if data_dir is None:
            shutil.rmtree(folder, ignore_errors=True)
    raise typer.Exit(0 if well else 1)


def _run(folder: Path, *, stay: bool) -> bool:
    import os
    import subprocess
    import sys

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from service import delivery, local
    from service.cli.demo_samples import make_samples
    from service.cli.verdicts import print_outcome, table_console
    from service.client import Client
    from service.manifest import items_of

    console = table_console()
    samples = make_samples(folder / "samples", lambda line: console.print(f"[dim]{line}[/dim]"))
    data = folder / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EARMARK_")}
    environment |= {"EARMARK_DATA_DIR": str(data), "EARMARK_PORT": "0", "EARMARK_LOG_LEVEL": "warning"}
    console.print("[dim]starting the service[/dim]")
    service = subprocess.Popen([sys.executable, "-m", "service.cli", "serve"], env=environment)
    try:
        address = _address(data / local.ADDRESS, service)
        columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Client(address, local.read(data / local.KEY)) as client:
            items = items_of(samples)
            with Progress(*columns, console=console) as progress:
                sending = progress.add_task("delivered", total=len(items))
                deciding = progress.add_task("decided", total=len(items))
                delivered = []
                for item in items:
                    delivered.append(delivery.deliver(client, item))
                    progress.advance(sending)
                settled = delivery.wait_until_settled(
                    client,
                    delivered,
                    timeout_s=DECIDING_S,
                    progress=lambda done: progress.update(deciding, completed=done),
                )
            cases = list(client.cases(state="open"))
        print_outcome(console, delivered)
        console.print(f"\n{len(cases)} open cases for a person:")
        for case in cases:
            console.print(f"  {case['priority']}  {case['subject']}: {case['reason']}", highlight=False, markup=False)
        console.print(f"\nConsole and API: {address}   OpenAPI: {address}/openapi.json")
        if stay:
            console.print("The service stays up; Ctrl-C ends it.")
            service.wait()
        return settled and all(outcome.as_expected for outcome in delivered)
    finally:
        service.terminate()
        service.wait()


def _address(file: Path, service: "subprocess.Popen[bytes]") -> str:
    """The address of the service once all its parts answer."""
    import time

    from service import local
    from service.client import Client

    deadline = time.monotonic() + STARTING_S
    while time.monotonic() < deadline and service.poll() is None:
        if address := local.read(file):
            with Client(address, None) as client:
                if client.ready():
                    return address
        time.sleep(0.2)
    typer.echo("earmark: the service did not start", err=True)
    raise typer.Exit(1)
