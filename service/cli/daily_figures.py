"""``earmark admin figures``: the daily figures of the numbers page, made anew from what they count."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from service.cli.people import AsJson, database_session, show


def register(admin: typer.Typer) -> None:
    figures = typer.Typer(no_args_is_help=True, help="Daily figures of the console's numbers page.")
    figures.command("rebuild")(rebuild)
    admin.add_typer(figures, name="figures")


def rebuild(
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day to count again; left out: all that there are."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count days again, each in a transaction of its own. Stopped half-way, the reconciler goes on with it.

    Example: earmark admin figures rebuild --since 2026-11-01
    """
    from service.cli.progress import progress_bars
    from service.settings import Settings
    from service.store.clock import utc_now
    from service.store.daily_figures import count_due, first_day, forget_since
    from service.store.database import Database

    today, counted = utc_now().date(), 0
    with database_session() as session:
        first = first_day(session)
        start = max(first, since.replace(tzinfo=UTC).date()) if first and since else first
        if start is not None:
            forget_since(session, start)
    database = Database.open(Settings().database)
    try:
        with progress_bars() as progress:
            while start is not None and start <= today and (day := count_due(database, utc_now())) is not None:
                counted += 1
                progress("days", counted, max(counted, (today - start).days + 1))
                if day >= today:
                    break
    finally:
        database.dispose()
    show({"days": counted, "since": start.isoformat() if start else None}, as_json)
