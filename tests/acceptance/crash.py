"""The worker group is killed again and again in the middle of the delivery of forty real recordings."""

import threading
from collections import Counter
from pathlib import Path

from rich.console import Console

from tests.acceptance.setups import SETUPS, fresh_service

KILL_AT = (4, 12, 25)
"""Numbers of analysed files at which everything of the worker role gets SIGKILL."""


def check(shared: Path, console: Console) -> list[str]:
    """On both sets of servers: all decided, and nothing stands twice."""
    faults = []
    for setup in SETUPS:
        with fresh_service(setup) as service:
            killed: list[int] = []

            def kill() -> None:
                for pieces in KILL_AT:
                    service.wait_for_evidence(pieces)
                    killed.append(service.kill_role("worker"))  # noqa: B023

            killer = threading.Thread(target=kill)
            killer.start()
            delivered = service.earmark("deliver", shared / "audio" / "delivery", "--wait", "--json")
            killer.join()
            states = Counter(line["state"] for line in delivered.lines)
            twice = service.stands_twice()
            evidence = service.count("SELECT count(*) FROM evidence")
            verdicts = service.count("SELECT count(*) FROM verdict WHERE standing")
            lost = service.count("SELECT count(*) FROM job WHERE token > 1 AND kind = 'analyse'")
        console.print(
            f"{setup}: killed {len(killed)} times ({sum(killed)} processes); {dict(states)}; {evidence} pieces of "
            f"evidence, {verdicts} standing verdicts, {lost} analyses begun more than once"
        )
        if set(states) != {"decided"}:
            faults.append(f"{setup}: not all are decided: {dict(states)}")
        faults += [f"{setup}: {what} stand twice: {rows}" for what, rows in twice.items()]
    return faults
