"""``earmark watch``: takes batches from a watched folder, or from a bucket, and answers them there."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command()(watch)


def watch(
    place: Annotated[
        str, typer.Argument(metavar="FOLDER|s3://BUCKET/PREFIX", help="Where batches are put, each in a folder.")
    ],
    tenant: Annotated[str, typer.Option(help="Name of the tenant that delivers there.")] = "local",
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 5.0,
    settle: Annotated[
        float,
        typer.Option(min=0, help="Seconds without a change after which a file counts as whole, without BatchComplete."),
    ] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end, as from a timer.")] = False,
) -> None:
    """Watch a folder for batches and write acknowledgements back.

    Runs beside the service, on the same settings (EARMARK_DATABASE_URL, EARMARK_STORAGE_URL, or EARMARK_DATA_DIR on one
    machine). Every folder in FOLDER is a batch: with BatchComplete_*.xml it is taken at once and whole; with a message
    or a manifest in it (manifest.csv, manifest.jsonl) its files are taken as they become quiet; zip archives are
    batches as well. What became of each message is written to 'acknowledgements' in the batch's folder, beside an
    archive.

    A bucket is reached with EARMARK_STORAGE_ENDPOINT, EARMARK_STORAGE_REGION and the keys of the storage. Any number of
    watchers may look at the same folder, and each may be killed at any time: nothing is taken twice.
    """
    import signal
    import threading
    import time

    from service import lifeline, logs
    from service.settings import Settings
    from service.store.database import Database
    from service.store.tenants import Tenants
    from service.watching.places import place_of
    from service.watching.watcher import Watcher

    settings = Settings()
    logs.configure(settings)
    try:
        watched = place_of(place, settings.storage_options)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    database = Database.open(settings.database)
    with database.read() as session:
        known = Tenants(session).by_name(tenant)
    database.dispose()
    if known is None:
        hint = f"there is no tenant {tenant!r}; make it with 'earmark admin tenant create'"
        raise typer.BadParameter(hint, param_hint="--tenant")
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    lifeline.hold()
    watcher = Watcher(watched, settings, known.id, settle_s=settle)
    try:
        if not once:
            typer.echo(f"watching {watched.address} for {tenant}; Ctrl-C ends it", err=True)
            watcher.run(stop, every)
            return
        done = watcher.round(time.time())
        typer.echo(
            f"{done.taken} taken, {done.refused} refused, {done.answered} answers, {done.troubled} in trouble", err=True
        )
    finally:
        watcher.close()
    raise typer.Exit(1 if done.refused or done.troubled else 0)
