"""``earmark api``: the HTTP interface and the console, one process."""

import os
from typing import Annotated

import typer

LISTENING = "EARMARK_LISTENING_FD"
"""Descriptor of a socket that the supervisor already listens on, so that a restart of this role refuses nobody."""

BACKLOG = 2048
CLOSING_S = 6


def register(app: typer.Typer) -> None:
    app.command()(api)


def api(
    host: Annotated[str | None, typer.Option(help="Address to listen on; EARMARK_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; EARMARK_PORT.")] = None,
) -> None:
    """Serve the HTTP interface and the console."""
    import uvicorn

    from service import lifeline, logs
    from service.cli.listening import PortTaken, listen
    from service.settings import Settings

    settings = Settings()
    logs.configure(settings)
    inherited = os.environ.pop(LISTENING, None)
    lifeline.hold()
    if inherited is not None:
        import socket

        listening = socket.socket(fileno=int(inherited))
    else:
        try:
            listening = listen(host or settings.host, settings.port if port is None else port)
        except PortTaken as error:
            typer.echo(f"earmark: {error}", err=True)
            raise typer.Exit(1) from error
    config = uvicorn.Config(
        "service.app:app",
        log_level="warning" if settings.log_level == "info" else settings.log_level,
        access_log=settings.log_level == "debug",
        timeout_graceful_shutdown=CLOSING_S,
        backlog=BACKLOG,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listening])
