"""Everything dies while tracks are delivered, on both sets of servers; afterwards nothing is missing and nothing twice.

``EARMARK_CHAOS_TRACKS`` and ``EARMARK_CHAOS_FAULTS`` make it smaller. The disk is really full where the run may mount
one of its own (as root), and that fault is left out elsewhere, which the table says. The clock's jump by an hour is the
ledger's moments moved back by an hour, which is the same to everything that compares them with the clock.
"""

import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import redis
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from service import local
from service.settings import Settings
from service.store.blob_rows import Blobs
from service.store.blobs import BlobStorage
from service.store.clock import utc_now
from tests.receiver import Received, Receiver
from tests.running import Running
from tests.servers import PostgresServer, RedisServer, postgres_server, redis_server
from tests.sounds import music, write_audio
from tests.waiting import until

TRACKS = int(os.environ.get("EARMARK_CHAOS_TRACKS", "2000"))
FAULTS = int(os.environ.get("EARMARK_CHAOS_FAULTS", "50"))
SEED = 20261120
SENDERS = 4
AHEAD = 60
"""Tracks that may wait to be decided before the next is sent, so that tracks are being accepted at every fault."""
DISK_BYTES = 1_500_000_000
AWAY_S = 3.0


@dataclass
class Chaos:
    """One service with its servers, and what befell it."""

    service: Running
    postgres: PostgresServer | None
    redis: RedisServer | None
    disk: Path | None
    key: dict[str, str]
    refused_after: list[float] = field(default_factory=list)
    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def faults(self) -> dict[str, Callable[[], None]]:
        """What may happen here, by name."""
        found: dict[str, Callable[[], None]] = {
            "worker killed": lambda: self._kill("worker"),
            "API killed": lambda: self._kill("api"),
            "reconciler killed": lambda: self._kill("reconcile"),
            "clock an hour ahead": self._jump,
        }
        if self.disk is not None:
            found["disk full"] = self._fill
        if self.postgres is not None:
            found |= {"database killed": self._kill_database, "database hangs": self._pause_database}
        if self.redis is not None:
            found |= {
                "broker killed": self._kill_broker,
                "broker flushed": self._flush,
                "broker hangs": self._pause_broker,
                "broker refuses": self._refuse,
            }
        return found

    def befall(self, name: str) -> None:
        """One fault, and how long after its end the service was ready and another track was decided."""
        self.faults()[name]()
        began, before = time.monotonic(), decided(self)
        goes_on = f"work goes on after {name}:\n{self.service.said()[-3000:]}"
        until(lambda: self._ready() and decided(self) > min(before, TRACKS - 1), goes_on, longest_s=600)
        self.recoveries[name].append(time.monotonic() - began)

    def _ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.service.address}/readyz", timeout=10).status_code == 200
        return False

    def _kill(self, role: str) -> None:
        groups: list[int] = []
        until(lambda: groups.extend(filter(None, [self.service.group_of(role)])) or groups, f"{role} runs")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(groups[0], signal.SIGKILL)

    def _kill_database(self) -> None:
        assert self.postgres is not None
        self.postgres.kill()
        time.sleep(AWAY_S)
        self.postgres.start()

    def _pause_database(self) -> None:
        """Long enough that whoever waits for it gives up: the API answers 503 meanwhile and does not hang."""
        assert self.postgres is not None
        self.postgres.pause()
        try:
            began = time.monotonic()
            answer = httpx.get(f"{self.service.address}/v1/labels", headers=self.key, timeout=60)
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            self.refused_after.append(time.monotonic() - began)
        finally:
            self.postgres.resume()

    def _kill_broker(self) -> None:
        assert self.redis is not None
        self.redis.kill()
        time.sleep(AWAY_S)
        self.redis.start()

    def _flush(self) -> None:
        assert self.redis is not None
        with redis.Redis(port=self.redis.port) as client:
            client.flushall()

    def _pause_broker(self) -> None:
        assert self.redis is not None
        self.redis.pause()
        time.sleep(AWAY_S)
        self.redis.resume()

    def _refuse(self) -> None:
        """No connection more than there are none: every new one is refused, and the present ones are closed."""
        assert self.redis is not None
        with redis.Redis(port=self.redis.port) as client:
            client.config_set("maxclients", 1)
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            time.sleep(AWAY_S)
            client.config_set("maxclients", 10_000)

    def _fill(self) -> None:
        assert self.disk is not None
        filling = self.disk / "filling"
        with contextlib.suppress(OSError), filling.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 20)):
                pass
        time.sleep(AWAY_S)
        filling.unlink()

    def _jump(self) -> None:
        database = self.service.database()

        def move(session: object) -> None:
            hour = "- interval '1 hour'" if database.dialect == "postgresql" else ""
            for column in ("run_after", "lease_until"):
                moved = f"{column} {hour}" if hour else f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-1 hour') || '000'"
                session.execute(  # type: ignore[attr-defined]
                    text(f"UPDATE job SET {column} = {moved} WHERE {column} IS NOT NULL AND state != 'done'")
                )

        with contextlib.suppress(Exception):
            database.attempt(move)
        database.dispose()


@dataclass
class Told:
    """What the receiver of webhooks saw, in order of coming; one message in ten is refused at first."""

    seen: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, received: Received) -> tuple[int, dict[str, str]]:
        content = received.content
        with self.lock:
            if self.chance.random() < 0.1:
                return 500, {}
            self.seen[content["data"]["track_id"]].append(content["data"]["seq"])
        return 204, {}


def check(shared: Path, console: Console) -> list[str]:
    """Both sets of servers; what was lost, doubled or left behind."""
    faults = []
    for setup in ("sqlite+filesystem", "postgresql+redis"):
        faults += [f"{setup}: {fault}" for fault in _run(setup, console)]
    return faults


def _run(setup: str, console: Console) -> list[str]:
    told = Told()
    with ExitStack() as stack:
        folder = stack.enter_context(_disk(console))
        receiver = stack.enter_context(Receiver(answer=told))
        settings: dict[str, object] = {
            "worker_processes": 2,
            "lease_s": 8,
            "dispatch_interval_s": 0.2,
            "webhook_allow_http": True,
            "webhook_allowed_networks": "127.0.0.1/32",
            "webhook_retry_s": ",".join(["0.3"] * 40),
            "min_free_bytes": 20_000_000,
            "log_level": "warning",
        }
        postgres = stack.enter_context(postgres_server(durable=True)) if setup != "sqlite+filesystem" else None
        broker = stack.enter_context(redis_server()) if setup != "sqlite+filesystem" else None
        if postgres and broker:
            settings |= {"database_url": postgres.create_database(), "broker_url": broker.url}
        service = stack.enter_context(Running(folder / "data", settings))
        key = {"Authorization": f"Bearer {local.read(service.folder / local.KEY)}"}
        httpx.post(f"{service.address}/v1/webhooks", json={"url": receiver.url}, headers=key).raise_for_status()
        chaos = Chaos(service, postgres, broker, folder if os.path.ismount(folder) else None, key)
        accepted = _deliver_under_fire(chaos, folder, key)
        console.print(_recoveries(setup, chaos))
        return _faults_at_the_end(chaos, accepted, told, console)


def _deliver_under_fire(chaos: Chaos, folder: Path, key: dict[str, str]) -> dict[int, str]:
    """Deliver all tracks while faults befall the service, spread over the whole time; accepted ids by number."""
    accepted: dict[int, str] = {}
    numbers = iter(range(TRACKS))
    lock = threading.Lock()
    broken: list[BaseException] = []

    def send() -> None:
        try:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                while number > decided(chaos) + AHEAD:
                    time.sleep(0.5)
                accepted[number] = _send(chaos.service, folder, key, number)
        except BaseException as error:
            broken.append(error)

    senders = [threading.Thread(target=send, daemon=True) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    chance = random.Random(SEED)
    names = sorted(chaos.faults())
    for number in range(FAULTS):
        progress = (number + 1) / (FAULTS + 1) * TRACKS
        until(lambda: broken or decided(chaos) >= progress - 1, "tracks are being decided", longest_s=3600)  # noqa: B023
        if broken:
            raise broken[0]
        chaos.befall(names[number % len(names)] if number < len(names) else chance.choice(names))
    for sender in senders:
        sender.join(3600)
    if broken:
        raise broken[0]
    return accepted


def decided(chaos: Chaos) -> int:
    """Tracks that are decided; 0 while the database cannot be asked."""
    try:
        return chaos.service.count("SELECT count(*) FROM track WHERE state = 'decided'")
    except Exception:
        return 0


def _send(service: Running, folder: Path, key: dict[str, str], number: int) -> str:
    """Send one track until it is accepted, as a careful client does: the same request under the same key."""
    path = folder / f"{number}.flac"
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        try:
            if not path.exists():
                write_audio(path, music(1.5, seed=number))
            metadata = json.dumps({"title": f"Chaos {number}", "artists": [{"name": f"Artist {number}"}]})
            answer = httpx.post(
                f"{service.address}/v1/tracks",
                data={"metadata": metadata},
                files={"audio": (path.name, path.read_bytes())},
                headers={**key, "Idempotency-Key": f"chaos-{number}"},
                timeout=30,
            )
        except (httpx.HTTPError, OSError):
            time.sleep(0.3)
            path.unlink(missing_ok=True)
            continue
        if answer.status_code == httpx.codes.ACCEPTED:
            path.unlink(missing_ok=True)
            return str(answer.json()["id"])
        if answer.status_code not in (409, 500, 503, 507):
            raise AssertionError(f"track {number}: {answer.status_code} {answer.text}")
        time.sleep(0.3)
    raise AssertionError(f"track {number} was never accepted")


def _faults_at_the_end(chaos: Chaos, accepted: dict[int, str], told: Told, console: Console) -> list[str]:
    service = chaos.service
    open_work = "SELECT count(*) FROM job WHERE state IN ('pending', 'running')"
    until(lambda: service.count(open_work) == 0, f"all work is done:\n{service.said()[-3000:]}", longest_s=1800)
    database = service.database()
    with database.read() as session:
        states = {row[0]: row[1] for row in session.execute(text("SELECT id, state FROM track"))}
        log: dict[str, set[int]] = defaultdict(set)
        for track_id, seq in session.execute(text("SELECT track_id, seq FROM event")):
            log[track_id].add(seq)
    settings = Settings(data_dir=service.folder)
    blobs = BlobStorage.open(settings.storage, staging=settings.staging_dir)

    def known(hashes: object) -> set[str]:
        with database.read() as session:
            return Blobs(session).known(hashes)  # type: ignore[arg-type]

    swept = blobs.sweep(utc_now(), 0, known)
    stored = {sha256 for sha256, _ in blobs.contents()}
    with database.read() as session:
        rows = set(session.scalars(text("SELECT sha256 FROM blob")))
    database.dispose()
    missing = sum(len(seqs - set(told.seen[track])) for track, seqs in log.items())
    unordered = [track for track, seqs in told.seen.items() if list(dict.fromkeys(seqs)) != sorted(set(seqs))]
    dead = service.count("SELECT count(*) FROM webhook_dead_letter")
    decided = Counter(states[track] for track in accepted.values() if track in states)
    found = {
        "accepted tracks lost": sum(track not in states for track in accepted.values()),
        "tracks that nobody was told of": len(states) - len(set(accepted.values())),
        "tracks not decided": sum(count for state, count in decided.items() if state != "decided"),
        "verdicts, evidence or entries that stand twice": sum(map(len, service.stands_twice().values())),
        "webhook messages missing": missing,
        "tracks whose messages came out of order": len(unordered),
        "dead letters": dead,
        "blobs without a row": len(stored - rows),
        "rows without a blob": len(rows - stored),
        "jobs that failed for good": service.count("SELECT count(*) FROM job WHERE state = 'failed'"),
    }
    events = sum(map(len, log.values()))
    messages = sum(map(len, told.seen.values()))
    console.print(
        f"{len(accepted)} accepted, {dict(decided)}; {events} events, {messages} messages taken; swept at the end: "
        f"{swept.stages} staged files, {swept.orphans} contents without a row"
    )
    return [f"{count} {what}" for what, count in found.items() if count]


def _recoveries(setup: str, chaos: Chaos) -> Table:
    table = Table("fault", "times", "goes on after, median s", "longest s", title=setup, box=None, pad_edge=False)
    for name, times in sorted(chaos.recoveries.items()):
        table.add_row(name, str(len(times)), f"{statistics.median(times):.1f}", f"{max(times):.1f}")
    if chaos.refused_after:
        told = f"the API said 503 after {min(chaos.refused_after):.1f} to {max(chaos.refused_after):.1f} s"
        table.add_row("while the database hung", str(len(chaos.refused_after)), told, "")
    if chaos.disk is None:
        table.add_row("disk full", "0", "needs root: not tried", "")
    return table


@contextmanager
def _disk(console: Console) -> Iterator[Path]:
    """A folder on a disk of its own, small enough to be filled, where that can be had."""
    with tempfile.TemporaryDirectory(prefix="earmark-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", name]
        mounted = (
            os.geteuid() == 0 and subprocess.run(["mount", *options], check=False, capture_output=True).returncode == 0
        )
        try:
            yield folder
        finally:
            if mounted:
                subprocess.run(["umount", "--lazy", name], check=False, capture_output=True)
