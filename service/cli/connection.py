"""Where the commands find the service, and as whom they speak."""

from urllib.parse import urlsplit

import typer

from service import local
from service.client import Client
from service.inert import inert
from service.settings import Settings


def connect(settings: Settings | None = None) -> Client:
    """A client of the service that the settings name, or of the one that ``earmark serve`` runs on this machine.

    A named service needs a key of its own: the local key is never sent to another address.
    """
    settings = settings or Settings()
    if settings.url:
        _check(settings.url)
        return Client(settings.url, settings.api_key.get_secret_value() if settings.api_key else None)
    address = local.read(settings.data_dir / local.ADDRESS)
    if address is None:
        typer.echo(
            f"earmark: no service found in {settings.data_dir}; start one with 'earmark serve' or set EARMARK_URL "
            "and EARMARK_API_KEY",
            err=True,
        )
        raise typer.Exit(2)
    key = settings.api_key.get_secret_value() if settings.api_key else local.read(settings.data_dir / local.KEY)
    return Client(address, key)


def _check(url: str) -> None:
    """An address that no request can be sent to ends the command before it tries."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        typer.echo(f"earmark: EARMARK_URL is {inert(url)!r}; write it as http://host:port or https://host", err=True)
        raise typer.Exit(2)
