"""The data folder is served by one supervisor at a time, and its key is for its owner's eyes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service import local


def test_a_second_supervisor_is_told_who_is_there(tmp_path: Path) -> None:
    held = local.lock(tmp_path)
    script = f"from pathlib import Path; from service import local; local.lock(Path({str(tmp_path)!r}))"
    second = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    os.close(held)
    assert f"another earmark serve (process {os.getpid()}) runs on {tmp_path}" in second.stderr


def test_the_lock_of_a_supervisor_that_is_gone_is_waited_for(tmp_path: Path) -> None:
    """The roles of a killed supervisor hold the lock until they have ended."""
    script = (
        "import os, subprocess, sys; from pathlib import Path; from service import local\n"
        f"lock = local.lock(Path({str(tmp_path)!r}))\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1)'], pass_fds=[lock])\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    lock = local.lock(tmp_path)
    assert (tmp_path / local.LOCK).read_text() == str(os.getpid())
    os.close(lock)


def test_a_private_file_is_private_and_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / local.KEY
    local.write_private(path, "first")
    local.write_private(path, "second")
    assert path.stat().st_mode & 0o777 == 0o600
    assert local.read(path) == "second"
    assert [entry.name for entry in tmp_path.iterdir()] == [local.KEY]


@pytest.mark.parametrize("content", [None, "", "  \n"])
def test_nothing_to_read_reads_as_nothing(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content)
    assert local.read(tmp_path / "key") is None
