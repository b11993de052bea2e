"""Forty real recordings, delivered to both sets of servers, in order and out of order.

Three ways for each set of servers: delivered in order; delivered in order and analysed in a shuffled order; delivered
in a shuffled order. The first two must give the same standing verdicts everywhere. In the third another of two copies
is the later one, so its verdicts must be the same on both sets of servers, and may differ from the first two in tracks
of a repeated recording alone.
"""

import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from service.manifest import Item, items_of
from tests.acceptance.setups import SETUPS, fresh_service
from tests.running import Result, Running

SEED = 20261120
WAYS = ("in order", "analysed shuffled", "delivered shuffled")

Standing = dict[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Run:
    setup: str
    way: str
    lines: list[dict[str, Any]]
    standing: Standing
    seconds: float

    @property
    def name(self) -> str:
        return f"{self.setup}, {self.way}"


def check(shared: Path, console: Console) -> list[str]:
    """Run all six deliveries; what is not as it must be."""
    folder = shared / "audio" / "delivery"
    items = items_of(folder)
    runs = []
    for setup in SETUPS:
        for way in WAYS:
            with fresh_service(setup) as service:
                run = _deliver(service, setup, way, folder)
            runs.append(run)
            states = Counter(line["state"] for line in run.lines)
            console.print(f"{run.name}: {dict(states)} after {run.seconds:.0f} s")
    _print_verdicts(console, items, runs[0])
    faults = [
        f"{run.name}: {line['file']} is {line['state']}"
        for run in runs
        for line in run.lines
        if line["state"] != "decided"
    ]
    return faults + _compare(console, runs)


def _deliver(service: Running, setup: str, way: str, folder: Path) -> Run:
    began = time.monotonic()
    if way == "analysed shuffled":
        reconciler = service.group_of("reconcile")
        assert reconciler is not None
        _stop_between_writes(service, reconciler)
        service.earmark("deliver", folder, "--json")
        _shuffle_analysis(service)
        os.kill(reconciler, signal.SIGCONT)
    shuffled = ["--shuffle", str(SEED)] if way == "delivered shuffled" else []
    result: Result = service.earmark("deliver", folder, "--wait", "--json", *shuffled)
    lines = sorted(result.lines, key=lambda line: str(line["file"]))
    standing = {
        Path(line["file"]).name: (line["state"], line["action"], line["priority"], tuple(line["labels"]))
        for line in lines
    }
    return Run(setup, way, lines, standing, time.monotonic() - began)


def _stop_between_writes(service: Running, process: int) -> None:
    """Stop a process while this one holds SQLite's only write lock: stopped with it, it would keep it from all."""
    database = service.database()
    with database.write() as session:
        session.execute(text("SELECT 1"))
        os.kill(process, signal.SIGSTOP)
    database.dispose()


def _shuffle_analysis(service: Running) -> None:
    """Make the waiting analyses due in a random order, all of them in the past."""
    database = service.database()
    with database.write() as session:
        jobs = list(session.scalars(text("SELECT id FROM job WHERE state = 'pending' ORDER BY id")))
        random.Random(SEED).shuffle(jobs)
        for place, job in enumerate(jobs):
            due = f"2020-01-01 00:00:{place:02d}.000000"
            session.execute(text("UPDATE job SET run_after = :due WHERE id = :job"), {"due": due, "job": job})
    database.dispose()


def _print_verdicts(console: Console, items: list[Item], run: Run) -> None:
    """Each track's verdict beside what the manifest expects, then the misses with their reasons."""
    lines = {Path(line["file"]).name: line for line in run.lines}
    table = Table("track", "verdict", "expected", "", box=None, pad_edge=False, header_style="bold")
    misses = []
    for item in items:
        line, expected = lines[item.file.name], item.expected
        assert expected is not None
        table.add_row(
            item.file.name,
            _wording(line["action"] or line["state"], line["labels"]),
            _wording(expected.action, sorted(expected.labels)),
            "[green]equal" if line["as_expected"] else "[red]differs",
        )
        if not line["as_expected"]:
            misses.append(line)
    console.print(table)
    console.print(
        f"\n{len(items) - len(misses)} of {len(items)} verdicts equal the manifest's expectation ({run.name})"
    )
    for line in misses:
        console.print(f"  {Path(line['file']).name}: {'; '.join([*line.get('reasons', []), line.get('heard', '')])}")


def _compare(console: Console, runs: list[Run]) -> list[str]:
    faults = []
    by_name = {(run.setup, run.way): run for run in runs}
    reference = by_name[SETUPS[0], WAYS[0]]
    table = Table("compared", "with", "standing verdicts", box=None, pad_edge=False, header_style="bold")
    pairs = [(reference, run) for run in runs if run is not reference and run.way != WAYS[2]]
    pairs.append((by_name[SETUPS[0], WAYS[2]], by_name[SETUPS[1], WAYS[2]]))
    for one, other in pairs:
        different = _differences(one, other)
        table.add_row(one.name, other.name, "[green]equal" if not different else f"[red]{len(different)} differ")
        faults += [f"{one.name} and {other.name} differ in {file}" for file in different]
    shuffled = by_name[SETUPS[0], WAYS[2]]
    moved = _differences(reference, shuffled)
    explained = {file for file in moved if _is_duplicate(reference, file) != _is_duplicate(shuffled, file)}
    table.add_row(reference.name, shuffled.name, f"{len(moved)} differ: another copy is the later one")
    faults += [f"{file} depends on the order of delivery" for file in sorted(set(moved) - explained)]
    console.print(table)
    for file in moved:
        console.print(f"  {file}: {reference.standing[file]} in order, {shuffled.standing[file]} shuffled")
    return faults


def _differences(one: Run, other: Run) -> list[str]:
    files = sorted(one.standing.keys() | other.standing.keys())
    return [file for file in files if one.standing.get(file) != other.standing.get(file)]


def _is_duplicate(run: Run, file: str) -> bool:
    return "duplicate_recording" in run.standing[file][3]


def _wording(action: str, labels: list[str]) -> str:
    return f"{action} ({', '.join(labels)})" if labels else action
