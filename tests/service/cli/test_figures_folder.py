import os
import subprocess
import sys
import time
from pathlib import Path

from service.cli import figures_folder


def start(folder: Path) -> "subprocess.Popen[str]":
    """A process that has made its folder under ``folder`` and waits."""
    code = "from service.cli import figures_folder as f; print(f.make(), flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert Path(process.stdout.readline().strip()).parent == folder
    return process


def test_the_folder_of_a_killed_worker_is_removed_and_that_of_a_running_one_stays(tmp_path: Path) -> None:
    killed, running = start(tmp_path), start(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    killed.kill()
    killed.communicate()
    assert figures_folder.remove_abandoned(tmp_path, time.time()) == 0, "too young to be judged"
    assert figures_folder.remove_abandoned(tmp_path, time.time() + 3600) == 1
    [left] = tmp_path.iterdir()
    running.communicate("\n")
    assert not left.exists()


def test_a_link_in_the_place_of_a_folder_is_left_alone(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (tmp_path / f"{figures_folder.PREFIX}x").symlink_to(victim)
    assert figures_folder.remove_abandoned(tmp_path, time.time() + 3600) == 0
    assert victim.exists()
