"""Server time of every page of the console on a large deployment: ``python -m tests.bench.console``.

Writes 100,000 open cases and a year of decisions, each on a case and a track of its own, straight into a fresh SQLite
file and a fresh PostgreSQL, counts the daily figures, and asks for each page through the application, without network.
The time is what the application takes to answer, database included; the median of several calls after a first one.
PostgreSQL has its statistics gathered, as its autovacuum would; SQLite has none, as nobody gathers them there.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from starlette.testclient import TestClient

from service.api.backend import Backend
from service.app import create_app
from service.console import sessions
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.clock import utc_now
from service.store.daily_figures import count_due
from service.store.database import Database
from tests.bench.console_load import TOKEN, furnish
from tests.servers import postgres_server

BOUND_MS = 150.0
Times = tuple[float, float]
ORIGIN = {"Origin": "http://testserver"}


def pages() -> dict[str, str]:
    """Every page that a reviewer, a senior or an administrator opens, by name. Cases differ from call to call."""
    today = utc_now().date()
    middle = (utc_now() - timedelta(days=1)).isoformat().replace("+", "%2B")
    return {
        "queue": "/console/cases",
        "queue, one of several": "/console/cases?queue=bulk&priority=P2",
        "queue, far down": f"/console/cases?after={middle}~cas_0",
        "queue, decided": "/console/cases?state=decided",
        "next case": "/console/next",
        "next case in a queue": "/console/next?queue=impersonation",
        "case, open": "/console/cases/cas_{open:026}",
        "case, decided": "/console/cases/cas_{decided:026}",
        "next to hear blind": "/console/blind",
        "bulk, one sender": "/console/bulk?like=cas_{open:026}&common=sender",
        "bulk, one cause": "/console/bulk?like=cas_{open:026}&common=cause",
        "quality": "/console/quality",
        "next second look": "/console/looks/next",
        "golden case": "/console/quality/golden/cas_{decided:026}",
        "numbers, 30 days": "/console/numbers",
        "numbers, 365 days": f"/console/numbers?since={today - timedelta(days=364)}",
        "appeals": "/console/appeals",
        "reports": "/console/reports",
        "policy": "/console/policy",
        "account": "/console/account",
        "people": "/console/people",
    }


@contextmanager
def opened(database: Database, folder: Path) -> Iterator[TestClient]:
    settings = Settings(data_dir=folder / "data", _env_file=None)
    backend = Backend(settings, database, BlobStorage.open(settings.storage))
    with TestClient(create_app(backend=backend)) as client:
        client.cookies.set(sessions.COOKIE, TOKEN)
        yield client


def measure(database: Database, folder: Path, cases: int, decisions: int, runs: int) -> dict[str, Times]:
    """Median milliseconds of each page, and of deciding a case; wall clock, and this process's CPU."""
    found = {}
    with opened(database, folder) as client:
        for name, address in pages().items():
            times = []
            for run in range(runs + 1):
                numbers = {"open": decisions + run * 7 + 100, "decided": decisions // 2 + run * 7}
                began = _clocks()
                answer = client.get(address.format(**numbers), follow_redirects=False)
                times.append(_since(began))
                assert answer.status_code in (200, 303), (name, answer.status_code, answer.text[:500])
            found[name] = _median(times[1:])
        times = []
        for run in range(runs):
            case = f"cas_{decisions + cases - 1 - run:026}"
            form = {"action": "none", "policy_clause": "AI-2", "reason": "other"}
            began = _clocks()
            answer = client.post(f"/console/cases/{case}/decide", data=form, headers=ORIGIN, follow_redirects=False)
            times.append(_since(began))
            assert answer.status_code == 303, answer.text[:500]
        found["deciding a case"] = _median(times)
    return found


def _clocks() -> Times:
    return time.perf_counter(), time.process_time()


def _since(began: Times) -> Times:
    now = _clocks()
    return 1_000 * (now[0] - began[0]), 1_000 * (now[1] - began[1])


def _median(times: list[Times]) -> Times:
    return statistics.median(one[0] for one in times), statistics.median(one[1] for one in times)


def one(kind: str, url: str, folder: Path, arguments: argparse.Namespace) -> dict[str, Times]:
    database = Database.open(url)
    database.migrate()
    began = time.perf_counter()
    furnish(database, arguments.cases, arguments.decisions)
    wrote = time.perf_counter() - began
    if kind == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    began, counted = time.perf_counter(), 0
    while (day := count_due(database, utc_now())) is not None and day <= utc_now().date():
        counted += 1
        if day == utc_now().date():
            break
    took = time.perf_counter() - began
    print(
        f"{kind}: wrote {arguments.decisions:,} decisions and {arguments.cases:,} open cases in {wrote:.0f} s;", end=" "
    )
    print(f"counted {counted} days in {took:.0f} s, {1_000 * took / max(1, counted):.0f} ms a day", flush=True)
    found = measure(database, folder, arguments.cases, arguments.decisions, arguments.runs)
    database.dispose()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000, help="Open cases.")
    parser.add_argument("--decisions", type=int, default=200_000, help="Decisions, up to 10,000,000.")
    parser.add_argument("--runs", type=int, default=11, help="Calls of each page.")
    parser.add_argument("--databases", default="sqlite,postgresql", help="On which, by commas.")
    arguments = parser.parse_args()
    found: dict[str, dict[str, Times]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in arguments.databases.split(","):
            if kind == "sqlite":
                found[kind] = one(kind, f"sqlite:///{folder}/bench.db", Path(folder), arguments)
            else:
                with postgres_server() as server:
                    found[kind] = one(kind, server.create_database(), Path(folder), arguments)
    print(f"\nMedian of {arguments.runs} calls in ms, its CPU in brackets; at most {BOUND_MS:.0f} is asked.\n")
    print(f"{'page':24}" + "".join(f"{kind:>20}" for kind in found))
    over = 0
    for name in next(iter(found.values())):
        row = [times[name] for times in found.values()]
        over += sum(wall > BOUND_MS for wall, _ in row)
        print(
            f"{name:24}"
            + "".join(f"{f'{wall:.0f} ({cpu:.0f})':>18}{'!' if wall > BOUND_MS else ' '} " for wall, cpu in row)
        )
    print(f"\n{over} over the bound" if over else "\nall within the bound")
    return 1 if over else 0


if __name__ == "__main__":
    raise SystemExit(main())
