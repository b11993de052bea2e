"""The whole way as users walk it: ``earmark serve`` and ``earmark deliver``, on both sets of servers, and what dies."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from service.cli.listening import listen
from tests.running import Running, verdicts_by_file
from tests.service.cli.samples import write_batch
from tests.waiting import group_members, until

Wanted = dict[str, tuple[str, str | None, tuple[str, ...]]]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Wanted]:
    folder = tmp_path_factory.mktemp("batch")
    return folder, write_batch(folder)


@pytest.fixture(params=["embedded", "servers"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """SQLite with the folder broker and local files, and PostgreSQL with Redis and S3."""
    settings: dict[str, object] = {"worker_processes": 1}
    if request.param == "servers":
        settings["worker_processes"] = 2
        settings["database_url"] = request.getfixturevalue("postgres_url")
        settings["broker_url"] = request.getfixturevalue("redis_url")
        settings |= request.getfixturevalue("s3_settings")
    with Running(tmp_path / "data", settings) as running:
        yield running


def test_a_mixed_batch_gets_its_verdicts_although_its_workers_are_killed(
    service: Running, batch: tuple[Path, Wanted]
) -> None:
    folder, wanted = batch
    killed: list[int] = []

    def kill() -> None:
        service.wait_for_evidence(2)
        if broker := service.environment.get("EARMARK_BROKER_URL"):
            with redis.Redis.from_url(broker) as client:
                client.flushall()
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


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory, batch: tuple[Path, Wanted]) -> Iterator[Running]:
    """An embedded service that has decided the batch; the tests below go on with it in their order."""
    with Running(tmp_path_factory.mktemp("lived-in") / "data", {"worker_processes": 1}) as running:
        delivered = running.earmark("deliver", batch[0], "--wait", "--json")
        assert verdicts_by_file(delivered.lines) == batch[1], running.said()
        yield running


def test_a_case_is_listed_read_and_decided_from_the_command_line(lived_in: Running) -> None:
    listed = lived_in.earmark("cases", "list", "--json").lines
    [case] = [case for case in listed if case["scope"] == "track"]
    shown = lived_in.earmark("cases", "show", case["id"], "--json").lines[0]
    [member] = shown["members"]
    assert member["reasons"], "a reviewer reads why"

    wrong = lived_in.earmark("cases", "decide", case["id"], "--action", "none", "--policy", "AI-2", "--reason", "mood")
    assert wrong.code == 1
    assert "reason" in wrong.errors
    decision = ["--action", "none", "--policy", "AI-2", "--reason", "ai_not_confirmed", "--reject", "ai_mismatch"]
    decided = lived_in.earmark("cases", "decide", case["id"], *decision, "--json")
    assert decided.code == 0, decided.errors
    again = lived_in.earmark("cases", "decide", case["id"], *decision)
    assert again.code == 1, "it is decided"

    track_id = member["track"]["id"]
    with lived_in.client() as client:
        labels = client.labels(track_id)
    assert labels["labels"] == ["ai_provenance"]
    assert [(word["label"], word["confirmed"]) for word in labels["confirmed"]] == [("ai_mismatch", False)]
    assert case["id"] not in [open_case["id"] for open_case in lived_in.earmark("cases", "list", "--json").lines]


def test_a_key_made_on_the_command_line_opens_its_own_tenants_door_until_it_is_revoked(lived_in: Running) -> None:
    assert lived_in.earmark("admin", "key", "create", "stranger").code == 1, "there is no such tenant yet"
    lived_in.earmark("admin", "tenant", "create", "stranger")
    [made] = lived_in.earmark("admin", "key", "create", "stranger", "--scope", "cases:read", "--json").lines
    remote = {"url": lived_in.address, "api_key": made["key"]}
    theirs = lived_in.earmark("cases", "list", "--json", **remote)
    assert (theirs.code, theirs.lines) == (0, [])
    [known] = lived_in.earmark("admin", "key", "list", "stranger", "--json").lines
    assert made["key"] not in str(known)
    assert lived_in.earmark("admin", "key", "revoke", made["id"]).code == 0
    refused = lived_in.earmark("cases", "list", "--json", **remote)
    assert refused.code == 1
    assert "key" in refused.errors.lower()


def test_a_supervisor_that_is_killed_takes_its_roles_along_and_a_new_one_goes_on(
    lived_in: Running, batch: tuple[Path, Wanted]
) -> None:
    groups = [lived_in.group_of(role) for role in ("api", "worker", "reconcile")]
    assert all(groups)
    taken = lived_in.earmark("deliver", batch[0], "--json", "--again")
    assert taken.code == 0
    lived_in.kill()
    until(lambda: not any(group_members(group) for group in groups if group), "the old roles are gone")
    lived_in.start()
    states = lived_in.wait_for_tracks([line["track_id"] for line in taken.lines])
    assert states == {"decided": 7, "unreadable": 1}
    assert lived_in.stands_twice() == {}
    assert lived_in.stop() == 0


def test_a_service_with_a_broken_pack_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("pack: own\nversion: 1\nrules:\n  - id: x\n")
    ran = subprocess.run(
        [sys.executable, "-m", "service.cli", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "EARMARK_POLICY_PACKS": str(tmp_path / "own.yaml")},
    )
    assert ran.returncode == 1
    assert "own.yaml" in ran.stderr
    assert "Traceback" not in ran.stderr


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
