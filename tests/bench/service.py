"""The service under load, each figure beside its yardstick in the same run: uploads, requests, workers, backlogs.

Run by ``make bench``. The server is uvicorn in a process of its own, as ``earmark api`` runs it, on SQLite and local
files; backlogs are measured on PostgreSQL. All ratios are of figures taken in turn, medians of several rounds.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI
from rich.console import Console
from rich.table import Table

from service.store.clock import utc_now
from service.store.database import Database
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind, Lane
from tests.bench.figures import Figure
from tests.bench.workers import workers
from tests.servers import free_port, postgres_server
from tests.service.api.serving import Served, serve
from tests.waiting import until

UPLOAD_BYTES = 40 * 1024**2
CALLERS = 8

empty = FastAPI(openapi_url=None)
"""The yardstick of requests: the same framework and server, and a route that does nothing."""


@empty.get("/empty")
def nothing() -> dict[str, str]:
    return {}


def uploads(rounds: int) -> Figure:
    """Seconds from the first byte sent to the 202, beside ``cat FILE | sha256sum``."""
    with _served() as served, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload.wav"
        ours, theirs = [], []
        for number in range(rounds + 1):
            path.write_bytes(os.urandom(64) + bytes(UPLOAD_BYTES - 64))
            pair = (_upload(served, path, number), _summed(path))
            if number:  # the first round warms up
                ours.append(pair[0])
                theirs.append(pair[1])
    return _compared("40 MiB upload, stored and hashed", ours, theirs, "cat | sha256sum", 0.9)


def _upload(served: Served, path: Path, number: int) -> float:
    """Streamed from memory by a plain socket, so that the caller costs as little as it can."""
    boundary = b"earmark-bench"
    metadata = json.dumps({"title": f"Upload {number}", "artists": [{"name": "Bench"}]}).encode()
    head = b'--%b\r\ncontent-disposition: form-data; name="metadata"\r\n\r\n%b\r\n' % (boundary, metadata)
    head += b'--%b\r\ncontent-disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n' % boundary
    body = [head, path.read_bytes(), b"\r\n--%b--\r\n" % boundary]
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    connection.connect()
    began = time.perf_counter()
    connection.putrequest("POST", "/v1/tracks")
    for name, value in served.headers.items():
        connection.putheader(name, value)
    connection.putheader("content-type", f"multipart/form-data; boundary={boundary.decode()}")
    connection.putheader("content-length", str(sum(map(len, body))))
    connection.endheaders()
    for part in body:
        connection.send(part)
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - began
    connection.close()
    assert answer.status == httpx.codes.ACCEPTED, answer.status
    return took


def _summed(path: Path) -> float:
    began = time.perf_counter()
    subprocess.run(["sh", "-c", f"cat {path} | sha256sum"], check=True, capture_output=True)
    return time.perf_counter() - began


def requests(seconds: float) -> list[Figure]:
    """Answers a second to eight callers at once, beside the empty route; the callers cost both the same."""
    with _served() as served, _empty_server() as port:
        headers = {**served.headers, "content-type": "application/json"}
        release = json.dumps({"title": "Bench", "upc": "036000291452"})
        made = httpx.post(f"{served.url}/v1/releases", content=release, headers=headers)
        made.raise_for_status()
        calls = {
            "GET a release": (served.port, "GET", f"/v1/releases/{made.json()['id']}", None),
            "GET the label feed": (served.port, "GET", "/v1/labels", None),
            "POST a release": (served.port, "POST", "/v1/releases", release),
        }
        found = []
        for what, call in calls.items():
            there, here = _rate((port, "GET", "/empty", None), headers, seconds), _rate(call, headers, seconds)
            found.append(Figure(what, f"{here:.0f}/s", f"{there:.0f}/s, empty route", here / there, "", None))
    return found


def _rate(call: tuple[int, str, str, str | None], headers: dict[str, str], seconds: float) -> float:
    port, method, path, body = call
    answered = [0] * CALLERS
    over = time.perf_counter() + seconds

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < over:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status < 300, answer.status
            answered[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(answered) / seconds


def backlog(small: int, large: int, claims: int) -> Figure:
    """Jobs claimed and finished a second with so many waiting, in batches of four, on PostgreSQL."""
    with postgres_server() as server:
        databases = {}
        for size in (small, large):
            database = Database.open(server.create_database())
            database.migrate()
            for start in range(0, size, 10_000):
                with database.write() as session:
                    names = [f"trk_{number}" for number in range(start, min(size, start + 10_000))]
                    Jobs(session).enqueue_many(JobKind.ANALYSE, names, lane=Lane.BACK_CATALOGUE)
            with database.connect_for_write() as connection:
                connection.exec_driver_sql("ANALYZE job")
            databases[size] = database
        rates: dict[int, list[float]] = {small: [], large: []}
        for round_number in range(6):
            for size, database in databases.items():
                rate = _claim(database, claims)
                if round_number:
                    rates[size].append(rate)
        for database in databases.values():
            database.dispose()
    ours, theirs = statistics.median(rates[large]), statistics.median(rates[small])
    return Figure(
        f"jobs claimed and finished, {large:,} waiting", f"{ours:.0f}/s", f"{theirs:.0f}/s, {small:,} waiting",
        ours / theirs, ">= 0.8", ours / theirs >= 0.8,
    )  # fmt: skip


def _claim(database: Database, claims: int) -> float:
    began, done = time.perf_counter(), 0
    while done < claims:
        with database.write() as session:
            jobs = Jobs(session).claim([JobKind.ANALYSE], limit=4, worker="bench", lease_s=60, now=utc_now())
        with database.write() as session:
            for job in jobs:
                Jobs(session).finish(job.id, job.token)
        done += len(jobs)
        assert jobs
    return done / (time.perf_counter() - began)


@contextmanager
def _served() -> Iterator[Served]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/earmark.db"
        database = Database.open(url)
        database.migrate()
        database.dispose()
        with serve(Path(folder) / "data", url) as served:
            yield served


@contextmanager
def _empty_server() -> Iterator[int]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "tests.bench.service:empty",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    process = subprocess.Popen([*command, "--no-access-log"])
    try:
        until(lambda: _answers(port), "the empty route answers")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/empty").status_code == 200
    except httpx.TransportError:
        return False


def _compared(what: str, ours: list[float], theirs: list[float], yardstick: str, at_most: float) -> Figure:
    here, there = statistics.median(ours), statistics.median(theirs)
    ratio = here / there
    return Figure(what, f"{here:.3f} s", f"{there:.3f} s, {yardstick}", ratio, f"<= {at_most}", ratio <= at_most)


def report(measures: list[Callable[[], list[Figure]]]) -> bool:
    """Print the table; whether every target was met."""
    table = Table("figure", "Earmark", "yardstick", "ratio", "target", box=None, pad_edge=False)
    figures = [figure for measure in measures for figure in measure()]
    for figure in figures:
        verdict = "" if figure.met is None else " met" if figure.met else " NOT met"
        table.add_row(figure.what, figure.ours, figure.yardstick, f"{figure.ratio:.2f}", figure.target + verdict)
    Console(width=140).print(table)
    return all(figure.met is not False for figure in figures)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="uploads that are timed")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long requests are sent")
    parser.add_argument("--tracks", type=int, default=40, help="tracks that one and two processes analyse")
    parser.add_argument("--claims", type=int, default=100, help="jobs claimed in a round")
    parser.add_argument(
        "--only", nargs="+", choices=("uploads", "requests", "workers", "backlog"), help="measure these alone"
    )
    chosen = parser.parse_args()
    measures: dict[str, Callable[[], list[Figure]]] = {
        "uploads": lambda: [uploads(chosen.rounds)],
        "requests": lambda: requests(chosen.seconds),
        "workers": lambda: workers(chosen.tracks),
        "backlog": lambda: [backlog(1_000 + 6 * chosen.claims, 100_000, chosen.claims)],
    }
    return 0 if report([measures[name] for name in chosen.only or measures]) else 1


if __name__ == "__main__":
    sys.exit(main())
