"""``earmark admin artist-key``: a key with which an artist vouches for deliveries."""

import json
import secrets
from pathlib import Path
from typing import Annotated

import typer

from service.cli.people import AsJson, show

PREFIX = "eak_"


def register(admin: typer.Typer) -> None:
    admin.command("artist-key")(create_artist_key)


def create_artist_key(
    artist: Annotated[str, typer.Argument(help="Id of a protected artist in the register, such as ar-1.")],
    as_json: AsJson = False,
) -> None:
    """Make a key for a protected artist and show it, once: the register gets its hash alone.

    The line is added to the file that EARMARK_REGISTER_FILE names; workers read it when they start. An artist may have
    several keys; take a line out of the file to revoke its key. Senders put the key into a track's `artist_key`.

    Example: earmark admin artist-key ar-1
    """
    from service.facts.artist_keys import artist_key_sha256
    from service.settings import Settings

    path = Settings().register_file
    if path is None:
        typer.echo("earmark: EARMARK_REGISTER_FILE names no register (docs/register.md)", err=True)
        raise typer.Exit(2)
    _check_artist(path, artist)
    key = PREFIX + secrets.token_urlsafe(32)
    line = {"type": "reference", "kind": "artist_key", "artist_id": artist, "key_sha256": artist_key_sha256(key)}
    try:
        text = path.read_text("utf-8")
        with path.open("a", encoding="utf-8") as file:
            file.write(("" if text.endswith("\n") or not text else "\n") + json.dumps(line) + "\n")
    except OSError as error:
        typer.echo(f"earmark: {error.filename}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    show({"artist": artist, "key": key}, as_json)


def _check_artist(path: Path, artist: str) -> None:
    from service.register import read_register
    from service.simulation.lines import ScenarioError

    try:
        known = read_register(path).registry.artist_names
    except ScenarioError as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"earmark: {error.filename}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    if artist not in known:
        typer.echo(f"earmark: {path} has no protected artist '{artist}'", err=True)
        raise typer.Exit(1)
