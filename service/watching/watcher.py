"""The watcher: goes round a watched folder, takes what is there, and writes back what became of it.

It keeps nothing in memory that the database does not know. Files are stored first, then the delivery, its files, its
job and the note of what was taken are committed together; a watcher that dies before that commit reads the batch
again, one that dies after it finds nothing to do. An answer is written under a name and with content that follow from
the delivery, and noted afterwards: at worst the same file is written twice.
"""

import errno
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.exc import OperationalError as DatabaseDown
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from schemas.deliveries import Report
from service.batches import MAX_FILES, BatchRefused, safe_name, unpacked
from service.inert import inert
from service.settings import Settings
from service.store.blobs import BlobStorage, StagedBlob
from service.store.clock import utc_now
from service.store.database import Database
from service.store.hashing import content_sha256
from service.store.watched_batches import WatchedBatches
from service.watching import answers
from service.watching.completeness import takeable
from service.watching.places import Changed, Entry, Place

log = structlog.get_logger(__name__)

Files = dict[str, tuple[str, int]]


@dataclass
class Round:
    """What one round did, in batches."""

    taken: int = 0
    refused: int = 0
    answered: int = 0
    troubled: int = 0
    """Batches that could not be looked after this time and are tried again."""


class Watcher:
    """One watched folder of one tenant.

    :param settle_s: for how long a file must not have changed before it is taken, where nobody says that it is whole
    """

    def __init__(self, place: Place, settings: Settings, tenant_id: str, *, settle_s: float) -> None:
        self._place = place
        self._settings = settings
        self._tenant_id = tenant_id
        self._settle_s = settle_s
        self._database = Database.open(settings.database, pool_size=2)
        self._blobs = BlobStorage.open(settings.storage, staging=settings.staging_dir, options=settings.storage_options)

    def close(self) -> None:
        self._database.dispose()

    def run(self, stop: threading.Event, every_s: float) -> None:
        """Go round until told to stop. What fails in one round is logged and tried again in the next."""
        while not stop.is_set():
            try:
                done = self.round(time.time())
                if done.taken or done.refused or done.answered:
                    log.info("watched folder", folder=self._place.address, **vars(done))
            except Exception as error:  # a bucket or a disk that is away comes back, and each has errors of its own
                log.warning("watched folder cannot be looked at", folder=self._place.address, error=_line(error))
            stop.wait(every_s)

    def round(self, now: float) -> Round:
        """Take what may be taken at this moment, then answer what was looked into since the last round.

        :param now: seconds since 1970, by the clock of the watched disk
        """
        done = Round()
        found = self._place.listing(now)
        with self._database.read() as session:
            known = self._batches(session).listings()
        for batch, entries in found.items():
            self._each(done, batch, partial(self._take, done, batch, entries, known))
        self._answer(done, frozenset(found))
        return done

    def _each(self, done: Round, batch: str, work: Callable[[], None]) -> None:
        """One batch that is in trouble keeps no other waiting."""
        try:
            work()
        except Changed as changed:
            log.info("batch is still changing", batch=inert(batch), file=inert(str(changed)))
            done.troubled += 1
        except (OSError, SQLAlchemyError) as error:
            if isinstance(error, DatabaseDown):
                raise
            log.warning("batch could not be looked after", batch=inert(batch), error=_line(error))
            done.troubled += 1

    def _take(self, done: Round, batch: str, entries: list[Entry], known: dict[str, str]) -> None:
        listing = content_sha256([[entry.name, entry.state, entry.fault] for entry in _sorted(entries)])
        if known.get(batch) == listing:
            return
        ready = takeable(entries, self._settle_s)
        if not ready:
            return
        try:
            safe_name(batch)
        except BatchRefused as refused:  # nothing could be noted or answered under such a name
            log.warning("batch passed over", batch=inert(batch), reason=refused.detail)
            done.troubled += 1
            return
        try:
            named = _checked(ready, self._settings.max_upload_bytes)
            with self._database.read() as session:
                row = self._batches(session).get(batch)
                seen = dict(row.seen) if row else {}
            due = {name: entry for name, entry in named.items() if seen.get(name) != entry.state}
            files = self._stored(batch, due)
        except BatchRefused as refused:
            self._refuse(done, batch, refused, listing)
            return
        whole = listing if len(ready) == len(entries) else ""
        states = {name: entry.state for name, entry in due.items()}

        def take(session: Session) -> str:
            return self._batches(session).take(batch, files, states, whole, utc_now())

        delivery = self._database.attempt(take)
        if files:
            done.taken += 1
            log.info("batch taken", batch=inert(batch), delivery=delivery, files=len(files))

    def _stored(self, batch: str, due: dict[str, Entry]) -> Files:
        """The files put into storage, an archive as what is in it."""
        self._need_room(sum(entry.size for entry in due.values()))
        files: Files = {}
        for name, entry in due.items():
            with self._blobs.stage() as staged:
                for block in self._place.read(batch, entry):
                    staged.write(block)
                files[name] = staged.commit()
        if any(entry.archive for entry in due.values()):
            return self._unpacked(*files[batch])
        return files

    def _unpacked(self, sha256: str, size: int) -> Files:
        files: Files = {}
        with self._blobs.local_path(sha256) as path:
            for name, blocks in unpacked(path, max_bytes=self._settings.max_upload_bytes):
                self._need_room(size)
                staged: StagedBlob
                with self._blobs.stage() as staged:
                    for block in blocks:
                        staged.write(block)
                    files[name] = staged.commit()
        return files

    def _need_room(self, size: int) -> None:
        if self._blobs.free_bytes() - size < self._settings.min_free_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _refuse(self, done: Round, batch: str, refused: BatchRefused, listing: str) -> None:
        file = inert(refused.file, 200) if refused.file else None
        report = answers.refusal(inert(batch, 200), refused.detail, file)

        def note(session: Session) -> str | None:
            return self._batches(session).refuse(batch, report, listing, utc_now())

        self._database.attempt(note)
        done.refused += 1
        log.warning("batch refused", batch=inert(batch), file=file, reason=refused.detail)

    def _answer(self, done: Round, there: frozenset[str]) -> None:
        with self._database.read() as session:
            due = [
                (batch.name, dict(batch.told), delivery.id, delivery.state, dict(delivery.report), delivery.updated_at)
                for batch, delivery in self._batches(session).unanswered()
            ]
        for name, told, delivery_id, state, said, moment in due:
            report = Report.model_validate(said)
            found = answers.answers(report, state, name, delivery_id, self._settings.dpid or "", moment)
            fresh = answers.news(found, told)
            self._each(done, name, partial(self._write, name, fresh, moment, name in there))
            done.answered += len(fresh)

    def _write(self, name: str, fresh: list[answers.Answer], moment: datetime, there: bool) -> None:
        """Write answers and note that. A batch that was cleared away gets none any more."""
        for answer in fresh if there else []:
            self._place.write("" if name.lower().endswith(".zip") else name, answer.name, answer.content)
        digests = {answer.about: answer.digest for answer in fresh}
        self._database.attempt(lambda session: self._batches(session).answered(name, digests, moment))

    def _batches(self, session: Session) -> WatchedBatches:
        return WatchedBatches(session, self._tenant_id, self._place.address)


def _sorted(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.name)


def _checked(entries: list[Entry], max_bytes: int) -> dict[str, Entry]:
    """The entries by the names that the delivery will know them by. Raises :class:`BatchRefused`."""
    if len(entries) > MAX_FILES:
        raise BatchRefused(f"the batch has more than {MAX_FILES} files")
    if sum(entry.size for entry in entries) > max_bytes:
        raise BatchRefused(f"the batch has more than {max_bytes} bytes")
    named: dict[str, Entry] = {}
    for entry in _sorted(entries):
        if entry.fault:
            raise BatchRefused(entry.fault, entry.name or None)
        name = safe_name(entry.name)
        if name in named:
            raise BatchRefused("this file is there twice", name)
        named[name] = entry
    return named


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
