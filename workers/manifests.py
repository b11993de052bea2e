"""Rows of ``manifest.csv`` and ``manifest.jsonl``: each becomes a track once its file is there."""

import posixpath
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from schemas.catalogue import TrackMetadata
from schemas.deliveries import Fault, FileStatus, RowReport
from service.accepting import accept_track
from service.ddex import resources
from service.describing import warnings_of
from service.manifest import FOR_THE_CALLER, ManifestError, read_rows
from service.store.clock import utc_now
from service.store.deliveries import Deliveries
from service.store.jobs import ClaimedJob, Jobs
from service.store.tables.deliveries import DeliveryFile, DeliveryRow
from service.store.usage import QuotaReached, next_day
from workers.lifecycle import Context

MAX_BYTES = 64 * 1024 * 1024
Rows = list[tuple[int, dict[str, Any]]]

CHUNK = 50
"""Rows that are accepted in one transaction, with the note that they were."""


def is_manifest(name: str) -> bool:
    """A manifest by its name: ``manifest.csv``, ``manifest.jsonl``, or the only kind of file that ends so."""
    return posixpath.basename(name).lower().endswith((".csv", ".jsonl"))


def take_manifest(
    context: Context,
    job: ClaimedJob,
    delivery: DeliveryRow,
    manifest: DeliveryFile,
    files: list[DeliveryFile],
    before: list[RowReport],
) -> list[RowReport]:
    """Accept what can be accepted of a manifest; its rows after that, with those of others as they were."""
    others = [row for row in before if row.manifest != manifest.name]
    done = {row.line: row for row in before if row.manifest == manifest.name and row.track_id}
    try:
        if manifest.size_bytes > MAX_BYTES:
            raise ManifestError(f"the manifest is larger than {MAX_BYTES // 2**20} MiB")
        text = b"".join(context.blobs.read(manifest.sha256)).decode("utf-8-sig")
        rows = list(read_rows(manifest.name, text))
    except UnicodeDecodeError:
        return [*others, _fault(manifest.name, 1, "the manifest is not UTF-8", FileStatus.INVALID)]
    except ManifestError as error:
        return [*others, _fault(manifest.name, 1, str(error), FileStatus.INVALID)]
    own: list[RowReport] = []
    for start in range(0, len(rows), CHUNK):
        chunk = [(line, row) for line, row in rows[start : start + CHUNK] if line not in done]

        def accept(session: Session, chunk: Rows = chunk, own: list[RowReport] = own) -> list[RowReport]:
            Jobs(session).confirm(job.id, job.token)
            taken = [_take(session, context, delivery, manifest.name, line, row, files) for line, row in chunk]
            current = Deliveries(session).find(delivery.id)
            assert current is not None
            all_rows = [*others, *done.values(), *own, *taken]
            report = {**(current.report or {}), "rows": [row.model_dump(mode="json") for row in all_rows]}
            current.report = report
            session.flush()
            return taken

        if chunk:
            own += context.database.attempt(accept)
    return [*others, *sorted([*done.values(), *own], key=lambda row: row.line)]


def _take(
    session: Session,
    context: Context,
    delivery: DeliveryRow,
    manifest: str,
    line: int,
    row: dict[str, Any],
    files: list[DeliveryFile],
) -> RowReport:
    name = row.get("file")
    if not isinstance(name, str) or not name:
        return _fault(manifest, line, "'file' is missing", FileStatus.METADATA_MISSING)
    said = {key: value for key, value in row.items() if key not in FOR_THE_CALLER}
    try:
        metadata = TrackMetadata.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        detail = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:500]
        return _fault(manifest, line, detail, FileStatus.METADATA_MISSING, name)
    file = resources.find(name, manifest, files)
    if file is None:
        return _fault(manifest, line, f"the file {name[:200]} is missing", FileStatus.RESOURCE_MISSING, name)
    now = utc_now()
    try:
        track = accept_track(
            session,
            context.settings,
            delivery.tenant_id,
            metadata,
            audio_sha256=file.sha256,
            now=now,
            file_name=posixpath.basename(file.name),
            warnings=warnings_of(metadata, "metadata"),
        )
    except QuotaReached as reached:
        return _fault(manifest, line, waits_for_tomorrow(reached, now), FileStatus.QUOTA_REACHED, name)
    return RowReport(manifest=manifest, line=line, file=name, track_id=track.id)


def waits_for_tomorrow(reached: QuotaReached, now: datetime) -> str:
    """What somebody is told whose batch holds more than may be delivered today."""
    return f"{reached}; it is kept and taken up again at {next_day(now):%Y-%m-%d %H:%M} UTC"


def _fault(manifest: str, line: int, detail: str, status: FileStatus, file: str | None = None) -> RowReport:
    return RowReport(manifest=manifest, line=line, file=file, fault=Fault(status=status, detail=detail, file=file))
