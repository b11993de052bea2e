"""Every sample message is read, with a table of what was found; what is hostile is refused quickly and small.

Each hostile file is read in a process of its own, whose CPU time and largest memory are those of the whole process,
interpreter and imports included.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from lxml import etree
from rich.console import Console
from rich.table import Table

from schemas.disclosure import Level
from schemas.ern.write import DeliveredTrack
from service.cli.verdicts import shown
from service.ddex.inspection import inspect
from service.ddex.validation import validate
from tests.schemas.ern.written import reads_back, tracks, written

ROUND_TRIPS = 3000
MAX_CPU_S = 2.0
MAX_RSS_MB = 300.0
ROOT = '<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/432">'
PEAK = """import atexit
atexit.register(lambda: print([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].strip()))
"""
"""The process tells its own largest memory: what the parent is told counts the parent's, from before the exec."""
READ = "import sys; from schemas.ern.read import read_message; read_message(open(sys.argv[1], 'rb'))"
UNPACK = (
    "import sys, pathlib; from service.batches import unpacked\n"
    "for name, blocks in unpacked(pathlib.Path(sys.argv[1]), max_bytes=20 * 2**30):\n    [None for _ in blocks]"
)


def check(shared: Path, console: Console) -> list[str]:
    """Read what is valid and refuse what is not; what went otherwise."""
    faults = _read_samples(shared / "ddex", console)
    faults += _round_trip(shared / "ddex" / "xsd", console)
    with tempfile.TemporaryDirectory(prefix="earmark-ddex-") as folder:
        hostile = [*sorted((shared / "ddex" / "samples" / "hostile").glob("*.xml")), *_made(Path(folder))]
        table = Table("hostile", "size", "refused", "CPU s", "MB", title="Refused, each in a process of its own")
        for path in hostile:
            said, cpu_s, rss_mb = _refused(path)
            table.add_row(path.name, f"{path.stat().st_size:,}", shown(said[:110]), f"{cpu_s:.2f}", f"{rss_mb:.0f}")
            if not said:
                faults.append(f"{path.name} was not refused")
            if cpu_s >= MAX_CPU_S or rss_mb >= MAX_RSS_MB:
                faults.append(f"{path.name} took {cpu_s:.1f} s and {rss_mb:.0f} MB")
    console.print(table)
    return faults


def _read_samples(folder: Path, console: Console) -> list[str]:
    from schemas.ern.read import read_message

    faults = []
    table = Table("message", "ERN", "schema", "releases", "tracks", "declared AI", "warnings", title="Sample messages")
    for path in sorted((folder / "samples").glob("ern*/*.xml")):
        report = inspect(path, folder / "xsd")
        refused = [fault for fault in report.faults if fault.status == "NewReleaseMessageInvalid"]
        if report.message_id is None:
            faults.append(f"{path.name} was not read: {refused[0].detail if refused else 'no reason'}")
            continue
        with path.open("rb") as stream:
            message = read_message(stream)
        declared = sum(
            any(level is not Level.UNDECLARED for level in track.declared_ai.values()) for track in message.tracks
        )
        table.add_row(
            f"{path.parent.name}/{path.name}",
            f"{message.version} {message.kind.value}",
            report.schema_check,
            ", ".join(
                f"{release.upc or release.grid}{' down' if release.taken_down else ''}" for release in message.releases
            ),
            str(len(message.tracks)),
            f"{declared} of {len(message.tracks)}",
            ", ".join(sorted({warning.code.value for warning in message.warnings})) or "-",
        )
    console.print(table)
    return faults


def _round_trip(schemas: Path, console: Console) -> list[str]:
    """Releases made up at random, written, validated against DDEX's schema and read again; the first that differs."""
    tried = 0

    @settings(max_examples=ROUND_TRIPS, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @seed(432)
    @given(st.lists(tracks(), min_size=1, max_size=3))
    def survives(sent: list[DeliveredTrack]) -> None:
        nonlocal tried
        tried += 1
        content = written(sent)
        assert validate(etree.fromstring(content), "4.3.2", schemas) == []
        reads_back(content, sent)

    try:
        survives()
    except AssertionError as differs:
        return [f"a message written as ERN 4.3.2 is not valid or reads back differently: {differs}"]
    console.print(f"{tried:,} releases written as ERN 4.3.2, all valid against the schema, all read back the same")
    return []


def _made(folder: Path) -> Iterator[Path]:
    """Hostile files of our own."""
    texts = {
        "entity-bomb.xml": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY a{n} "' + f"&a{n - 1 or ''};" * 10 + '">' for n in range(1, 10))
        + "]><x>&a9;</x>",
        "external-entity.xml": '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
        "parameter-entity.xml": '<!DOCTYPE x [<!ENTITY % f SYSTEM "http://127.0.0.1:9/x"> %f;]><x/>',
        "deep.xml": ROOT + "<a>" * 200_000,
        "many-elements.xml": ROOT + "<a/>" * 600_000 + "</ern:NewReleaseMessage>",
        "many-attributes.xml": ROOT
        + "<a "
        + " ".join(f'b{n}="1"' for n in range(200_000))
        + "/></ern:NewReleaseMessage>",
        "no-header.xml": ROOT + "</ern:NewReleaseMessage>",
        "html.xml": "<html><body/></html>",
        "empty.xml": "",
        "cut-off.xml": ROOT + "<MessageHeader><MessageId>1</Mess",
        "unknown-version.xml": ROOT.replace("432", "999") + "</ern:NewReleaseMessage>",
        "wrong-encoding.xml": '<?xml version="1.0" encoding="UTF-7"?>' + ROOT + "</ern:NewReleaseMessage>",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
        yield folder / name
    (folder / "utf-16-inside-utf-8.xml").write_bytes(b'<?xml version="1.0" encoding="UTF-8"?>' + ROOT.encode("utf-16"))
    yield folder / "utf-16-inside-utf-8.xml"
    with (folder / "300-mb.xml").open("wb") as file:
        file.write(ROOT.encode())
        for _ in range(300):
            file.write(b"<a>" + b"x" * 1_000_000 + b"</a>")
    yield folder / "300-mb.xml"
    with zipfile.ZipFile(folder / "zip-slip.zip", "w") as archive:
        archive.writestr("../../../../tmp/escaped.xml", "x")
    yield folder / "zip-slip.zip"
    with (
        zipfile.ZipFile(folder / "zip-bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros.wav", "w") as member,
    ):
        for _ in range(300):
            member.write(b"\0" * 1_000_000)
    yield folder / "zip-bomb.zip"


def _refused(path: Path) -> tuple[str, float, float]:
    """Why a fresh process refuses a file (empty where it does not), its CPU seconds and its largest memory in MB."""
    script = PEAK + (UNPACK if path.suffix == ".zip" else READ)
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as peak:
        process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=peak, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        last = said.read().decode(errors="replace").strip().splitlines()[-1:]
        peak.seek(0)
        rss_mb = int(peak.read().split()[1]) / 1024
    refused = process.returncode == 1 and bool(last) and ("Refused" in last[0])
    return (last[0] if refused else ""), usage.ru_utime + usage.ru_stime, rss_mb
