"""Waiting in tests for what other processes do: as short as it takes, and an error that says what did not happen."""

import time
from collections.abc import Callable
from pathlib import Path

LONGEST_S = 60.0


def until(condition: Callable[[], object], what: str, *, longest_s: float = LONGEST_S) -> None:
    """Return once ``condition`` holds; fail when it does not within ``longest_s``."""
    deadline = time.monotonic() + longest_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {longest_s:g} s still not: {what}")
        time.sleep(0.05)


def process_runs(process: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def group_members(group: int) -> list[int]:
    """Processes that belong to a process group."""
    members = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group and fields[0] not in "ZX":
            members.append(int(entry.name))
    return members
