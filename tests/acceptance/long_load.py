"""A day in an hour: deliveries, corrections, reads and webhooks, busier at noon than at night; memory stays flat.

``EARMARK_LOAD_MINUTES`` and ``EARMARK_LOAD_TRACKS`` make it smaller. Resident memory (``VmRSS``) of every process of
the service is read every few seconds. What a process needs once, its code, compiled loops, pools and caches, it has
after the first quarter of the run, the warm-up; after it, the median of the last fifth may be a tenth above that of
the first fifth. A process that is started anew meanwhile is judged by its role: the pool recycles its processes.
"""

import contextlib
import json
import math
import os
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from service import local
from tests.acceptance.setups import fresh_service
from tests.receiver import Receiver
from tests.running import Running
from tests.sounds import music, write_audio
from tests.waiting import until

MINUTES = float(os.environ.get("EARMARK_LOAD_MINUTES", "60"))
TRACKS = int(os.environ.get("EARMARK_LOAD_TRACKS", "2400"))
SENDERS = 3
SAMPLE_S = 5.0
WARM_UP = 0.25
GROWTH = 1.10
LEAST_LIFE = 0.8
"""Share of the time after the warm-up that a process must have lived to be judged by itself."""


@dataclass
class Memory:
    """Resident kilobytes of every process seen, by its role and id, with the moment of each reading in seconds."""

    began: float = field(default_factory=time.monotonic)
    readings: dict[tuple[str, int], list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))

    def read(self, leader: int) -> None:
        """Take one reading of a process and everything below it."""
        at = time.monotonic() - self.began
        for pid, command in _below(leader):
            if (resident := _resident_kb(pid)) is not None:
                self.readings[_role(pid, leader, command), pid].append((at, resident))

    def of_roles(self, role: str) -> list[tuple[float, int]]:
        """The mean of a role's processes at every moment."""
        moments: dict[float, list[int]] = defaultdict(list)
        for (name, _), readings in self.readings.items():
            if name == role:
                for at, resident in readings:
                    moments[at].append(resident)
        return [(at, round(statistics.mean(found))) for at, found in sorted(moments.items())]


def _below(leader: int) -> Iterator[tuple[int, list[str]]]:
    """A process and its descendants with their commands."""
    children: dict[int, list[int]] = defaultdict(list)
    commands: dict[int, list[str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                commands[int(entry.name)] = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            children[parent].append(int(entry.name))
    waiting = [leader]
    while waiting:
        pid = waiting.pop()
        waiting += children[pid]
        if pid in commands:
            yield pid, commands[pid]


def _role(pid: int, leader: int, command: list[str]) -> str:
    if pid == leader:
        return "supervisor"
    line = " ".join(command)
    for role in ("api", "reconcile", "worker"):
        if role in command:
            return role
    if "decod" in line:
        return "decoder"
    return "pool process" if "billiard" in line or "spawn" in line else "other"


def _resident_kb(pid: int) -> int | None:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def check(shared: Path, console: Console) -> list[str]:
    """Run the day; what grew, what failed, what was not decided."""
    private = {"webhook_allow_http": True, "webhook_allowed_networks": "127.0.0.1/32"}
    with Receiver() as receiver, fresh_service("postgresql+redis", **private) as service:
        key = {"Authorization": f"Bearer {local.read(service.folder / local.KEY)}"}
        httpx.post(f"{service.address}/v1/webhooks", json={"url": receiver.url}, headers=key).raise_for_status()
        memory = Memory()
        over = threading.Event()
        reader = threading.Thread(target=_read_on, args=(memory, service.pid, over), daemon=True)
        reader.start()
        answers = _day(service, key)
        open_work = "SELECT count(*) FROM job WHERE state IN ('pending', 'running')"
        with contextlib.suppress(AssertionError):  # what is not decided by then is counted below
            until(lambda: service.count(open_work) == 0, "all work is done", longest_s=1800)
        over.set()
        reader.join(60)
        decided = service.count("SELECT count(*) FROM track WHERE state = 'decided'")
        twice = service.stands_twice()
    console.print(f"{TRACKS} tracks in {MINUTES:g} minutes, {decided} decided; answers {dict(sorted(answers.items()))}")
    faults = _judged(memory, console)
    faults += [f"{count} answers {status}" for status, count in answers.items() if not status.startswith("2")]
    if decided != TRACKS:
        faults.append(f"{decided} of {TRACKS} tracks are decided")
    return faults + [f"{what} stand twice: {rows}" for what, rows in twice.items()]


def _read_on(memory: Memory, leader: int, over: threading.Event) -> None:
    while not over.wait(SAMPLE_S):
        memory.read(leader)


def due_at(number: int) -> float:
    """Seconds from the start at which a track is due: a day's wave, half as busy at its ends as on the average."""
    share = (number + 0.5) / TRACKS
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        until_then = middle - 0.5 * math.sin(2 * math.pi * middle) / (2 * math.pi)
        low, high = (middle, high) if until_then < share else (low, middle)
    return low * MINUTES * 60


def _day(service: Running, key: dict[str, str]) -> Counter[str]:
    """Deliver every track when it is due, correct one in five, read what came of them; the answers by status."""
    answers: Counter[str] = Counter()
    lock = threading.Lock()
    numbers = iter(range(TRACKS))
    broken: list[BaseException] = []
    began = time.monotonic()

    def work() -> None:
        folder = service.folder / "day"
        folder.mkdir(exist_ok=True)
        cursor: str | None = None
        try:
            with httpx.Client(base_url=service.address, headers=key, timeout=60) as client:
                while True:
                    with lock:
                        number = next(numbers, None)
                    if number is None:
                        return
                    path = write_audio(folder / f"{number}.flac", music(4.0 + number % 9, seed=number))
                    time.sleep(max(0.0, began + due_at(number) - time.monotonic()))
                    found, cursor = _calls(client, path, number, cursor)
                    path.unlink()
                    with lock:
                        answers.update(found)
        except BaseException as error:
            broken.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return answers


def _calls(client: httpx.Client, path: Path, number: int, cursor: str | None) -> tuple[list[str], str | None]:
    """What one integrator does around one track."""
    metadata = {"title": f"Hour {number}", "artists": [{"name": f"Artist {number % 300}"}]}
    sent = client.post(
        "/v1/tracks",
        data={"metadata": json.dumps(metadata)},
        files={"audio": (path.name, path.read_bytes())},
        headers={"Idempotency-Key": f"day-{number}"},
    )
    found = [sent]
    if sent.status_code == httpx.codes.ACCEPTED:
        address = f"/v1/tracks/{sent.json()['id']}"
        if number % 5 == 0:
            found.append(
                client.put(
                    f"{address}/declaration", json={"VOCALS": "PARTLY"}, headers={"If-Match": sent.headers["etag"]}
                )
            )
        found += [client.get(address), client.get(f"{address}/labels")]
    feed = client.get("/v1/labels", params={"cursor": cursor} if cursor else {})
    if feed.status_code == httpx.codes.OK:
        cursor = feed.json().get("next_cursor") or cursor
    found += [feed, client.get("/v1/cases"), client.get("/readyz"), client.get("/metrics")]
    return [str(answer.status_code) for answer in found], cursor


def _judged(memory: Memory, console: Console) -> list[str]:
    """The table of memory, and what grew by more than a tenth after the warm-up."""
    end = max(at for readings in memory.readings.values() for at, _ in readings)
    start = WARM_UP * end
    table = Table("process", "id", "MB at first", "MB after warm-up", "MB at the end", "highest", "growth", box=None)
    faults = []
    rows = {
        (role, str(pid)): readings
        for (role, pid), readings in memory.readings.items()
        if readings[0][0] <= start and readings[-1][0] >= end - (1 - LEAST_LIFE) * (end - start)
    }
    recycled = {role for role, pid in memory.readings if (role, str(pid)) not in rows} - {"other", "decoder"}
    rows |= {(role, "all, recycled"): memory.of_roles(role) for role in recycled}
    for (role, name), readings in sorted(rows.items()):
        span = readings[-1][0] - start
        early = [kb for at, kb in readings if start <= at <= start + span / 5]
        late = [kb for at, kb in readings if at >= start + span * 4 / 5]
        if not early or not late:
            continue
        before, after = statistics.median(early), statistics.median(late)
        growth = after / before
        table.add_row(
            role, name, f"{readings[0][1] / 1024:.0f}", f"{before / 1024:.1f}", f"{after / 1024:.1f}",
            f"{max(kb for _, kb in readings) / 1024:.0f}", f"{100 * (growth - 1):+.1f} %",
        )  # fmt: skip
        if growth > GROWTH:
            faults.append(f"{role} {name} grew by {100 * (growth - 1):.1f} %")
    short = Counter(role for role, pid in memory.readings if (role, str(pid)) not in rows)
    console.print(table)
    console.print(f"warm-up {start / 60:.1f} of {end / 60:.1f} minutes; processes that came or went: {dict(short)}")
    return faults
