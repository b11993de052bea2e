"""``earmark admin party``: hand out or erase everything that is stored of a sender or a tenant."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.people import AsJson, database_session, show, tenant_named

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.store.parties import Party

PartyName = Annotated[
    str, typer.Argument(metavar="PARTY", help="TENANT/SENDER, or TENANT for the tenant with all its senders.")
]
AT_ONCE = 50


def register(admin: typer.Typer) -> None:
    parties = typer.Typer(no_args_is_help=True, help="Everything that is stored of one party: hand it out, erase it.")
    parties.command("export")(export)
    parties.command("erase")(erase)
    admin.add_typer(parties, name="party")


def export(
    party: PartyName,
    to: Annotated[Path | None, typer.Option(help="The zip file to write; left out: named after the party.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write everything of a party into a zip file: rows as JSON lines, audio, artwork and other files as they came.

    Example: earmark admin party export "harbour/sub-label 12" --to sub-label-12.zip
    """
    from service.party_archive import write_archive
    from service.settings import Settings
    from service.store.blobs import BlobStorage
    from service.store.clock import utc_now

    settings = Settings()
    blobs = BlobStorage.open(settings.storage, staging=settings.staging_dir, options=settings.storage_options)
    with database_session() as session:
        found = _party(session, party)
        target = to or Path(f"{party.replace('/', '_')}.zip")
        counts = write_archive(target, session, blobs, found, utc_now())
    show({"party": party, "file": str(target), **counts}, as_json)


def erase(
    party: PartyName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase what leads to a person: names, titles, texts, tokens, addresses and files. There is no way back.

    Its tracks are withdrawn; what was judged stays, in numbers (docs/retention.md). Refused while a case or an appeal
    on one of its tracks is open. Ended on the way, the same command goes on.
    """
    from service.settings import Settings
    from service.store.clock import utc_now
    from service.store.database import Database
    from service.store.erasure import Erasure
    from service.store.parties import Parties

    with database_session() as session:
        found = _party(session, party)
        cases, appeals = Parties(session, found).open_questions()
        tracks = len(Parties(session, found).track_ids())
    if cases or appeals:
        listed = ", ".join([*cases, *appeals][:10])
        typer.echo(f"earmark: not while these are open, decide them first: {listed}", err=True)
        raise typer.Exit(1)
    if not yes:
        typer.confirm(f"Erase {party}, {tracks} tracks, for good?", abort=True)
    database = Database.open(Settings().database)
    try:
        while database.attempt(lambda session: Erasure(session, found).some_tracks(AT_ONCE, utc_now())):
            pass
        database.attempt(lambda session: Erasure(session, found).finish(utc_now()))
    finally:
        database.dispose()
    show({"party": party, "tracks": tracks, "erased": True}, as_json)


def _party(session: "Session", name: str) -> "Party":
    from service.store.parties import Parties, Party

    tenant_name, named, sender = name.partition("/")
    tenant = tenant_named(session, tenant_name)
    party = Party(tenant.id, sender if named else None)
    if not Parties(session, party).is_known():
        typer.echo(f"earmark: tenant {tenant_name!r} has no sender {sender!r}", err=True)
        raise typer.Exit(1)
    return party
