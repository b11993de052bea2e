"""A message on the disk, looked over as a receiver would: what it says, its schema, and the files beside it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from schemas.deliveries import Fault, FileStatus, MessageReport, MessageState, SchemaFault
from schemas.ern.hardened import MAX_BYTES, parse
from schemas.ern.message import ErnMessage
from schemas.ern.read import read_tree
from schemas.ern.refusal import MessageRefused, RefusalReason
from service.ddex import resources
from service.ddex.applying import report_of
from service.ddex.validation import NoSchema, validate


class FileBeside(NamedTuple):
    """A file of the message's folder."""

    name: str
    path: Path

    @property
    def sha256(self) -> str:
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


def inspect(path: Path, schemas: Path | None = None) -> MessageReport:
    """The report of one message. Its state is ``test`` where all is right: nothing was made of it."""
    report = MessageReport(file=path.name, state=MessageState.REFUSED)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MessageRefused(RefusalReason.TOO_LARGE, f"the message is larger than {MAX_BYTES // 2**20} MiB")
        with path.open("rb") as stream:
            root = parse(stream)
        message = read_tree(root)
    except MessageRefused as refused:
        report.faults = [Fault(status=FileStatus.INVALID, detail=refused.detail, file=path.name)]
        return report
    except OSError as error:
        report.faults = [Fault(status=FileStatus.INVALID, detail=error.strerror or str(error), file=path.name)]
        return report
    report.message_id, report.version, report.kind = message.message_id, message.version, message.kind.value
    report.sender, report.created_at, report.test = message.sender, message.created_at, message.test
    report.warnings = message.warnings
    report.releases = [report_of(release, release.taken_down, {}) for release in message.releases]
    if schemas is not None:
        try:
            errors = validate(root, message.version, schemas)
            report.schema_faults = [SchemaFault(**error._asdict()) for error in errors[:20]]
            report.schema_check = "invalid" if errors else "valid"
            report.faults = [
                Fault(status=FileStatus.INVALID, detail=f"line {error.line}: {error.message}"[:500])
                for error in errors[:1]
            ]
        except NoSchema as missing:
            report.schema_check = f"not checked: {missing}"
    report.faults += _faults_of_files(message, path)
    report.state = MessageState.REFUSED if report.faults else MessageState.TEST
    return report


def _faults_of_files(message: ErnMessage, path: Path) -> list[Fault]:
    beside = [
        FileBeside(entry.relative_to(path.parent).as_posix(), entry)
        for entry in sorted(path.parent.rglob("*"))
        if entry.is_file() and not entry.is_symlink()
    ]
    faults = []
    resources_of = [(track.isrc, track.files) for track in message.tracks]
    resources_of += [(None, image.files) for image in message.images]
    for isrc, files in resources_of:
        for stated in files:
            file = resources.find(stated.uri, path.name, beside)
            if file is None:
                detail = f"the file {stated.uri[:200]} is missing"
                fault: Fault | None = Fault(status=FileStatus.RESOURCE_MISSING, detail=detail, file=stated.uri)
            else:
                fault = resources.check(stated, file, lambda _sha256, path=file.path: _blocks(path))
            if fault is not None:
                faults.append(fault.model_copy(update={"isrc": isrc}))
    return faults


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(1024 * 1024):
            yield block
