"""What is written back to whoever delivered: an acknowledgement for each message, a table for each manifest. Pure."""

import csv
import io
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.deliveries import DeliveryState, Fault, FileStatus, MessageReport, MessageState, Report, RowReport
from schemas.ern.acknowledge import acknowledgement
from service.store.hashing import content_sha256

_COLUMNS = ("line", "file", "status", "track_id", "detail")


@dataclass(frozen=True)
class Answer:
    """A file to write. ``about`` is the message's or the manifest's name; ``digest`` changes when there is news."""

    about: str
    digest: str
    name: str
    content: bytes


def answers(
    report: Report, state: DeliveryState, batch: str, delivery_id: str, sender: str, moment: datetime
) -> Iterator[Answer]:
    """Everything that there is to say of a delivery. The names and contents are the same whenever it is asked of the
    same report, so that writing them twice does no harm.

    :param sender: DPID of whoever acknowledges, or empty
    :param moment: when the delivery came to stand as the report has it
    """
    used: set[str] = set()
    stamp = f"{moment.astimezone(UTC):%Y%m%d%H%M%S}{moment.microsecond // 1000:03}"
    for message in [*report.messages, *_of_the_batch(report, state, batch)]:
        faults = [fault.model_dump(mode="json") for fault in message.faults]
        digest = content_sha256([message.state.value, message.message_id, faults])
        name = _free(f"ACK_{stamp}_{_release_id(message)}", used)
        content = acknowledgement(Report(messages=[message]), f"{delivery_id}-{digest[:8]}", sender, moment)
        yield Answer(message.file, digest, f"{name}.xml", content)
    for manifest in dict.fromkeys(row.manifest for row in report.rows):
        rows = [row for row in report.rows if row.manifest == manifest]
        content = _table(rows)
        stem = posixpath.splitext(posixpath.basename(manifest))[0]
        name = _free(f"ACK_{stamp}_{_plain(stem)}", used)
        yield Answer(manifest, content_sha256(content.decode()), f"{name}.csv", content)


def news(found: Iterator[Answer], told: Mapping[str, str]) -> list[Answer]:
    """The answers that say something else than was said before."""
    return [answer for answer in found if told.get(answer.about) != answer.digest]


def refusal(batch: str, detail: str, file: str | None) -> Report:
    """The report of a batch that cannot be taken as it lies there."""
    fault = Fault(status=FileStatus.INVALID, detail=f"{file}: {detail}" if file else detail, file=file)
    return Report(messages=[MessageReport(file=batch, state=MessageState.REFUSED, faults=[fault])])


def _of_the_batch(report: Report, state: DeliveryState, batch: str) -> list[MessageReport]:
    """What became of the batch as a whole, where it holds nothing that was understood or could not be processed."""
    failed = state is DeliveryState.FAILED
    if report.note is None or not (failed or (not report.messages and not report.rows)):
        return []
    status = FileStatus.INTERNAL if failed else FileStatus.INVALID
    fault = Fault(status=status, detail=report.note)
    return [MessageReport(file=batch, state=MessageState.REFUSED, faults=[fault])]


def _release_id(message: MessageReport) -> str:
    """The release's identifier, or else what the message's own place says: ``{ReleaseId}/{ReleaseId}.xml``."""
    for release in message.releases:
        if named := release.grid or release.upc or release.proprietary_id:
            return _plain(named)
    return _plain(posixpath.splitext(message.file)[0].replace("/", "-"))


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)[:80].lstrip(".") or "batch"


def _free(name: str, used: set[str]) -> str:
    """The name, counted up where another answer of the same moment has it."""
    number, free = 1, name
    while free in used:
        number += 1
        free = f"{name}-{number}"
    used.add(free)
    return free


def _table(rows: list[RowReport]) -> bytes:
    """As a spreadsheet opens it: cells that it would take for a formula are text."""
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(_COLUMNS)
    for row in sorted(rows, key=lambda each: each.line):
        status = row.fault.status.value if row.fault else FileStatus.OK.value
        cells = (row.line, row.file or "", status, row.track_id or "", row.fault.detail if row.fault else "")
        table.writerow([f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells])
    return written.getvalue().encode()
