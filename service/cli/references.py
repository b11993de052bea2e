"""``earmark admin reference``: the sets of recordings that are known by their sound."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from service.cli.paths import audio_files_in
from service.cli.people import AsJson, database_session, show
from service.facts.registry import ReferenceKind
from service.inert import inert

Set = Annotated[ReferenceKind, typer.Option("--set", help="Which set.")]


def register(admin: typer.Typer) -> None:
    references = typer.Typer(
        no_args_is_help=True, help="Protected recordings and confirmed spam, found in deliveries by their sound."
    )
    references.command("add")(add)
    references.command("list")(list_all)
    references.command("remove")(remove)
    admin.add_typer(references, name="reference")


def add(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Audio files, or folders to walk through.")],
    kind: Set,
    owner: Annotated[str | None, typer.Option(help="Sender whose they are (`sender.id`).")] = None,
    licensed_to: Annotated[list[str] | None, typer.Option(help="Another sender who may; repeat it.")] = None,
    release_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Before it, a match is urgent (P0).")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title, for a single file.")] = None,
    artist: Annotated[str | None, typer.Option(help="Main artist.")] = None,
    isrc: Annotated[str | None, typer.Option(help="ISRC, for a single file.")] = None,
    note: Annotated[str | None, typer.Option(help="Why: the policy or the agreement.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take recordings into a set. What carries them already is judged again; a second time changes what is said.

    Example: earmark admin reference add --set protected --owner harbour-records --release-date 2027-01-08 masters/
    """
    from classifiers.audio.unreadable import UnreadableAudio
    from service.settings import Settings
    from service.store.references import Entry
    from workers.lifecycle import Context
    from workers.references import CannotBeKnown, enter

    files = audio_files_in(paths)
    if len(files) > 1 and (title or isrc):
        raise typer.BadParameter("--title and --isrc say something of a single file")
    entry = Entry(
        kind=kind,
        title=title,
        artist=artist,
        isrc=isrc,
        owner=owner,
        licensed_to=frozenset(licensed_to or ()),
        release_date=release_date.date() if release_date else None,
        note=note,
    )
    failed = 0
    with database_session():
        pass  # the database is there, and its schema the newest
    context = Context(Settings())
    try:
        for file in files:
            try:
                sha256, tracks = enter(context, Path(file), entry)
                show({"path": file, "audio_sha256": sha256, "set": kind.value, "tracks_judged_again": tracks}, as_json)
            except (UnreadableAudio, CannotBeKnown, OSError) as error:
                failed += 1
                typer.echo(f"earmark: {inert(file)}: {inert(str(error))}", err=True)
    finally:
        context.close()
    if failed:
        raise typer.Exit(1)


def list_all(
    kind: Annotated[ReferenceKind | None, typer.Option("--set", help="One set alone.")] = None, as_json: AsJson = False
) -> None:
    """What is in the sets."""
    from service.store.references import References

    with database_session() as session:
        for row in References(session).all(kind):
            said = {
                "audio_sha256": row.audio_sha256,
                "set": row.kind.value,
                "title": row.title,
                "artist": row.artist,
                "isrc": row.isrc,
                "owner": row.owner,
                "licensed_to": row.licensed_to,
                "release_date": row.release_date.isoformat() if row.release_date else None,
                "note": row.note,
            }
            show(said, as_json)


def remove(
    audio_sha256: Annotated[str, typer.Argument(help="The recording, as `list` shows it.")], as_json: AsJson = False
) -> None:
    """Take a recording out of its set. What carries it is judged again without it."""
    from service.store.references import References
    from workers.references import judge_again

    with database_session() as session:
        if not References(session).remove(audio_sha256):
            typer.echo(f"earmark: no reference recording has the SHA-256 {inert(audio_sha256)}", err=True)
            raise typer.Exit(1)
        tracks = judge_again(session, audio_sha256)
        show({"audio_sha256": audio_sha256, "tracks_judged_again": tracks}, as_json)
