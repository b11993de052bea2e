"""Tracks a minute of two pool processes beside one, and what a track costs each role in CPU time.

The promise is about two workers on two cores that decode and analyse in one thread each. A pool process alone uses more
than one core: its decoder is a child of its own that decodes the next blocks while these are analysed, and two of them
would be compared with one that had both cores. So in the row with the target each pool process is *held* to one core,
its decoder with it; the other roles (API, reconciler, the pool's parent) run where the system puts them and take from
both. The row before it leaves everything free. Nobody delivers while it is measured: the pool is stopped until all
tracks wait, and the clock stops when no more are left than there are processes, so that neither waits for the other.
Every pool process has analysed tracks before, and so has loaded the compiled code.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from sqlalchemy import text

from service.store.database import Database
from tests.bench.figures import Figure
from tests.running import Running
from tests.sounds import music, write_audio
from tests.waiting import group_members

TARGET = 1.9
LOOK_EVERY_S = 0.2
_WARM_S, _WARM_AT_ONCE, _WARM_ROUNDS = 15.0, 4, 8
_LONGEST_S = 1_800
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Roles:
    """CPU seconds of the pool's processes, of their decoders, and of everything else of the service."""

    pool: float
    decoders: float
    rest: float

    def a_track(self, before: "Roles", tracks: int) -> "Roles":
        return Roles(
            (self.pool - before.pool) / tracks,
            (self.decoders - before.decoders) / tracks,
            (self.rest - before.rest) / tracks,
        )

    @property
    def together(self) -> float:
        return self.pool + self.decoders + self.rest

    def __str__(self) -> str:
        return f"{self.pool:.3f} + {self.decoders:.3f} + {self.rest:.3f}"


@dataclass(frozen=True)
class Measured:
    a_minute: float
    cpu_s: Roles


def workers(tracks: int) -> list[Figure]:
    """Rows for tracks of half a minute, free and held, and of three minutes, a quarter as many, held."""
    with TemporaryDirectory() as name:
        short, long = Path(name) / "short", Path(name) / "long"
        _make(short, tracks, 30.0)
        _make(long, max(8, tracks // 4), 180.0)
        return [
            *_compared("30 s FLAC, all free", short, held=False),
            *_compared("30 s FLAC, each held to a core", short, held=True),
            *_compared("3 min FLAC, each held to a core", long, held=True),
        ]


def _make(folder: Path, tracks: int, length_s: float) -> None:
    folder.mkdir()
    for number in range(tracks):
        write_audio(folder / f"{number}.flac", music(length_s, seed=number))


def _compared(what: str, folder: Path, *, held: bool) -> Iterator[Figure]:
    one, two = (_measured(folder, processes, held) for processes in (1, 2))
    ratio = two.a_minute / one.a_minute
    target, met = (f">= {TARGET}", ratio >= TARGET) if held else ("", None)
    yield Figure(f"tracks a minute, {what}", f"{two.a_minute:.0f}, two", f"{one.a_minute:.0f}, one", ratio, target, met)
    costs = two.cpu_s.together / one.cpu_s.together
    yield Figure("  CPU s a track: pool + decoder + rest", str(two.cpu_s), f"{one.cpu_s}, one", costs, "", None)


def _measured(folder: Path, processes: int, held: bool) -> Measured:
    tracks = sum(1 for _ in folder.iterdir())
    settings = {"worker_processes": processes, "lease_s": 120, "dispatch_interval_s": 0.3}  # as `earmark serve` has it
    with TemporaryDirectory() as data, Running(Path(data), settings) as service:
        pool = _warmed(service, Path(data), processes)
        if held:
            _hold(pool)
        with _counting(service) as evidence:
            known = evidence()
            with _stopped(service):
                assert service.earmark("deliver", folder, "--json").code == 0
            before, began = _roles(service.pid, pool), perf_counter()
            while (found := evidence() - known) < tracks - processes:
                assert perf_counter() - began < _LONGEST_S, "the tracks are analysed"
                sleep(LOOK_EVERY_S)
            took, after = perf_counter() - began, _roles(service.pid, pool)
    return Measured(found / took * 60, after.a_track(before, found))


def _warmed(service: Running, folder: Path, processes: int) -> list[int]:
    """The pool's processes, once each of them has analysed something: it has a decoder then."""
    for number in range(_WARM_ROUNDS):
        batch = folder / f"warm-up-{number}"
        batch.mkdir()
        for place in range(_WARM_AT_ONCE):
            seed = 10_000 + number * _WARM_AT_ONCE + place
            write_audio(batch / f"{place}.flac", music(_WARM_S, seed=seed))
        assert service.earmark("deliver", batch, "--wait", "--json").code == 0
        group = service.group_of("worker")
        assert group is not None
        pool = [member for member in group_members(group) if "billiard.spawn" in _command(member)]
        if len(pool) == processes and all(_children(member) for member in pool):
            return pool
    raise AssertionError("a process of the pool never had anything to do")


def _hold(pool: list[int]) -> None:
    """Each process on a core of its own, with its threads and its decoder."""
    cores = sorted(os.sched_getaffinity(0))
    assert len(cores) >= len(pool), "every process needs a core of its own"
    for core, process in zip(cores, pool, strict=False):
        for member in (process, *_children(process)):
            for thread in Path(f"/proc/{member}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {core})


@contextmanager
def _stopped(service: Running) -> Iterator[None]:
    group = service.group_of("worker")
    assert group is not None
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


@contextmanager
def _counting(service: Running) -> Iterator[Callable[[], int]]:
    """Asks how many files are analysed, at hardly any cost to what is measured."""
    database: Database = service.database()

    def evidence() -> int:
        with database.read() as session:
            return int(session.scalar(text("SELECT count(*) FROM evidence")) or 0)

    yield evidence
    database.dispose()


def _roles(service: int, pool: list[int]) -> Roles:
    decoders = [child for process in pool for child in _children(process)]
    everything, new = {service}, {service}
    while new := {child for process in new for child in _children(process)} - everything:
        everything |= new
    own, decoding = sum(map(_cpu_s, pool)), sum(map(_cpu_s, decoders))
    return Roles(own, decoding, sum(map(_cpu_s, everything)) - own - decoding)


def _children(process: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if int(_stat(int(entry.name))[1]) == process:
                found.append(int(entry.name))
    return found


def _cpu_s(process: int) -> float:
    fields = _stat(process)
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def _stat(process: int) -> list[str]:
    """What the kernel says of a process, from its state on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _command(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
