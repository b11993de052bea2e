"""``earmark ern``: check, read, write and acknowledge DDEX ERN messages, without a service."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lxml import etree

    from schemas.ern.message import ErnMessage

commands = typer.Typer(
    help="Check, read, write and acknowledge DDEX ERN messages, without a service.", no_args_is_help=True
)

Files = Annotated[list[Path], typer.Argument(help="ERN messages (XML).", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON lines on standard output.")]
Schemas = Annotated[
    Path | None,
    typer.Option(
        "--schemas",
        envvar="EARMARK_DDEX_XSD_DIR",
        help="Folder with DDEX's schemas (ernv432/release-notification.xsd and so on), for validation.",
    ),
]


def register(app: typer.Typer) -> None:
    app.add_typer(commands, name="ern")


@commands.command()
def read(files: Files, as_json: AsJson = False) -> None:
    """Show what messages say: releases, tracks, declared AI, and what is odd about them."""
    failed = False
    for path in files:
        message, _, error = _open(path)
        if message is None:
            failed = True
            _report(path, error, as_json)
        elif as_json:
            print(json.dumps({"path": str(path), **_shape(message)}, ensure_ascii=False))
        else:
            _show(path, message)
    raise typer.Exit(1 if failed else 0)


@commands.command()
def check(files: Files, schemas: Schemas = None, as_json: AsJson = False) -> None:
    """Check messages: acceptable, consistent about AI (R1 to R3), and valid against the schemas in a folder."""
    from service.ddex.validation import NoSchema, validate

    if schemas is None:
        print("no folder of DDEX schemas is named (--schemas): the XML Schema is not checked", file=sys.stderr)
    from service.cli.verdicts import LONGEST
    from service.inert import inert

    failed = False
    for path in files:
        message, root, error = _open(path)
        if message is None:
            failed = True
            _report(path, error, as_json)
            continue
        errors: list[dict[str, Any]] = []
        schema = "not checked"
        if schemas is not None:
            try:
                errors = [found._asdict() for found in validate(root, message.version, schemas)]
                schema = "invalid" if errors else "valid"
            except NoSchema as missing:
                schema = f"not checked: {missing}"
        failed = failed or bool(errors)
        warnings = [warning.model_dump(mode="json") for warning in message.warnings]
        if as_json:
            line = {
                "path": str(path),
                "version": message.version,
                "schema": schema,
                "errors": errors,
                "warnings": warnings,
            }
            print(json.dumps(line, ensure_ascii=False))
            continue
        print(f"{path}: ERN {message.version}, schema {schema}, {len(warnings)} warnings")
        for found in errors:
            print(f"  line {found['line']}: {inert(found['message'], LONGEST)}")
        for warning in warnings:
            print(f"  line {warning['line']}: {inert(warning['message'], LONGEST)} [{warning['code']}]")
    raise typer.Exit(1 if failed else 0)


@commands.command()
def write(
    manifest: Annotated[Path, typer.Argument(help="manifest.jsonl: a track's metadata a line, with 'file'.")],
    sender: Annotated[str, typer.Option(help="DPID of the sender.")],
    recipient: Annotated[str, typer.Option(help="DPID of the recipient.")],
    sender_name: Annotated[str, typer.Option(help="Name of the sender.")],
    out: Annotated[Path | None, typer.Option(help="Where to write; standard output where left out.")] = None,
    message_id: Annotated[str | None, typer.Option(help="MessageId; made from the time where left out.")] = None,
    test: Annotated[bool, typer.Option("--test", help="Mark it as a test message.")] = False,
) -> None:
    """Write one release as ERN 4.3.2 with its disclosure, from a manifest and the audio beside it."""
    from pydantic import ValidationError

    from schemas.ern.write import Envelope, write_message
    from schemas.identifiers import normalise_dpid

    try:
        now = datetime.now(UTC)
        identifier = message_id or now.strftime("%Y%m%d%H%M%S%f")
        envelope = Envelope(
            message_id=identifier,
            thread_id=identifier,
            sender=normalise_dpid(sender),
            sender_name=sender_name,
            recipient=normalise_dpid(recipient),
            created_at=now,
            test=test,
        )
        tracks = [_delivered(row, manifest) for row in manifest.read_text("utf-8").splitlines() if row.strip()]
        message = write_message(envelope, tracks)
    except ValidationError as error:
        first = error.errors()[0]
        _stop(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except (OSError, ValueError, KeyError) as error:
        _stop(str(error))
    if out is None:
        sys.stdout.buffer.write(message)
    else:
        out.write_bytes(message)


@commands.command()
def ack(
    files: Files,
    sender: Annotated[str, typer.Option(help="DPID under which it is written.")] = "",
    out: Annotated[Path | None, typer.Option(help="Where to write; standard output where left out.")] = None,
    schemas: Schemas = None,
) -> None:
    """Acknowledge messages as they lie on the disk: readable, valid, and their files beside them with the right hash
    sums. Writes a DDEX acknowledgement (ERN choreography 1.8); exit code 1 when any message is not all right."""
    from schemas.deliveries import MessageState, Report
    from schemas.ern.acknowledge import acknowledgement
    from service.ddex.inspection import inspect

    now = datetime.now(UTC)
    report = Report(messages=[inspect(path, schemas) for path in files])
    content = acknowledgement(report, "ack", sender, now)
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)
    raise typer.Exit(0 if all(each.state is MessageState.TEST for each in report.messages) else 1)


def _delivered(row: str, manifest: Path) -> Any:
    import hashlib

    import av

    from schemas.catalogue import TrackMetadata
    from schemas.ern.write import DeliveredTrack

    said = json.loads(row)
    file = said.pop("file")
    path = manifest.parent / file
    with path.open("rb") as audio:
        digest = hashlib.file_digest(audio, "sha256").hexdigest()
    with av.open(str(path)) as container:
        duration = (container.duration or 0) / 1_000_000
    return DeliveredTrack(metadata=TrackMetadata(**said), duration_s=duration, uri=f"resources/{file}", sha256=digest)


def _stop(message: str) -> None:
    print(message, file=sys.stderr)
    raise typer.Exit(2)


def _open(path: Path) -> "tuple[ErnMessage | None, etree._Element | None, dict[str, Any]]":
    from schemas.ern.hardened import MAX_BYTES, parse
    from schemas.ern.read import read_tree
    from schemas.ern.refusal import MessageRefused, RefusalReason

    try:
        if path.stat().st_size > MAX_BYTES:
            raise MessageRefused(RefusalReason.TOO_LARGE, f"the message is larger than {MAX_BYTES // 2**20} MiB")
        with path.open("rb") as stream:
            root = parse(stream)
        return read_tree(root), root, {}
    except MessageRefused as refused:
        return None, None, {"type": refused.reason.value, "detail": refused.detail, "line": refused.line}
    except OSError as error:
        return None, None, {"type": "unreadable-file", "detail": error.strerror or str(error), "line": None}


def _shape(message: "ErnMessage") -> dict[str, Any]:
    plain = message.model_dump(mode="json")
    for track in plain["tracks"]:
        track["artists"] = [artist["name"] for artist in track["artists"] if artist["name"]]
    return plain


def _report(path: Path, error: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"path": str(path), "error": error}, ensure_ascii=False))
    else:
        place = f", line {error['line']}" if error["line"] else ""
        print(f"{path}{place}: {error['detail']} [{error['type']}]", file=sys.stderr)


def _show(path: Path, message: "ErnMessage") -> None:
    from rich.console import Console
    from rich.table import Table

    from service.cli.verdicts import shown

    console = Console()
    kind = "test message" if message.test else "message"
    console.print(
        f"[bold]{shown(str(path))}[/]: ERN {message.version} {message.kind}, {kind} {shown(message.message_id)}"
    )
    for release in message.releases:
        state = "taken down" if release.taken_down else f"{release.deals} deals"
        console.print(
            f"  release {shown(release.title or '-')} ({release.upc or release.grid or 'no identifier'}), {state}"
        )
    if message.tracks:
        table = Table("ISRC", "Title", "Artists", "Declared AI")
        for track in message.tracks:
            declared = ", ".join(
                f"{facet} {level}" for facet, level in track.declared_ai.items() if level != "UNDECLARED"
            )
            artists = ", ".join(artist.name for artist in track.artists if artist.name)
            table.add_row(track.isrc or "-", shown(track.title or "-"), shown(artists), declared or "undeclared")
        console.print(table)
    for warning in message.warnings:
        console.print(f"  [yellow]line {warning.line}[/]: {shown(warning.message)} \\[{warning.code}]")
