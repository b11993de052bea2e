"""From a delivery to tracks: messages in the order of their making, rows of manifests in theirs.

Each message is applied in one transaction under the job's token: a worker that dies in between leaves it as it was, and
the next one goes on. Messages whose audio is missing wait; whatever adds a file has the delivery looked into again.
"""

import posixpath
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import structlog
from sqlalchemy.orm import Session

from schemas.deliveries import (
    DeliveryState,
    Fault,
    FileStatus,
    MessageReport,
    MessageState,
    Report,
    SchemaFault,
)
from schemas.ern.hardened import MAX_BYTES, parse
from schemas.ern.message import ErnMessage, ErnRelease, MessageKind
from schemas.ern.navigate import local
from schemas.ern.read import read_tree
from schemas.ern.refusal import MessageRefused, RefusalReason
from service.ddex.applying import Applying, Found, Superseded, aware, report_of
from service.ddex.tracks import ReleaseTrack, release_key, tracks_of
from service.ddex.validation import NoSchema, validate
from service.store.clock import utc_now
from service.store.deliveries import Deliveries
from service.store.jobs import ClaimedJob, Jobs
from service.store.tables.deliveries import DeliveryFile, DeliveryRow, ErnMessageRow
from service.store.upload_pieces import UploadPieces
from service.store.uploads import Uploads
from service.store.usage import QuotaReached, next_day
from workers.lifecycle import Context
from workers.manifests import is_manifest, take_manifest, waits_for_tomorrow
from workers.message_files import audio_for, cover_for

log = structlog.get_logger(__name__)

BESIDE = frozenset({"ManifestMessage", "AcknowledgementMessage", "FtpAcknowledgementMessage"})
"""Messages that go with a batch and say nothing of a release."""

FINAL = (MessageState.APPLIED, MessageState.SUPERSEDED, MessageState.TEST, MessageState.DUPLICATE)


@dataclass
class Letter:
    """A message file of a delivery: what it says, or why it was refused."""

    file: str
    report: MessageReport
    message: ErnMessage | None = None


def ingest(context: Context, job: ClaimedJob) -> None:
    """Look into one delivery."""
    _take_uploads(context, job)
    with context.database.read() as session:
        row = Deliveries(session).find(job.subject_id)
        files = list(Deliveries(session).files(job.subject_id))
    if row is None:
        context.database.attempt(lambda session: Jobs(session).finish(job.id, job.token))
        return
    before = Report.model_validate(row.report or {})
    letters = [letter for file in files if file.name.lower().endswith(".xml") if (letter := _read(context, file))]
    letters.sort(key=_made)
    fresh = False
    for letter in letters:
        if letter.message is not None:
            fresh |= _work_on(context, job, row, letter, letter.message)
    rows = list(before.rows)
    for file in files:
        if is_manifest(file.name):
            rows = take_manifest(context, job, row, file, files, rows)
    report = Report(messages=[letter.report for letter in letters], rows=rows)
    state = _state(report)
    if not report.messages and not report.rows:
        report.note = "There is neither an ERN message (.xml) nor a manifest (.csv, .jsonl) among the files."
    notify = fresh or len(files) > row.files_seen

    def end(session: Session) -> None:
        now = utc_now()
        Jobs(session).finish(job.id, job.token, now)
        current = Deliveries(session).find(job.subject_id)
        assert current is not None
        Deliveries(session).note(current, state, report, len(files), now)
        if _over_quota(report):
            Deliveries(session).look_again(current.id, now, run_after=next_day(now))
        if notify:
            Deliveries(session).wake_waiting(current, now)

    context.database.attempt(end)
    log.info("delivery looked into", delivery=row.id, state=state.value, messages=len(letters), rows=len(rows))


def _take_uploads(context: Context, job: ClaimedJob) -> None:
    """Finished resumable uploads that name this delivery become files of it."""
    with context.database.read() as session:
        finished = list(Uploads(session).finished_for(job.subject_id))
    for upload in finished:
        with context.database.read() as session:
            pieces = list(Uploads(session).pieces(upload.id))
        with context.blobs.stage() as staged:
            for block in UploadPieces(context.blobs).read(upload.id, pieces):
                staged.write(block)
            sha256, size = staged.commit()

        def became(session: Session, upload: Any = upload, sha256: str = sha256, size: int = size) -> None:
            Jobs(session).confirm(job.id, job.token)
            name = str(upload.details.get("filename") or upload.id)
            files = Deliveries(session)
            files.record_file(job.subject_id, posixpath.normpath(name).lstrip("./"), sha256, size, utc_now())
            Uploads(session).became(upload.id, sha256)

        context.database.attempt(became)
        UploadPieces(context.blobs).remove(upload.id)


def _read(context: Context, file: DeliveryFile) -> Letter | None:
    """A message file, or ``None`` for XML that goes with a batch and is no message of its own."""
    report = MessageReport(file=file.name, state=MessageState.REFUSED)
    if posixpath.basename(file.name).lower().startswith("batchcomplete") and not file.size_bytes:
        return None
    try:
        if file.size_bytes > MAX_BYTES:
            raise MessageRefused(RefusalReason.TOO_LARGE, f"the message is larger than {MAX_BYTES // 2**20} MiB")
        root = parse(BytesIO(b"".join(context.blobs.read(file.sha256))), also=BESIDE)
        if local(root) in BESIDE:
            return None
        message = read_tree(root)
    except MessageRefused as refused:
        place = f" (line {refused.line})" if refused.line else ""
        report.faults = [Fault(status=FileStatus.INVALID, detail=f"{refused.detail}{place}", file=file.name)]
        return Letter(file.name, report)
    report = MessageReport(
        file=file.name,
        state=MessageState.WAITING,
        message_id=message.message_id,
        version=message.version,
        kind=message.kind.value,
        sender=message.sender,
        created_at=message.created_at,
        test=message.test,
        warnings=message.warnings,
    )
    folder = context.settings.ddex_xsd_dir
    if folder is not None:
        try:
            errors = validate(root, message.version, folder)
            report.schema_check = "invalid" if errors else "valid"
            report.schema_faults = [SchemaFault(**error._asdict()) for error in errors[:20]]
        except NoSchema as missing:
            report.schema_check = f"not checked: {missing}"
    else:
        report.schema_check = "not checked: no folder of schemas is set (EARMARK_DDEX_XSD_DIR)"
    if report.schema_check == "invalid" and context.settings.ddex_require_valid:
        first = report.schema_faults[0]
        report.state = MessageState.REFUSED
        report.faults = [
            Fault(status=FileStatus.INVALID, detail=f"line {first.line}: {first.message}"[:500], file=file.name)
        ]
        return Letter(file.name, report)
    return Letter(file.name, report, message)


def _made(letter: Letter) -> tuple[datetime, str]:
    """Order of making; what has no moment comes first, and so gives way to everything else."""
    moment = letter.message.created_at if letter.message else None
    return (aware(moment) if moment else datetime.min.replace(tzinfo=UTC), letter.file)


def _work_on(context: Context, job: ClaimedJob, row: DeliveryRow, letter: Letter, message: ErnMessage) -> bool:
    """Register a message and apply it where everything is there; whether it is new."""
    sender = _sender_of(message)
    key = release_key(message, message.releases[0]) if message.releases else "none"
    fresh = False

    def register(session: Session) -> MessageState:
        nonlocal fresh
        deliveries = Deliveries(session)
        known = _row_of(session, row.id, letter.file, message)
        fresh = known is None
        if known is None:
            Jobs(session).confirm(job.id, job.token)
            known = deliveries.register(row, letter.file, sender, message.message_id[:255], key, MessageState.WAITING)
        return known.state

    state = context.database.attempt(register)
    letter.report.state = state
    if state in FINAL:
        with context.database.read() as session:
            applying = Applying(session, context.settings, row.tenant_id, sender, utc_now())
            if state is MessageState.APPLIED:
                letter.report.releases = [
                    report_of(release, release.taken_down, applying.live(message, release))
                    for release in message.releases
                ]
        return fresh
    plans = [
        (release, *(([], []) if release.taken_down else tracks_of(message, release))) for release in message.releases
    ]
    letter.report.faults = [fault for _, _, faults in plans for fault in faults]
    if not message.releases:
        letter.report.faults.append(Fault(status=FileStatus.METADATA_MISSING, detail="the message has no release"))
    letter.report.faults += _without_deals(context, row, message, sender)
    if letter.report.faults:
        _settle(context, job, row, letter, MessageState.REFUSED)
        return fresh

    found, faults = _find_files(context, row, letter, message, sender, [(r, t) for r, t, _ in plans])
    letter.report.faults = faults
    if message.test:
        letter.report.releases = [report_of(release, release.taken_down, {}) for release, _, _ in plans]
        _settle(context, job, row, letter, MessageState.TEST)
        return fresh
    if faults:
        letter.report.state = MessageState.WAITING
        return fresh

    def apply(session: Session) -> list[Any]:
        Jobs(session).confirm(job.id, job.token)
        applying = Applying(session, context.settings, row.tenant_id, sender, utc_now())
        applying.check_order(message)
        done = [
            applying.apply(message, release, tracks, *files)
            for (release, tracks, _), files in zip(plans, found, strict=True)
        ]
        noted = _row_of(session, row.id, letter.file, message)
        assert noted is not None
        noted.state = MessageState.APPLIED
        session.flush()
        return done

    try:
        letter.report.releases = context.database.attempt(apply)
        letter.report.state = MessageState.APPLIED
    except Superseded:
        _settle(context, job, row, letter, MessageState.SUPERSEDED)
    except QuotaReached as reached:
        detail = (
            f"the {sum(len(tracks) for _, tracks, _ in plans)} tracks of this message come in together or not at all; "
        )
        detail += waits_for_tomorrow(reached, utc_now())
        letter.report.faults = [Fault(status=FileStatus.QUOTA_REACHED, detail=detail, file=letter.file)]
    return fresh


def _sender_of(message: ErnMessage) -> str:
    return (message.sender or message.sender_name or "unknown")[:255]


def _row_of(session: Session, delivery_id: str, file: str, message: ErnMessage) -> ErnMessageRow | None:
    return Deliveries(session).message(delivery_id, file, _sender_of(message), message.message_id[:255])


def _without_deals(context: Context, row: DeliveryRow, message: ErnMessage, sender: str) -> list[Fault]:
    """A release that was never delivered and has no deal at all is no takedown: its sender forgot the deals."""
    with context.database.read() as session:
        applying = Applying(session, context.settings, row.tenant_id, sender, utc_now())
        fresh = [
            release
            for release in message.releases
            if message.kind is MessageKind.NEW_RELEASE and not release.deals and not applying.knows(message, release)
        ]
    detail = "the release has no deal, and was not delivered before"
    return [Fault(status=FileStatus.NO_DEAL, detail=detail) for release in fresh if release.taken_down]


def _settle(context: Context, job: ClaimedJob, row: DeliveryRow, letter: Letter, state: MessageState) -> None:
    letter.report.state = state

    def note(session: Session) -> None:
        Jobs(session).confirm(job.id, job.token)
        assert letter.message is not None
        known = _row_of(session, row.id, letter.file, letter.message)
        assert known is not None
        known.state = state
        session.flush()

    context.database.attempt(note)


def _find_files(
    context: Context,
    row: DeliveryRow,
    letter: Letter,
    message: ErnMessage,
    sender: str,
    plans: list[tuple[ErnRelease, list[ReleaseTrack]]],
) -> tuple[list[tuple[Found, str | None]], list[Fault]]:
    """Audio and cover for each release, and what is missing or wrong."""
    with context.database.read() as session:
        known = _row_of(session, row.id, letter.file, message)
        assert known is not None
        files = Deliveries(session).files_for(known)
        applying = Applying(session, context.settings, row.tenant_id, sender, utc_now())
        standing = [set(applying.live(message, release)) for release, _ in plans]
        earlier = [applying.last_audio(message, release) for release, _ in plans]
    found: list[tuple[Found, str | None]] = []
    faults: list[Fault] = []
    for (release, tracks), there, before in zip(plans, standing, earlier, strict=True):
        audio, wrong = audio_for(context, letter.file, tracks, files, there, before)
        cover, fault = cover_for(context, letter.file, message, release, files, new=not there and not before)
        faults += [*wrong, *([fault] if fault else [])]
        found.append((audio, cover))
    return found, faults


def _over_quota(report: Report) -> bool:
    """Whether anything waits for nothing but the next day."""
    faults = [fault for message in report.messages for fault in message.faults]
    faults += [row.fault for row in report.rows if row.fault is not None]
    return any(fault.status is FileStatus.QUOTA_REACHED for fault in faults)


def _state(report: Report) -> DeliveryState:
    """Waiting where anything waits, refused where nothing at all could be taken."""
    states = [message.state for message in report.messages]
    waits = MessageState.WAITING in states or any(
        row.fault is not None and row.fault.status in (FileStatus.RESOURCE_MISSING, FileStatus.QUOTA_REACHED)
        for row in report.rows
    )
    if waits:
        return DeliveryState.WAITING
    taken = any(state is not MessageState.REFUSED for state in states) or any(row.track_id for row in report.rows)
    return DeliveryState.DONE if taken else DeliveryState.REFUSED
