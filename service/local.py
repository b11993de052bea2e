"""What ``earmark serve`` leaves in its data folder for the other commands on the same machine.

``address`` holds the service's URL, ``key`` the API key of the local tenant, readable by its owner alone, and
``serve.lock`` is locked as long as any process of the service lives.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path

ADDRESS = "address"
KEY = "key"
LOCK = "serve.lock"
LOCAL_TENANT = "local"

ENDING_S = 15.0
"""How long a new start waits for the processes of a supervisor that was killed."""


class AlreadyServed(Exception):
    """Another ``earmark serve`` runs on the same data folder."""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    aside.rename(path)


def read(path: Path) -> str | None:
    """The stripped content of a small file; ``None`` where there is none."""
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None


def lock(data_dir: Path) -> int:
    """Take the lock on the data folder and return its descriptor, which the roles inherit.

    The lock lives as long as any process that holds the descriptor. If the supervisor that wrote its id into the file
    is gone, its roles are ending, and the new start waits for them.

    :raises AlreadyServed: when the supervisor is alive, or its roles do not end
    """
    descriptor = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + ENDING_S
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            return descriptor
        holder = os.pread(descriptor, 32, 0).decode().strip()
        if _alive(holder) or time.monotonic() > deadline:
            os.close(descriptor)
            raise AlreadyServed(f"another earmark serve (process {holder or 'unknown'}) runs on {data_dir}")
        time.sleep(0.1)


def _alive(process: str) -> bool:
    if not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
