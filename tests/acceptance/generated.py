"""Ten thousand requests that Schemathesis makes up from the OpenAPI document: no accident, no undocumented answer."""

import logging
import tempfile
import time
from math import ceil
from pathlib import Path

import structlog
from rich.console import Console

from service.store.database import Database
from tests.service.api.furnished import furnished
from tests.service.api.generated_cases import Tried, try_operations

CASES = 10_000
OPERATIONS = 55
"""How many there are at least whose requests do not run out; every one gets an equal share."""

PARTS = 8
SEED = 8


def check(_shared: Path, console: Console) -> list[str]:
    """In parts, each on an application with fresh things in it; what went otherwise than documented."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    whole = Tried()
    for number in range(PARTS):
        part = try_part(number, PARTS, ceil(CASES / OPERATIONS), console)
        whole.statuses += part.statuses
        whole.faults |= part.faults
    console.print(f"{whole.cases:,} requests, answered {dict(sorted(whole.statuses.items()))}")
    faults = [f"{fault}\n{shown}" for fault, shown in whole.faults.items()]
    return faults if whole.cases >= CASES else [*faults, f"only {whole.cases} requests were sent"]


def try_part(number: int, parts: int, per_operation: int, console: Console) -> Tried:
    """One share of the operations."""
    began, cpu = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="earmark-generated-", ignore_cleanup_errors=True) as folder:
        url = f"sqlite:///{folder}/earmark.db"
        database = Database.open(url)
        database.migrate()
        database.dispose()
        with furnished(url, Path(folder)) as house:
            tried = try_operations(house, per_operation, start=SEED, part=(number, parts))
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    console.print(f"part {number + 1} of {parts}: {tried.cases} requests in {seconds:.0f} s, {cpu:.0f} s of CPU")
    return tried
