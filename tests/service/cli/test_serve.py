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
    settings: dict[str, object] = {"worker_processes": 2}
    if request.param == "servers":
        settings["database_url"] = request.getfixturevalue("postgres_url")
        settings["broker_url"] = request.getfixturevalue("redis_url")
    with Running(tmp_path / "data", settings) as running:
        yield running


def test_a_mixed_batch_gets_its_verdicts(service: Running, batch: tuple[Path, Wanted]) -> None:
    folder, wanted = batch
    delivered = service.earmark("deliver", folder, "--wait", "--json")
    assert verdicts_by_file(delivered.lines) == wanted, service.said()
    assert delivered.code == 1, "one file of the batch cannot be read"
    assert [line["error"] for line in delivered.lines if "error" in line] == [
        "The file is not audio in a format that is accepted: " + delivered.lines[6]["error"].partition(": ")[2]
    ]

    again = service.earmark("deliver", folder, "--wait", "--json", "--shuffle", "7")
    assert {line["track_id"] for line in again.lines} == {line["track_id"] for line in delivered.lines}

    with service.client() as client:
        subjects = sorted(case["subject"] for case in client.cases(state="open"))
    assert subjects == [
        "recording 'Title 5': 1 track by 1 artist",
        "recording 'Title 8': 1 track by 1 artist",
        "track 'Title 6'",
    ]
    assert service.stands_twice() == {}


def test_a_worker_group_that_is_killed_costs_time_and_nothing_else(
    service: Running, batch: tuple[Path, Wanted]
) -> None:
    folder, wanted = batch
    killed: list[int] = []

    def kill_twice() -> None:
        for evidence in (1, 3):
            service.wait_for_evidence(evidence)
            killed.append(service.kill_role("worker"))

    killer = threading.Thread(target=kill_twice)
    killer.start()
    delivered = service.earmark("deliver", folder, "--wait", "--json")
    killer.join()
    assert verdicts_by_file(delivered.lines) == wanted, service.said()
    assert len(killed) == 2
    assert min(killed) >= 1
    assert service.stands_twice() == {}


def test_a_supervisor_that_is_killed_takes_its_roles_along_and_a_new_one_goes_on(
    tmp_path: Path, batch: tuple[Path, Wanted]
) -> None:
    folder, wanted = batch
    service = Running(tmp_path / "data")
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
