"""Command lines of roles, as deployments start them."""

from typing import Any

import typer

from service.cli import register_commands


def options_of(arguments: list[str]) -> dict[str, Any]:
    """What a command makes of its arguments. Ends in a ``UsageError`` of click where it does not take them."""
    name, *rest = arguments
    application = typer.Typer()
    register_commands(application)
    group: Any = typer.main.get_command(application)
    return dict(group.commands[name].make_context(name, list(rest)).params)
