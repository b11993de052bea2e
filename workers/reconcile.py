"""The reconciler: wakes workers while work is due, and gives back to the ledger what dead workers hold.

It keeps no state of its own and does nothing that cannot be done twice, so any number of them may run. A broker that is
away costs it a few seconds a round; the leases it looks after go first for that reason.
"""

import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from kombu.exceptions import OperationalError as BrokerDown
from sqlalchemy.exc import OperationalError as DatabaseDown

from service.policy import RulesInForce
from service.retention import keep_days
from service.settings import Settings
from service.store.blob_rows import Blobs
from service.store.blobs import BlobStorage
from service.store.clock import utc_now
from service.store.daily_figures import count_due
from service.store.database import Database
from service.store.fingerprints import Fingerprints, open_index
from service.store.idempotency import Idempotency
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind
from service.store.upload_pieces import UploadPieces
from service.store.uploads import Uploads
from service.store.usage import Usage
from service.store.webhook_attempts import WebhookAttempts
from service.store.workers import Workers
from workers.app import app
from workers.braking import look
from workers.deadlines import end_waits
from workers.queues import WAKE_EXPIRES_S
from workers.retention import erase_expired

WAKES_AT_ONCE = 8
"""Most wake-ups of one kind that wait at the broker: a worker that is awake goes on by itself as long as there is work.

More of them would pile up while all processes are busy, and expire: of several queues the one with the fewest expired
wake-ups always gives the next live one, so that a kind of work that fell behind would fall behind for ever.
"""

LOOK_EVERY_S = 2.0
WAITS_EVERY_S = 10.0
SWEEP_EVERY_S = 600.0
FIGURES_EVERY_S = 60.0
FORGET_SILENT_S = 3600.0

log = structlog.get_logger(__name__)


class Reconciler:
    """One dispatcher loop.

    :param publish: sends one wake-up for a kind of work; the default speaks to the broker of the settings
    :param waiting: how many wake-ups of a kind nobody has taken yet; the default asks that broker
    """

    def __init__(
        self,
        settings: Settings,
        publish: "Callable[[JobKind], None] | None" = None,
        waiting: "Callable[[JobKind], int] | None" = None,
    ) -> None:
        self._settings = settings
        self._database = Database.open(settings.database, pool_size=3)
        self._blobs = BlobStorage.open(settings.storage, staging=settings.staging_dir, options=settings.storage_options)
        self._publish = publish or wake
        self._waiting = waiting or (waiting_wakes if publish is None else lambda _kind: 0)
        self._name = f"reconcile@{socket.gethostname()}:{os.getpid()}"
        self._rules = RulesInForce(settings)
        self._beat_at = self._swept_at = self._braked_at = self._waits_at = -math.inf
        self._sweeping: threading.Thread | None = None
        self._figuring: threading.Thread | None = None
        self._figured_at = -math.inf

    def run(self, stop: threading.Event) -> None:
        """Go round until told to stop. What fails in one round is logged and tried again in the next."""
        while not stop.is_set():
            try:
                self.round()
            except (DatabaseDown, BrokerDown, OSError) as error:
                log.warning("reconciler cannot work", error=str(error).splitlines()[0])
                stop.wait(1.0)
            stop.wait(self._settings.dispatch_interval_s)
        self._database.dispose()

    def round(self) -> dict[JobKind, int]:
        """One round: expired leases, waits that ended, a sweep now and then, wake-ups; returns the wake-ups sent."""
        clock = time.monotonic()
        if clock - self._beat_at > min(LOOK_EVERY_S, self._settings.lease_s / 4):
            self._look_after_leases()
            self._beat_at = clock
        if clock - self._swept_at > SWEEP_EVERY_S and not (self._sweeping and self._sweeping.is_alive()):
            self._swept_at = clock
            self._sweeping = threading.Thread(target=self._sweep_aside, name="sweep", daemon=True)
            self._sweeping.start()
        if clock - self._braked_at > self._settings.brake_interval_s:
            self._braked_at = clock
            self._brake()
        if clock - self._figured_at > FIGURES_EVERY_S and not (self._figuring and self._figuring.is_alive()):
            self._figured_at = clock
            self._figuring = threading.Thread(target=self._figures_aside, name="figures", daemon=True)
            self._figuring.start()
        if clock - self._waits_at > WAITS_EVERY_S:
            self._waits_at = clock
            end_waits(self._database)
        with self._database.read() as session:
            due = Jobs(session).publishable(utc_now(), at_most=WAKES_AT_ONCE)
        sent = {kind: max(0, min(count, WAKES_AT_ONCE - self._waiting(kind))) for kind, count in due.items()}
        for kind, count in sent.items():
            for _ in range(count):
                self._publish(kind)
        return sent

    def _look_after_leases(self) -> None:
        with self._database.write() as session:
            now = utc_now()
            Workers(session).beat(self._name, "reconcile", now)
            if taken_back := Jobs(session).release_expired(now):
                log.warning("leases ran out", jobs=taken_back)

    def _brake(self) -> None:
        """Lower rules that suddenly hit good senders; what goes wrong here must not keep work from being done."""
        try:
            look(self._database, self._rules.now(self._database), utc_now())
        except DatabaseDown:
            raise
        except Exception as error:
            log.error("cannot look after the brakes", error=repr(error))

    def _figures_aside(self) -> None:
        """In a thread of its own, as a busy day takes seconds to count; days that lack first, and today at the end."""
        try:
            while count_due(self._database, utc_now()) not in (None, utc_now().date()):
                pass
        except Exception as error:
            log.warning("cannot count the day's figures", error=repr(error))

    def _sweep_aside(self) -> None:
        """In a thread of its own: a bucket of millions takes minutes to list, and one that hangs takes for ever."""
        try:
            self._sweep()
        except Exception as error:
            log.warning("cannot sweep", error=repr(error))

    def _sweep(self) -> None:
        """Remove what nobody will ask for again: uploads that never ended, answers kept for retries, silent workers."""
        now = utc_now()
        with self._database.write() as session:
            Workers(session).forget(now - timedelta(seconds=FORGET_SILENT_S))
            Idempotency(session).forget_expired(now)
            Usage(session).forget(now - timedelta(days=2))
            WebhookAttempts(session).forget(now - timedelta(seconds=self._settings.webhook_attempts_keep_s))
            Uploads(session).forget(now - timedelta(seconds=self._settings.idempotency_keep_s))
        self._look_after_fingerprints()
        if erased := erase_expired(self._database, keep_days(self._settings.audio_keep_days)):
            log.info("audio erased, its time has run out", contents=erased)
        swept = self._blobs.sweep(now, older_than_s=self._settings.stale_upload_s, known=self._known)
        if swept.stages or swept.orphans:
            log.info("swept", stages=swept.stages, orphans=swept.orphans)

        if given_up := self._sweep_pieces():
            log.info("swept", uploads=given_up)

    def _look_after_fingerprints(self) -> None:
        """Take over what an earlier algorithm left, and bring the index of the settings up to the database."""
        with self._database.read() as session:
            index = open_index(self._settings.fingerprint_index, self._settings.fingerprint_index_dir, session)
        while renewed := self._database.attempt(lambda session: Fingerprints(session, index).renew()):
            log.info("fingerprints of an earlier version taken over", count=renewed)
        if index is None:
            while posted := self._database.attempt(lambda session: Fingerprints(session).post()):
                log.info("fingerprints posted that the table lacked", count=posted)
            return
        with index, self._database.read() as session:
            for _ in Fingerprints(session, index).fill(index):
                pass

    def _sweep_pieces(self) -> int:
        """Remove the pieces of resumable uploads that were used, given up or left to expire; how many uploads."""
        pieces = UploadPieces(self._blobs)
        ids = sorted(pieces.uploads())
        gone = 0
        for start in range(0, len(ids), 500):
            chunk = ids[start : start + 500]
            with self._database.read() as session:
                needed = Uploads(session).with_pieces(chunk, utc_now())
            for upload_id in set(chunk) - needed:
                pieces.remove(upload_id)
                gone += 1
        return gone

    def _known(self, hashes: Iterable[str]) -> set[str]:
        with self._database.read() as session:
            return Blobs(session).known(hashes)


def wake(kind: JobKind) -> None:
    """Publish one wake-up for a kind of work."""
    app.send_task(f"earmark.{kind.value}", expires=WAKE_EXPIRES_S, ignore_result=True, retry=False)


def waiting_wakes(kind: JobKind) -> int:
    """Wake-ups of a kind that lie at the broker, expired ones included; 0 where it does not say."""
    try:
        with app.pool.acquire(block=True) as connection:
            channel = connection.default_channel
            declared = channel.queue_declare(queue=kind.value, durable=True, exclusive=False, auto_delete=False)
            return int(declared.message_count)
    except Exception as error:  # each transport has errors of its own; sending the wake-up will tell what is wrong
        log.debug("waiting wake-ups not counted", kind=kind.value, error=repr(error))
        return 0
