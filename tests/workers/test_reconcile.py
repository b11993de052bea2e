"""While work is due workers are woken, whatever became of earlier wake-ups, and a broker that is away blocks nobody."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import redis
from obstore.exceptions import PermissionDeniedError

from schemas.numbers import Figure
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.daily_figures import days
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind
from service.store.workers import Workers
from tests.deliveries import cause, deliver
from tests.servers import redis_server
from tests.sounds import tone, write_audio
from tests.waiting import until
from tests.workers.conftest import deliver_to
from workers import reconcile
from workers.lifecycle import Context
from workers.reconcile import WAKES_AT_ONCE, Reconciler


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    return write_audio(tmp_path / "a.wav", tone(0.2))


def test_a_lost_wake_is_sent_again_as_long_as_work_is_due(context: Context, audio: Path) -> None:
    sent: list[JobKind] = []
    reconciler = Reconciler(context.settings, publish=sent.append)
    assert reconciler.round() == {}
    deliver_to(context, audio)
    for _ in range(3):
        assert reconciler.round() == {JobKind.ANALYSE: 1}
    assert sent == [JobKind.ANALYSE] * 3
    with context.database.write() as session:
        [job] = Jobs(session).claim([JobKind.ANALYSE], limit=1, worker="w", lease_s=60, now=utc_now())
    assert reconciler.round() == {}, "what is being done needs no wake-up"
    with context.database.write() as session:
        Jobs(session).finish(job.id, job.token)
    assert reconciler.round() == {}


def test_a_long_queue_needs_few_wakes(context: Context, audio: Path) -> None:
    for _ in range(WAKES_AT_ONCE + 3):
        deliver_to(context, audio)
    sent: list[JobKind] = []
    Reconciler(context.settings, publish=sent.append).round()
    assert len(sent) == WAKES_AT_ONCE


def test_wakes_that_nobody_takes_do_not_pile_up(context: Context, audio: Path) -> None:
    """All processes are busy with long work: what is due elsewhere is told a few times and not without end."""
    for _ in range(WAKES_AT_ONCE + 3):
        deliver_to(context, audio)
    sent: list[JobKind] = []
    reconciler = Reconciler(context.settings, publish=sent.append, waiting=sent.count)
    for _ in range(5):
        reconciler.round()
    assert len(sent) == WAKES_AT_ONCE
    del sent[:2]
    assert reconciler.round() == {JobKind.ANALYSE: 2}


def test_redis_says_how_many_wakes_wait_and_none_while_it_is_away(tmp_path: Path) -> None:
    code = (
        "from service.store.tables.jobs import JobKind; from workers.reconcile import waiting_wakes, wake\n"
        "print(waiting_wakes(JobKind.DECIDE)); wake(JobKind.DECIDE); wake(JobKind.DECIDE)\n"
        "print(waiting_wakes(JobKind.DECIDE), waiting_wakes(JobKind.ANALYSE), flush=True); input()\n"
        "print(waiting_wakes(JobKind.DECIDE))"
    )
    with redis_server() as server:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "EARMARK_BROKER_URL": server.url, "EARMARK_DATA_DIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        assert [process.stdout.readline().split() for _ in range(2)] == [["0"], ["2", "0"]]
        server.kill()
        said, _ = process.communicate("\n", timeout=60)
        assert said.splitlines()[-1] == "0"


def test_the_work_of_a_dead_worker_is_due_again(context: Context, audio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "LOOK_EVERY_S", 0.0)
    deliver_to(context, audio)
    with context.database.write() as session:
        Jobs(session).claim([JobKind.ANALYSE], limit=1, worker="dead", lease_s=0.01, now=utc_now())
    time.sleep(0.05)
    assert Reconciler(context.settings, publish=lambda _: None).round() == {JobKind.ANALYSE: 1}


def test_it_gives_signs_of_life(sqlite_context: Context) -> None:
    Reconciler(sqlite_context.settings, publish=lambda _: None).round()
    with sqlite_context.database.read() as session:
        assert len(Workers(session).alive(utc_now(), 60, role="reconcile")) == 1


def test_a_storage_that_cannot_be_listed_keeps_no_work_from_being_done(
    sqlite_context: Context, audio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionDeniedError("ListBucket")

    deliver_to(sqlite_context, audio)
    monkeypatch.setattr(BlobStorage, "contents", refused)
    assert Reconciler(sqlite_context.settings, publish=lambda _: None).round() == {JobKind.ANALYSE: 1}


def test_an_abandoned_upload_is_swept_away(sqlite_context: Context) -> None:
    settings = sqlite_context.settings.model_copy(update={"stale_upload_s": 0.01})
    staged = sqlite_context.blobs.stage()
    staged.write(b"half of it")
    staging = sqlite_context.settings.data_dir / "blobs" / "staging"
    assert len(list(staging.iterdir())) == 1
    time.sleep(0.05)
    Reconciler(settings, publish=lambda _: None).round()
    until(lambda: list(staging.iterdir()) == [], "it is swept away")


def test_a_storage_that_hangs_keeps_no_work_from_being_done(
    sqlite_context: Context, audio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, asked = threading.Event(), threading.Event()

    def hanging(*_: object, **__: object) -> Iterator[tuple[str, datetime]]:
        asked.set()
        over.wait(60)
        return iter([])

    deliver_to(sqlite_context, audio)
    monkeypatch.setattr(BlobStorage, "contents", hanging)
    reconciler = Reconciler(sqlite_context.settings, publish=lambda _: None)
    assert reconciler.round() == {JobKind.ANALYSE: 1}
    assert asked.wait(30), "the sweep goes on meanwhile"
    assert reconciler.round() == {JobKind.ANALYSE: 1}
    over.set()


ROUNDS = """
import sys, threading
from service.settings import Settings
from workers import reconcile

reconcile.LOOK_EVERY_S = 0.0
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set())).start()
reconcile.Reconciler(Settings()).run(stop)
"""


@pytest.mark.parametrize("how", ["killed", "hangs"])
def test_a_broker_that_is_away_does_not_stop_it(sqlite_url: str, tmp_path: Path, how: str) -> None:
    """Wake-ups fail within seconds, leases are looked after in between, and the wake-ups come when it is back."""
    with redis_server() as server:
        settings = Settings(data_dir=tmp_path, database_url=sqlite_url, broker_url=server.url, _env_file=None)
        context = Context(settings)
        (server.kill if how == "killed" else server.pause)()
        environment = {
            **os.environ,
            "EARMARK_DATA_DIR": str(tmp_path),
            "EARMARK_DATABASE_URL": sqlite_url,
            "EARMARK_BROKER_URL": server.url,
            "EARMARK_DISPATCH_INTERVAL_S": "0.1",
        }
        deliver_to(context, write_audio(tmp_path / "a.wav", tone(0.2)))
        process = subprocess.Popen([sys.executable, "-c", ROUNDS], env=environment, stdin=subprocess.PIPE)

        def signs() -> set[object]:
            with context.database.read() as session:
                return {worker.seen_at for worker in Workers(session).alive(utc_now(), 3600, role="reconcile")}

        seen: set[object] = set()
        until(lambda: seen.update(signs()) or len(seen) >= 3, "it looked after the leases three times")
        (server.start if how == "killed" else server.resume)()
        with redis.Redis(port=server.port, socket_timeout=5) as client:
            until(lambda: client.llen("analyse"), "a wake-up arrived")
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0
        context.close()


def test_the_figures_of_the_day_are_counted_beside_the_rounds(context: Context) -> None:
    with context.database.write() as session:
        track = deliver(session, at=utc_now())
        Cases(session).join(track, cause(track.id), content="1", now=utc_now())
    Reconciler(context.settings, publish=lambda _kind: None).round()

    def counted() -> bool:
        today = utc_now().date()
        with context.database.read() as session:
            found = days(session, track.tenant_id, today, today)
        return [(figure, key, value) for _, figure, key, value in found] == [(Figure.OPENED, "disclosure", 1)]

    until(counted, "the figures of today")
