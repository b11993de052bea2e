"""The whole way as users walk it: ``earmark serve`` and ``earmark deliver``, on both sets of servers, and what dies."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli.listening import listen
from tests.running import Running, verdicts_by_file
from tests.service.cli.samples import write_batch
from tests.waiting import group_members

Wanted = dict[str, tuple[str, str | None, tuple[str, ...]]]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Wanted]:
    folder = tmp_path_factory.mktemp("batch")
    return folder, write_batch(folder)


@pytest.fixture(params=["embedded", "servers"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """SQLite with the folder broker, and PostgreSQL with Redis."""
    settings: dict[str, object] = {"worker_processes": 1}
    if request.param == "servers":
        settings["worker_processes"] = 2
        settings["database_url"] = request.getfixturevalue("postgres_url")
        settings["broker_url"] = request.getfixturevalue("redis_url")
    with Running(tmp_path / "data", settings) as running:
        yield running


def test_a_mixed_batch_gets_its_verdicts_although_its_workers_are_killed(
    service: Running, batch: tuple[Path, Wanted]
) -> None:
    folder, wanted = batch
    killed: list[int] = []

    def kill() -> None:
        service.wait_for_evidence(2)
        killed.append(service.kill_role("worker"))

    killer = threading.Thread(target=kill)
    killer.start()
    delivered = service.earmark("deliver", folder, "--wait", "--json")
    killer.join()
    assert killed, "the worker group was killed"
    assert verdicts_by_file(delivered.lines) == wanted, service.said()
    assert delivered.code == 1, "one file of the batch cannot be read"
    [error] = [line["error"] for line in delivered.lines if "error" in line]
    assert error.startswith("The file is not audio in a format that is accepted")
    assert service.stands_twice() == {}
    with service.client() as client:
        scopes = sorted(case["scope"] for case in client.cases(state="open"))
    assert scopes == ["recording", "recording", "track"]

    again = service.earmark("deliver", folder, "--wait", "--json", "--shuffle", "7")
    assert {line["track_id"] for line in again.lines} == {line["track_id"] for line in delivered.lines}


def test_a_supervisor_that_is_killed_takes_its_roles_along_and_a_new_one_goes_on(
    tmp_path: Path, batch: tuple[Path, Wanted]
) -> None:
    folder, wanted = batch
    service = Running(tmp_path / "data", {"worker_processes": 1})
    with service:
        groups = [service.group_of(role) for role in ("api", "worker", "reconcile")]
        taken = service.earmark("deliver", folder, "--json")
        assert taken.code == 0
        service.kill()
        service.start()
        assert not any(group_members(group) for group in groups if group), "the old roles are gone"
        settled = service.earmark("deliver", folder, "--wait", "--json")
    assert [line["track_id"] for line in settled.lines] == [line["track_id"] for line in taken.lines]
    assert verdicts_by_file(settled.lines) == wanted
    assert service.stop() == 0


def test_a_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "-m", "service.cli", "serve", "--port", str(port), "--data-dir", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 1
    assert ran.stderr == (
        f"earmark: port {port} on 127.0.0.1 is in use; stop what listens there, or set EARMARK_PORT or --port\n"
    )
