"""The folder in which the processes of one worker role count their figures, and what killed workers left of theirs."""

import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "earmark-figures-"
_OWNER = "owner"
_FRESH_S = 60.0
"""A folder this young may belong to a worker that has not locked it yet."""

_held: list[int] = []


def make() -> Path:
    """A folder of our own until this process ends, however it ends; those of workers that were killed are removed.

    Its owner holds a lock, which the kernel gives back with the process: a folder whose lock can be had is nobody's.
    """
    remove_abandoned(Path(tempfile.gettempdir()), time.time())
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    owner = os.open(folder / _OWNER, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(owner, fcntl.LOCK_EX)
    _held.append(owner)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def remove_abandoned(parent: Path, now: float) -> int:
    """Remove the folders whose owners are gone; how many those were. What cannot be looked at stays."""
    removed = 0
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or now - folder.stat().st_mtime < _FRESH_S:
                continue
            owner = os.open(folder / _OWNER, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
                removed += 1
            finally:
                os.close(owner)
    return removed
