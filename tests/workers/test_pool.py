"""The worker role as it runs: its processes, and how it leaves when it is told to and when it must."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import numpy as np
import pytest
import redis

from classifiers.pipeline import analyse
from service.cli.worker import NATIVE_THREADS
from service.store.evidence import EvidenceStore
from service.store.jobs import Jobs
from service.store.tables.jobs import Job, JobKind, JobState
from tests.servers import RedisServer, free_port
from tests.sounds import music, write_audio
from tests.waiting import group_members, until
from tests.workers.conftest import deliver_to
from workers.lifecycle import Context


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The analysis in machine code on disk, as after the first track."""
    analyse(write_audio(tmp_path_factory.mktemp("compiled") / "first.flac", music(10.0, seed=1)))


@contextmanager
def role(
    context: Context, *command: str, stderr: IO[bytes] | None = None, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """One role of a service, the leader of its process group; killed with the block if it still runs."""
    chosen = {
        "DATABASE_URL": context.settings.database,
        "DATA_DIR": str(context.settings.data_dir),
        "DISPATCH_INTERVAL_S": "0.1",
        "SOFT_SHUTDOWN_S": "0.1",
        **settings,
    }
    environment = {**os.environ, **{f"EARMARK_{name}": value for name, value in chosen.items()}}
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", *command], env=environment, start_new_session=True, stderr=stderr
    )
    try:
        yield process
    finally:
        for member in group_members(process.pid):
            os.kill(member, signal.SIGKILL)
        process.wait()


def job_of(context: Context, track_id: str) -> Job:
    with context.database.read() as session:
        job = Jobs(session).of(JobKind.ANALYSE, track_id)
        assert job is not None
        return job


def arguments_of(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")


@pytest.fixture
def track_id(sqlite_context: Context, tmp_path: Path) -> str:
    """A recording that takes some seconds to analyse, on a fast machine too: a signal must arrive before it is done."""
    return deliver_to(sqlite_context, write_audio(tmp_path / "long.wav", np.tile(music(60.0, seed=3), (10, 1))))


def test_pool_processes_share_nothing_with_their_parent_and_use_one_native_thread(sqlite_context: Context) -> None:
    def spawned() -> list[int]:
        return [process for process in group_members(worker.pid) if "spawn_main" in arguments_of(process)]

    with role(sqlite_context, "worker", "--processes", "2") as worker:
        until(lambda: len(spawned()) >= 2, "the pool is there")
        for process in spawned():
            environment = Path(f"/proc/{process}/environ").read_text().split("\0")
            assert {f"{name}=1" for name in NATIVE_THREADS} <= set(environment)
    threads = subprocess.run(
        [sys.executable, "-c", "import torch; print(torch.get_num_threads())"],
        env={**os.environ, **dict.fromkeys(NATIVE_THREADS, "1")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert threads.stdout == "1\n"


def test_a_worker_that_is_told_to_leave_ends_what_it_is_doing(sqlite_context: Context, track_id: str) -> None:
    with role(sqlite_context, "worker", "--processes", "1") as worker, role(sqlite_context, "reconcile"):
        until(lambda: job_of(sqlite_context, track_id).state is JobState.RUNNING, "it is being analysed")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(120) == 0
    job = job_of(sqlite_context, track_id)
    assert (job.state, job.token) == (JobState.DONE, 1)
    with sqlite_context.database.read() as session:
        assert EvidenceStore(session).newest(_audio_of(sqlite_context, track_id)) is not None


def test_a_worker_that_must_leave_at_once_gives_its_work_back_uncounted(sqlite_context: Context, track_id: str) -> None:
    with role(sqlite_context, "worker", "--processes", "1") as worker, role(sqlite_context, "reconcile"):
        until(lambda: job_of(sqlite_context, track_id).state is JobState.RUNNING, "it is being analysed")
        worker.send_signal(signal.SIGQUIT)
        worker.wait(120)
        job = job_of(sqlite_context, track_id)
        assert (job.state, job.failures, job.losses) == (JobState.PENDING, 0, 0)
        with role(sqlite_context, "worker", "--processes", "1"):
            until(lambda: job_of(sqlite_context, track_id).state is JobState.DONE, "another one did it", longest_s=120)


def test_a_pool_process_that_is_slow_to_start_is_waited_for(
    sqlite_context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    """On a busy machine imports take their time: a process that was killed over it was started again, and again."""
    slow = "import sys, time\nif any('pipe_handle' in word for word in sys.orig_argv): time.sleep(6)\n"
    (tmp_path / "sitecustomize.py").write_text(slow)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    settings = {"BROKER_URL": redis_url}

    def analysed(seed: int) -> None:
        track_id = deliver_to(sqlite_context, write_audio(tmp_path / f"{seed}.wav", music(3.0, seed=seed)))
        until(lambda: job_of(sqlite_context, track_id).state is JobState.DONE, "it is analysed", longest_s=120)

    with (
        role(sqlite_context, "worker", "--processes", "1", **settings) as worker,
        role(sqlite_context, "reconcile", **settings),
    ):
        analysed(5)
        first = [member for member in group_members(worker.pid) if "pipe_handle" in arguments_of(member)]
        os.kill(first[0], signal.SIGKILL)
        analysed(6)


def test_a_worker_shows_the_figures_of_all_its_processes_and_its_log_names_the_track(
    sqlite_context: Context, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"\x89PNG" + bytes(3000))
    tracks = [
        deliver_to(sqlite_context, write_audio(tmp_path / "a.wav", music(3.0, seed=4))),
        deliver_to(sqlite_context, bad),
    ]
    port = free_port()
    settings = {"WORKER_METRICS_PORT": str(port), "LOG_FORMAT": "json", "LOG_LEVEL": "debug"}

    def figures() -> str:
        return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text

    with (
        (tmp_path / "log").open("wb") as log,
        role(sqlite_context, "worker", "--processes", "2", stderr=log, **settings),
        role(sqlite_context, "reconcile"),
    ):
        until(lambda: not _unsettled(sqlite_context), "both are settled", longest_s=120)
        until(lambda: "earmark_verdicts_total{action=" in figures(), "a verdict is counted")
        shown = figures()
    assert 'earmark_job_seconds_count{kind="analyse",outcome="done"} 2.0' in shown
    assert 'earmark_unreadable_total{reason="not_audio"} 1.0' in shown
    assert 'earmark_stage_seconds_count{stage="decode"} 1.0' in shown
    assert 'earmark_job_wait_seconds_count{kind="deliver",lane="normal"}' in shown
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    ended = {(line["job"], line["subject"]) for line in lines if line["event"] == "job ended"}
    assert {("analyse", track) for track in tracks} <= ended


def _taken(context: Context, track_id: str) -> bool:
    return job_of(context, track_id).state is not JobState.PENDING


def _unsettled(context: Context) -> bool:
    with context.database.read() as session:
        return Jobs(session).unsettled()


def _audio_of(context: Context, track_id: str) -> str:
    from service.store.tracks import Tracks

    with context.database.read() as session:
        track = Tracks(session).find(track_id)
        assert track is not None
        return track.audio_sha256


def test_a_worker_works_on_after_its_broker_refused_everybody_for_a_while(
    sqlite_context: Context, tmp_path: Path, redis_process: RedisServer, redis_url: str
) -> None:
    """Every connection is closed and none is taken, again and again, while wake-ups are on their way."""
    settings = {"BROKER_URL": redis_url}
    tracks: list[str] = []
    with (
        role(sqlite_context, "worker", "--processes", "2", **settings),
        role(sqlite_context, "reconcile", **settings),
        redis.Redis(port=redis_process.port) as client,
    ):
        for number in range(4):
            tracks += [
                deliver_to(
                    sqlite_context, write_audio(tmp_path / f"{number}{part}.wav", music(2.0, seed=9 * number + part))
                )
                for part in range(2)
            ]
            until(lambda: _taken(sqlite_context, tracks[-1]), "it is taken")  # noqa: B023
            client.config_set("maxclients", 1)
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            time.sleep(1.0)
            client.config_set("maxclients", 10_000)
        until(lambda: not _unsettled(sqlite_context), "all is settled", longest_s=120)
    assert {job_of(sqlite_context, track).state for track in tracks} == {JobState.DONE}
