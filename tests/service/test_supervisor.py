"""Roles are started again when they die, and end together with their supervisor, however it ends."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.supervisor import Role, Supervisor
from tests.waiting import process_runs, until

# A role that notes its process id in a new line of a file, starts a child of its own, and then does what it is told.
ROLE = """
import os, subprocess, sys, time
from service import lifeline
lifeline.hold()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(sys.argv[1], "a") as notes:
    notes.write(f"{os.getpid()} {child.pid}\\n")
time.sleep(float(sys.argv[2]))
"""
PROGRAM = (sys.executable, "-c", ROLE)


def _starts(notes: Path) -> list[tuple[int, int]]:
    lines = notes.read_text().splitlines() if notes.exists() else []
    return [(int(line.split()[0]), int(line.split()[1])) for line in lines]


@contextmanager
def _running(roles: list[Role], said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(roles, say=said.append, program=PROGRAM)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        thread.join()


def test_a_role_that_is_killed_is_started_again_and_its_children_end(tmp_path: Path) -> None:
    notes, said = tmp_path / "notes", list[str]()
    with _running([Role("sleeper", [str(notes), "600"])], said):
        until(lambda: len(_starts(notes)) == 1, "the role runs")
        role, child = _starts(notes)[0]
        os.kill(role, signal.SIGKILL)
        until(lambda: len(_starts(notes)) == 2, "the role runs again")
        until(lambda: not process_runs(child), "the child of the first ended")
    assert said == ["sleeper ended (signal SIGKILL); starting it again in 0.5 s"]


def test_a_role_that_ends_at_once_is_given_longer_and_longer_pauses(tmp_path: Path) -> None:
    notes, said = tmp_path / "notes", list[str]()
    with _running([Role("hasty", [str(notes), "0"])], said):
        until(lambda: len(said) >= 2, "it ended twice")
    assert said[:2] == [
        "hasty ended (exit code 0); starting it again in 0.5 s",
        "hasty ended (exit code 0); starting it again in 1 s",
    ]


def test_stopping_ends_the_roles_and_what_they_started(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    with _running([Role("one", [str(one), "600"]), Role("other", [str(other), "600"])], []):
        until(lambda: _starts(one) and _starts(other), "both roles run")
    processes = (*_starts(one)[0], *_starts(other)[0])
    until(lambda: not any(map(process_runs, processes)), "all of them ended")


def test_roles_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    script = (
        "import sys\nfrom service.supervisor import Role, Supervisor\n"
        f"role = Role('sleeper', [{str(notes)!r}, '600'])\n"
        f"Supervisor([role], say=print, program=(sys.executable, '-c', {ROLE!r})).run()\n"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", script])
    until(lambda: _starts(notes), "the role runs")
    role, child = _starts(notes)[0]
    supervisor.kill()
    supervisor.wait()
    until(lambda: not process_runs(role), "the role ended")
    os.kill(child, signal.SIGKILL)
