"""Command lines as documents and deployments write them, taken apart by the command itself."""

from typing import Any

import typer

from service.cli import register_commands


def options_of(arguments: list[str]) -> dict[str, Any]:
    """What ``earmark`` makes of its arguments. Ends in a ``UsageError`` of click where it does not take them."""
    application = typer.Typer()
    register_commands(application)
    command: Any = typer.main.get_command(application)
    name, rest = "earmark", list(arguments)
    while hasattr(command, "commands"):
        name = rest.pop(0)
        command = command.commands[name]
    return dict(command.make_context(name, rest).params)
