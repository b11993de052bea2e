"""``earmark admin index``: where fingerprints are looked up, and making that anew from the database."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import typer

from service.cli.people import AsJson, database_session, show

if TYPE_CHECKING:
    from service.store.database import Database
    from service.store.fingerprints import DerivedIndex


def register(admin: typer.Typer) -> None:
    index = typer.Typer(
        no_args_is_help=True,
        help="Where fingerprints are looked up: the table, or mapped files (EARMARK_FINGERPRINT_INDEX).",
    )
    index.command("show")(show_index)
    index.command("rebuild")(rebuild)
    admin.add_typer(index, name="index")


def show_index(as_json: AsJson = False) -> None:
    """What the index of the settings holds, and what it lacks of the fingerprints in the database.

    What is lacking is added by the reconciler within ten minutes, or at once by `rebuild`.
    """
    from service.settings import Settings
    from service.store.fingerprints import Fingerprints, open_index

    settings = Settings()
    with database_session() as session:
        store = Fingerprints(session)
        said: dict[str, Any] = {"index": settings.fingerprint_index, "fingerprints": store.count()}
        index = open_index(settings.fingerprint_index, settings.fingerprint_index_dir, session)
        if index is None:
            said["lacking"] = store.unposted()
        else:
            with closing(index):
                said |= {"lacking": store.lacking(index), "segments": index.segments, "bytes": index.size_bytes()}
                said["folder"] = str(settings.fingerprint_index_dir)
        show(said, as_json)


def rebuild(as_json: AsJson = False) -> None:
    """Make the index of the settings anew from the fingerprints in the database.

    The table answers as before while it is written again; mapped files begin empty. Broken off, either is completed by
    the reconciler. Run it before the service is started with another index:

    EARMARK_FINGERPRINT_INDEX=segments earmark admin index rebuild
    """
    from service.settings import Settings
    from service.store.database import Database
    from service.store.fingerprints import Fingerprints, open_index

    settings = Settings()
    with database_session() as session:
        total = Fingerprints(session).count()
        index = open_index(settings.fingerprint_index, settings.fingerprint_index_dir, session)
    database = Database.open(settings.database)
    try:
        if index is None:
            _with_progress(_posted(database), total)
        else:
            with closing(index):
                index.clear()
                _with_progress(_filled(database, index), total)
                index.flush()
    finally:
        database.dispose()
    show({"index": settings.fingerprint_index, "fingerprints": total}, as_json)


def _posted(database: "Database") -> Iterator[int]:
    from service.store.fingerprints import Fingerprints

    database.attempt(lambda session: Fingerprints(session).unpost())
    while posted := database.attempt(lambda session: Fingerprints(session).post()):
        yield posted


def _filled(database: "Database", index: "DerivedIndex") -> Iterator[int]:
    from service.store.fingerprints import Fingerprints

    with database.read() as session:
        yield from Fingerprints(session).fill(index)


def _with_progress(steps: Iterator[int], total: int) -> None:
    """Go through the steps, with a progress bar on standard error where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("fingerprints"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        for count in steps:
            progress.advance(task, count)
