"""``earmark serve``: the whole service on one machine, all roles supervised."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; EARMARK_HOST, 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, 0 for a free one; EARMARK_PORT, 8000.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder for everything that is kept; EARMARK_DATA_DIR, ./.earmark.")
    ] = None,
) -> None:
    """Run API, console, workers and reconciler until told to stop.

    Needs nothing but a writable folder. With EARMARK_DATABASE_URL, EARMARK_BROKER_URL and EARMARK_STORAGE_URL set, it
    runs on those. What dies is started again; Ctrl-C or SIGTERM ends everything.
    """
    import os
    import signal

    if host is not None:
        os.environ["EARMARK_HOST"] = host
    if port is not None:
        os.environ["EARMARK_PORT"] = str(port)
    if data_dir is not None:
        os.environ["EARMARK_DATA_DIR"] = str(data_dir)
    os.environ.setdefault("EARMARK_WORKER_PROCESSES", str(min(2, os.cpu_count() or 1)))
    os.environ.setdefault("EARMARK_DISPATCH_INTERVAL_S", "0.3")

    from service.cli.house import House, HouseError

    try:
        house = House.open()
    except HouseError as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(1) from error
    with house:
        for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signal_number, lambda *_: house.stop())
        house.run()
