"""Server time of every page of the console on a large deployment: ``python -m tests.bench.console``.

Fills a SQLite file and a PostgreSQL with 100,000 open cases and a year of decisions, each on a case of its own, counts
the daily figures, and asks for each page through the application, without network. The time is what the application
takes to answer, database included; the median of several calls after two first ones, and each call is about another
case where the page is about one. PostgreSQL has its statistics gathered, as its autovacuum would; SQLite has none, as
nobody gathers them there.

With ``--keep FOLDER`` the databases stay in a folder: what a run leaves unwritten is written by the next one, and one
that finds everything there only measures. The goal is at 10,000,000 decisions (some 30 GB and half an hour each)::

    python -m tests.bench.console --decisions 10000000 --databases sqlite --keep /var/tmp/console
"""

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import text
from starlette.testclient import TestClient

from service.api.backend import Backend
from service.app import create_app
from service.cli.progress import progress_bars
from service.console import sessions
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.clock import utc_now
from service.store.daily_figures import count_due
from service.store.database import Database
from service.store.decision_export import decisions
from service.store.judgements import Judgements
from tests.bench.console_figures import figure_earlier_days
from tests.bench.console_groups import furnish_groups
from tests.bench.console_load import TOKEN, Load, Progress, furnish
from tests.bench.console_rows import FIRST_NUMBER, LARGE, id_of
from tests.servers import PostgresServer

BOUND_MS = 150.0
FIRST_CALLS = 2
PATIENCE_S = 30.0
NO_PAGES = {"deciding 100 in bulk"}
"""What is timed once, and bound by nothing."""
Times = tuple[float, float]
ORIGIN = {"Origin": "http://testserver"}


def pages(groups: dict[str, str], batch: str) -> dict[str, str]:
    """Every page that a reviewer, a senior or an administrator opens, by name. Cases differ from call to call."""
    today = utc_now().date()
    middle = (utc_now() - timedelta(days=1)).isoformat().replace("+", "%2B")
    long_ago = (utc_now() - timedelta(days=200)).isoformat().replace("+", "%2B")
    return {
        "queue": "/console/cases",
        "queue, one of several": "/console/cases?queue=bulk&priority=P2",
        "queue, far down": f"/console/cases?after={middle}~cas_0",
        "queue, decided": "/console/cases?state=decided",
        "queue, decided, one": "/console/cases?state=decided&queue=bulk&priority=P2",
        "queue, decided, far down": f"/console/cases?state=decided&after={long_ago}~cas_0",
        "next case": "/console/next",
        "next case in a queue": "/console/next?queue=impersonation",
        "case, open": "/console/cases/cas_{open:026}",
        "case, decided": "/console/cases/cas_{decided:026}",
        "case, ring of 50": f"/console/cases/{groups['sender']}",
        "case, cluster of 200": f"/console/cases/{groups['recording']}",
        "compare": "/console/compare/trk_{open:026}/trk_{other:026}",
        "uploader": "/console/uploader?sender=label+{label}",
        "uploader, large": f"/console/uploader?sender={LARGE.replace(' ', '+')}",
        "next to hear blind": "/console/blind",
        "bulk, one sender": "/console/bulk?like=cas_{open:026}&common=sender",
        "bulk, large sender": "/console/bulk?like=cas_{large:026}&common=sender",
        "bulk, one recording": "/console/bulk?like=cas_{open:026}&common=recording",
        "bulk, one cause": "/console/bulk?like=cas_{open:026}&common=cause",
        "bulk, done": f"/console/bulk/{batch}",
        "quality": "/console/quality",
        "next second look": "/console/looks/next",
        "golden case": "/console/quality/golden/cas_{decided:026}",
        "numbers, 30 days": "/console/numbers",
        "numbers, 365 days": f"/console/numbers?since={today - timedelta(days=364)}",
        "appeals": "/console/appeals",
        "appeals, decided": "/console/appeals?state=upheld",
        "appeal": "/console/appeals/apl_{appeal:026}",
        "reports": "/console/reports",
        "reports, far down": "/console/reports?before=rpt_{decided:026}",
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


def measure(database: Database, folder: Path, load: Load, runs: int) -> dict[str, Times]:
    """Median milliseconds of each page, of a piece of each export, and of deciding a case, alone and in bulk of 100;
    wall clock, and this process's CPU."""
    groups, found = furnish_groups(database, load), {}
    with opened(database, folder) as client:
        waiting = _open_cases(database, load, runs + FIRST_CALLS + 100)
        batch, found["deciding 100 in bulk"] = _in_bulk(client, waiting[:100])
        for name, address in pages(groups, batch).items():

            def get(run: int, name: str = name, address: str = address) -> None:
                answer = client.get(address.format(**_numbers(load, run)), follow_redirects=False)
                assert answer.status_code in (200, 303), (name, answer.status_code, answer.text[:500])

            found[name] = _timed(name, get, runs)

        def decide(run: int) -> None:
            form = {"action": "none", "policy_clause": "AI-2", "reason": "other"}
            to = f"/console/cases/{waiting[100 + run]}/decide"
            answer = client.post(to, data=form, headers=ORIGIN, follow_redirects=False)
            assert answer.status_code == 303, answer.text[:500]

        found["deciding a case"] = _timed("deciding a case", decide, runs)
    since = load.now - timedelta(days=200)
    found["decisions.csv, a piece"] = _timed(
        "decisions.csv, a piece",
        lambda run: next(decisions(database, load.tenant_id, since + timedelta(days=run), load.now)),
        runs,
    )
    found["judgements.jsonl, a piece"] = _timed(
        "judgements.jsonl, a piece", lambda run: _judged(database, load, run), runs
    )
    return found


def _numbers(load: Load, run: int) -> dict[str, int]:
    """Which case, track or appeal a call is about: another one each time, all over what there is."""
    first, spread = load.decisions + run * 7 + 100, load.decisions * (run + 1) // 50
    return {
        "open": FIRST_NUMBER + first,
        "other": FIRST_NUMBER + first + 1,
        "decided": FIRST_NUMBER + spread,
        "large": FIRST_NUMBER + -(-(first) // 20) * 20,
        "label": 1 + run * 20,
        "appeal": FIRST_NUMBER + spread // 1_000 * 1_000 + 11,
    }


def _open_cases(database: Database, load: Load, number: int) -> list[str]:
    query = (
        "SELECT id FROM review_case WHERE tenant_id = :tenant AND state = 'open' AND scope = 'track' AND id > :first"
    )
    with database.read() as session:
        given = {"tenant": load.tenant_id, "first": id_of("cas", load.decisions + load.cases // 2), "number": number}
        return list(session.scalars(text(f"{query} ORDER BY id LIMIT :number"), given))


def _in_bulk(client: TestClient, cases: list[str]) -> tuple[str, Times]:
    """Decide cases together, through the API of the page; the batch, and how long it took."""
    shown = client.get("/console/bulk", params={"case": cases})
    seen = shown.text.partition('name="seen" value="')[2].partition('"')[0]
    form = {"case": cases, "seen": seen, "action": "none", "policy_clause": "", "reason": "other"}
    began = _clocks()
    answer = client.post("/console/bulk", data=form, headers=ORIGIN, follow_redirects=False)
    took = _since(began)
    assert answer.status_code == 303, answer.text[:2_000]
    return answer.headers["location"].partition("?")[0].rpartition("/")[2], took


def _judged(database: Database, load: Load, run: int) -> None:
    with database.read() as session:
        lines, _ = Judgements(session, load.tenant_id).after(id_of("cas", load.decisions * run // 50))
    assert lines


def _timed(name: str, call: Callable[[int], object], runs: int) -> Times:
    """The median of so many calls, fewer where they take longer than :data:`PATIENCE_S` together."""
    times: list[Times] = []
    first = time.perf_counter()
    for run in range(runs + FIRST_CALLS):
        began = _clocks()
        call(run)
        times.append(_since(began))
        if len(times) > FIRST_CALLS and time.perf_counter() - first > PATIENCE_S:
            break
    kept = times[FIRST_CALLS:]
    found = statistics.median(wall for wall, _ in kept), statistics.median(cpu for _, cpu in kept)
    told = f"{found[0]:.0f} ms ({found[1]:.0f}), {min(kept)[0]:.0f} to {max(kept)[0]:.0f}, {len(kept)} calls"
    print(f"{name}: {told}", file=sys.stderr, flush=True)
    return found


def _clocks() -> Times:
    return time.perf_counter(), time.process_time()


def _since(began: Times) -> Times:
    now = _clocks()
    return 1_000 * (now[0] - began[0]), 1_000 * (now[1] - began[1])


def one(kind: str, url: str, folder: Path, arguments: argparse.Namespace, progress: Progress) -> dict[str, Times]:
    database = Database.open(url, statement_s=600)
    database.migrate()
    began = time.perf_counter()
    load = furnish(database, arguments.cases, arguments.decisions, progress=progress)
    if kind == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    print(f"{kind}: {load.decisions:,} decisions, {load.cases:,} open cases; written in", end=" ")
    print(f"{time.perf_counter() - began:.0f} s;", end=" ")
    print(_count(database, load), flush=True)
    before = os.getloadavg()[0]
    found = measure(database, folder, load, arguments.runs)
    print(f"{kind}: load average {before:.1f} before and {os.getloadavg()[0]:.1f} after measuring", flush=True)
    database.dispose()
    return found


def _count(database: Database, load: Load) -> str:
    """Count the daily figures that are due, as the reconciler does; what it cost in words."""
    copied = figure_earlier_days(database, load)
    began, counted, now = time.perf_counter(), 0, utc_now()
    while (day := count_due(database, now)) is not None:
        counted += 1
        if day >= now.date():
            break
    took = time.perf_counter() - began
    told = f"counted {counted} days, {1_000 * took / max(1, counted):.0f} ms a day"
    return f"{told}; the figures of {copied} earlier days are copies" if copied else told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000, help="Open cases.")
    parser.add_argument("--decisions", type=int, default=200_000, help="Decisions; the goal is at 10,000,000.")
    parser.add_argument("--runs", type=int, default=21, help="Calls of each page, after two first ones.")
    parser.add_argument("--databases", default="sqlite,postgresql", help="On which, by commas.")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="Where the databases stay for another run.")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found: dict[str, dict[str, Times]] = {}
    with tempfile.TemporaryDirectory() as passing, progress_bars() as progress:
        folder = arguments.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        for kind in arguments.databases.split(","):
            if kind == "sqlite":
                found[kind] = one(kind, f"sqlite:///{folder}/console.db", folder, arguments, progress)
            else:
                with _postgres(folder if arguments.keep else None) as url:
                    found[kind] = one(kind, url, folder, arguments, progress)
    return 1 if _told(found, arguments.runs) else 0


@contextmanager
def _postgres(folder: Path | None) -> Iterator[str]:
    """A server with a database, in a folder that stays or in one that goes with it."""
    settings = ["max_wal_size=4GB", "wal_level=minimal", "max_wal_senders=0"]
    server = PostgresServer(folder=folder / "postgresql" if folder else None, settings=settings)
    try:
        server.start()
        yield server.database("console")
    finally:
        server.stop()


def _told(found: dict[str, dict[str, Times]], runs: int) -> int:
    """Print the table; how many are over the bound."""
    print(f"\nMedian of {runs} calls in ms, its CPU in brackets; at most {BOUND_MS:.0f} is asked of pages.\n")
    print(f"{'page':28}" + "".join(f"{kind:>20}" for kind in found))
    over = 0
    for name in next(iter(found.values())):
        row = [times[name] for times in found.values()]
        bound = float("inf") if name in NO_PAGES else BOUND_MS
        over += sum(wall > bound for wall, _ in row)
        print(
            f"{name:28}"
            + "".join(f"{f'{wall:.0f} ({cpu:.0f})':>18}{'!' if wall > bound else ' '} " for wall, cpu in row)
        )
    print(f"\n{over} over the bound" if over else "\nall within the bound")
    return over


if __name__ == "__main__":
    sys.exit(main())
