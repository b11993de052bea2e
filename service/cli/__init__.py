"""The ``earmark`` command. Every command lives in a module of its own that adds itself to the application."""

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

COMMANDS = (
    "serve",
    "api",
    "worker",
    "reconcile",
    "watch",
    "migrate",
    "analyze",
    "duplicates",
    "deliver",
    "cases",
    "admin",
    "demo",
    "ern",
    "policy",
    "simulate",
    "train",
    "evaluate",
    "models",
    "network",
    "text",
)
"""Modules of this package in the order of ``earmark --help``. They import what is heavy when they are called."""

WRONG_USE = 2

app = typer.Typer(
    name="earmark",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Tells a music platform how a track was made and keeps spam out of its catalogue.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"earmark {version('earmark')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Tells a music platform how a track was made and keeps spam out of its catalogue."""


def register_commands(application: typer.Typer) -> None:
    """Add every command of :data:`COMMANDS` to the application."""
    for name in COMMANDS:
        import_module(f"service.cli.{name}").register(application)


def main() -> None:
    """Entry point of the ``earmark`` command. Exit codes: 0 all well, 1 some item failed, 2 wrong use."""
    from pydantic import ValidationError

    register_commands(app)
    try:
        app(prog_name="earmark")
    except ValidationError as error:
        for problem in error.errors():
            name = "EARMARK_" + "_".join(str(part) for part in problem["loc"]).upper()
            typer.echo(f"earmark: {name}: {problem['msg']}", err=True)
        sys.exit(WRONG_USE)
