"""What cannot be logged is lost, and nothing else with it."""

import subprocess
import sys
from pathlib import Path

import pytest

from service import logs

ROLE = """
import structlog
from service import logs
from service.settings import Settings
logs.configure(Settings(_env_file=None))
logs.say("a line for a person")
structlog.get_logger("a role").error("an event", of="its kind")
print("works on", flush=True)
"""


def test_a_role_works_on_where_its_log_cannot_be_written(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        role = subprocess.run(
            [sys.executable, "-c", ROLE], check=False, cwd=tmp_path, stdout=subprocess.PIPE, stderr=full, timeout=60
        )
    assert role.stdout == b"works on\n"


def test_the_same_lines_are_written_where_they_can_be(tmp_path: Path) -> None:
    role = subprocess.run([sys.executable, "-c", ROLE], check=True, cwd=tmp_path, capture_output=True, timeout=60)
    first, second = role.stderr.decode().splitlines()
    assert first == "a line for a person"
    assert 'event="an event" of="its kind"' in second


def test_a_line_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.say("ready")
    assert capsys.readouterr().err == "ready\n"
