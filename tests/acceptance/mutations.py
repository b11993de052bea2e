"""Two thousand mutated audio files go through a running service: each is decided or unreadable, and nobody dies.

``EARMARK_MUTANTS`` and ``EARMARK_MUTANTS_FIRST`` run a part of them: so many, from that number on.
"""

import os
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.acceptance.setups import fresh_service
from tests.mutations import mutants, originals

FILES = int(os.environ.get("EARMARK_MUTANTS", "2000"))
FIRST = int(os.environ.get("EARMARK_MUTANTS_FIRST", "0"))


def check(shared: Path, console: Console) -> list[str]:
    """Deliver them all; what did not end as it must."""
    with fresh_service("postgresql+redis") as service:
        folder = service.folder / "mutants"
        folder.mkdir()
        for name, content in mutants(FILES, originals(service.folder), first=FIRST):
            (folder / name).write_bytes(content)
        before = service.group_of("worker")
        delivered = service.earmark("deliver", folder, "--wait", "--json", limit_s=7200)
        after = service.group_of("worker")
        twice = service.stands_twice()
        lost = service.count("SELECT coalesce(sum(losses), 0) FROM job")
        by_kind: dict[str, Counter[str]] = {}
        for line in delivered.lines:
            kind = Path(line["file"]).stem.partition("_")[2]
            by_kind.setdefault(kind, Counter())[line["state"]] += 1
    table = Table("mutation", "decided", "unreadable", "refused", "other", box=None, pad_edge=False)
    faults = []
    known = ("decided", "unreadable", "refused")
    for kind, states in sorted(by_kind.items()):
        other = sum(count for state, count in states.items() if state not in known)
        table.add_row(kind, *(str(states[state]) for state in known), str(other))
        faults += [f"{kind}: {count} are {state}" for state, count in states.items() if state not in known]
    console.print(table)
    console.print(
        f"{len(delivered.lines)} files; worker group {'the same' if before == after else 'another'}; {lost} leases lost"
    )
    if len(delivered.lines) != FILES:
        faults.append(f"{len(delivered.lines)} of {FILES} files are accounted for")
    if before != after:
        faults.append("the worker group died")
    return faults + [f"{what} stand twice: {rows}" for what, rows in twice.items()]
