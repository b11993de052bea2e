"""Work is taken, kept alive, counted when it fails, and dropped when somebody else has it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from schemas.review import TrackState
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.jobs import MAX_LOSSES, ClaimedJob, Jobs
from service.store.tables.jobs import Job, JobKind, JobState
from service.store.tracks import Tracks
from tests.sounds import tone, write_audio
from tests.workers.conftest import deliver_to
from workers import ledger
from workers.heartbeat import Heartbeat
from workers.ledger import work_through
from workers.lifecycle import Context


@pytest.fixture
def track_id(context: Context, tmp_path: Path) -> str:
    return deliver_to(context, write_audio(tmp_path / "a.wav", tone(0.2)))


def _job(context: Context, track_id: str) -> Job:
    with context.database.read() as session:
        job = Jobs(session).of(JobKind.ANALYSE, track_id)
        assert job is not None
        return job


def _finish(context: Context, job: ClaimedJob) -> None:
    with context.database.write() as session:
        Jobs(session).finish(job.id, job.token)


def test_everything_due_is_done_once(context: Context, tmp_path: Path) -> None:
    audio = write_audio(tmp_path / "a.wav", tone(0.2))
    tracks = [deliver_to(context, audio) for _ in range(5)]
    seen: list[str] = []

    def handle(context: Context, job: ClaimedJob) -> None:
        seen.append(job.subject_id)
        _finish(context, job)

    assert work_through(context, JobKind.ANALYSE, handle, batch=2) == 5
    assert seen == tracks
    assert work_through(context, JobKind.ANALYSE, handle, batch=2) == 0


def test_an_error_is_counted_and_kept_and_the_others_go_on(context: Context, tmp_path: Path, track_id: str) -> None:
    other = deliver_to(context, write_audio(tmp_path / "b.wav", tone(0.3)))

    def handle(context: Context, job: ClaimedJob) -> None:
        if job.subject_id == track_id:
            raise ValueError("the third chord")
        _finish(context, job)

    work_through(context, JobKind.ANALYSE, handle, batch=2)
    failed = _job(context, track_id)
    assert (failed.state, failed.failures, failed.last_error) == (JobState.PENDING, 1, "ValueError: the third chord")
    assert failed.run_after > utc_now()
    assert _job(context, other).state is JobState.DONE


def test_a_database_that_is_away_is_not_the_jobs_fault(
    context: Context, track_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "AWAY_S", 0.0)
    tries: list[int] = []

    def handle(context: Context, job: ClaimedJob) -> None:
        tries.append(job.attempts)
        if len(tries) < 3:
            raise OperationalError("SELECT 1", {}, Exception("the connection was lost"))
        _finish(context, job)

    work_through(context, JobKind.ANALYSE, handle, batch=1)
    assert tries == [1, 1, 1]
    assert _job(context, track_id).state is JobState.DONE


def test_what_was_found_under_a_lost_lease_is_dropped(context: Context, track_id: str) -> None:
    def handle(context: Context, job: ClaimedJob) -> None:
        with context.database.write() as session:
            Jobs(session).release(job.id, job.token, utc_now())
            [again] = Jobs(session).claim([JobKind.ANALYSE], limit=1, worker="other", lease_s=60, now=utc_now())
        _finish(context, job)
        raise AssertionError(f"the lease was lost to {again.token}")

    assert work_through(context, JobKind.ANALYSE, handle, batch=1) == 1
    job = _job(context, track_id)
    assert (job.state, job.worker, job.failures) == (JobState.RUNNING, "other", 0)


def test_a_lease_lives_as_long_as_its_work(context: Context, track_id: str) -> None:
    brief = Context(context.settings.model_copy(update={"lease_s": 0.4}))

    def handle(context: Context, job: ClaimedJob) -> None:
        for _ in range(8):
            time.sleep(0.15)
            with context.database.write() as session:
                assert Jobs(session).release_expired(utc_now()) == 0
        _finish(context, job)

    work_through(brief, JobKind.ANALYSE, handle, batch=1)
    brief.close()
    assert _job(context, track_id).state is JobState.DONE


def test_a_heartbeat_goes_on_after_an_error_and_stops_when_the_lease_is_lost() -> None:
    answers = iter([True, ConnectionError("away"), True, False])
    asked: list[int] = []

    def beat() -> bool:
        asked.append(1)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with Heartbeat(beat, 0.01) as heartbeat:
        heartbeat._thread.join(5)
    assert heartbeat.lost
    assert len(asked) == 4


SLEEPER = """
import signal, sys, time
from service.settings import Settings
from service.store.tables.jobs import JobKind
from workers.ledger import work_through
from workers.lifecycle import Context

signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

def handle(context, job):
    print("working", flush=True)
    time.sleep(60)

work_through(Context(Settings()), JobKind.ANALYSE, handle, batch=3)
"""


def test_work_that_is_dropped_at_shutdown_is_due_at_once_and_costs_no_attempt(
    sqlite_context: Context, tmp_path: Path
) -> None:
    context = sqlite_context
    deliver_to(context, write_audio(tmp_path / "a.wav", tone(0.2)))
    deliver_to(context, write_audio(tmp_path / "b.wav", tone(0.3)))
    worker = subprocess.Popen(
        [sys.executable, "-c", SLEEPER], env=_environment(context), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"working\n"
    worker.terminate()
    assert worker.wait(30) == 1
    with context.database.write() as session:
        jobs = Jobs(session).claim([JobKind.ANALYSE], limit=10, worker="next", lease_s=60, now=utc_now())
    assert [job.attempts for job in jobs] == [1, 1]


def _environment(context: Context, **settings: str) -> dict[str, str]:
    chosen = {"DATABASE_URL": context.settings.database, "DATA_DIR": str(context.settings.data_dir), **settings}
    return {**os.environ, **{f"EARMARK_{name}": value for name, value in chosen.items()}}


KILLER = """
import os, signal, sys
from service.settings import Settings
from service.store.clock import utc_now
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind
from workers.ledger import work_through
from workers.lifecycle import Context

def handle(context, job):
    os.kill(os.getpid(), signal.SIGKILL)

for _ in range(int(sys.argv[1])):
    worker = os.fork()
    if not worker:
        work_through(Context(Settings()), JobKind.ANALYSE, handle, batch=1)
        os._exit(0)
    _, status = os.waitpid(worker, 0)
    assert os.WIFSIGNALED(status), "the worker was killed"
    reconciler = Context(Settings())
    with reconciler.database.write() as session:
        assert Jobs(session).release_expired(utc_now()) == 1
    reconciler.close()
"""


def test_a_file_that_kills_its_worker_ends_with_a_person(sqlite_context: Context, tmp_path: Path) -> None:
    """The process dies, not only the decoder: what is counted are leases that ran out."""
    context = sqlite_context
    track_id = deliver_to(context, write_audio(tmp_path / "a.wav", tone(0.2)))
    command = [sys.executable, "-c", KILLER, str(MAX_LOSSES)]
    subprocess.run(command, env=_environment(context, LEASE_S="0.01"), check=True)
    with context.database.read() as session:
        track = Tracks(session).find(track_id)
        assert track is not None
        assert track.state is TrackState.FAILED
        [case] = Cases(session).of_track(track_id)
        assert case.queue == "operations"
    assert work_through(context, JobKind.ANALYSE, _finish, batch=1) == 0


def test_an_error_of_the_database_that_would_come_again_is_counted(sqlite_context: Context, tmp_path: Path) -> None:
    """Given back uncounted, the job would be tried for ever."""
    context = sqlite_context
    track_id = deliver_to(context, write_audio(tmp_path / "a.wav", tone(0.2)))

    def handle(context: Context, job: ClaimedJob) -> None:
        with context.database.read() as session:
            session.connection().exec_driver_sql("SELECT * FROM no_such_table")

    assert work_through(context, JobKind.ANALYSE, handle, batch=1) == 1
    failed = _job(context, track_id)
    assert (failed.state, failed.failures) == (JobState.PENDING, 1)
    assert "no such table" in str(failed.last_error)
