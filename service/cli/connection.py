"""Where the commands find the service, and as whom they speak."""

import typer

from service import local
from service.client import Client
from service.settings import Settings


def connect(settings: Settings | None = None) -> Client:
    """A client of the service that the settings name, or of the one that ``earmark serve`` runs on this machine.

    A named service needs a key of its own: the local key is never sent to another address.
    """
    settings = settings or Settings()
    if settings.url:
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
