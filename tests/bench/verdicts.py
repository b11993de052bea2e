"""CPU of one verdict, by how much its sender delivered before: ``python -m tests.bench.verdicts``.

One sender, and a ring of fifty accounts, with 10, 100, 1,000 and 3,000 tracks in the thirty days before, in an SQLite
database of its own. A batch's statistics look at the last 1,000 tracks at most, so that a verdict on the 3,000th must
not cost more than one on the 1,000th. Times are CPU time of judging the next track, the best of several.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from classifiers.pipeline import PIPELINE_VERSION
from service.facts.history import is_short
from service.facts.sightings import Sighting
from service.settings import Settings
from service.store.evidence import EvidenceStore
from service.store.sightings import Sightings
from service.store.tracks import Tracks
from tests.deliveries import NOON, deliver, evidence
from workers.decide import judge
from workers.lifecycle import Context

SIZES = (10, 100, 1_000, 3_000)
RUNS = 7
MOST_GROWTH = 1.5
"""A verdict on the 3,000th track over one on the 1,000th, at most."""


@contextmanager
def context() -> Iterator[Context]:
    with TemporaryDirectory() as folder:
        opened = Context(Settings(data_dir=Path(folder), lease_s=60, _env_file=None))
        opened.database.migrate()
        yield opened
        opened.close()


def alone(number: int) -> dict[str, Any]:
    return {"id": "farm", "payout_hash": "p", "device_hash": "d", "ip": "198.18.7.9"}


def ring(number: int) -> dict[str, Any]:
    return alone(number) | {"id": f"account {number % 50}", "ip": f"198.18.{number % 50}.9"}


def accept(opened: Context, first: int, count: int, sender: Callable[[int], dict[str, Any]]) -> None:
    """Tracks a minute apart, each counted as judged before."""
    for start in range(first, first + count, 500):
        with opened.database.write() as session:
            for number in range(start, min(start + 500, first + count)):
                at = NOON + timedelta(minutes=number)
                title, artist = f"Rain for Sleep {number}", f"Sleep Harbor {number % 40}"
                isrc = f"QZEM626{number:05d}"
                said: dict[str, Any] = {"title": title, "artist": artist, "isrc": isrc, "sender": sender(number)}
                track = deliver(session, f"audio {number}", at=at, **said)
                row = Sightings(session).of(track.id)
                seen = Sighting(at, track.id, row.sender_key, title, artist, duration_s=31.0, functional=True)
                Sightings(session).put(
                    row,
                    seen,
                    audio_sha256=track.audio_sha256,
                    fresh=True,
                    functional=True,
                    short=is_short(31.0),
                    accused=number % 10 == 9,
                )


def cost_ms(opened: Context, number: int, sender: Callable[[int], dict[str, Any]]) -> float:
    """Least CPU time of judging the next track."""
    at = NOON + timedelta(minutes=number)
    with opened.database.write() as session:
        said: dict[str, Any] = {"title": "Rain", "isrc": f"QZEM627{number:05d}", "sender": sender(number)}
        track_id = deliver(session, f"next {number}", at=at, **said).id
        found = evidence("", pipeline=PIPELINE_VERSION, noise=0.9, duration_s=31.0)
        track = Tracks(session).find(track_id)
        assert track is not None
        EvidenceStore(session).put(found.model_copy(update={"sha256": track.audio_sha256}), at)
    times = []
    for _ in range(RUNS):
        with opened.database.read() as session:
            track = Tracks(session).find(track_id)
            assert track is not None
            rules, known = opened.rules, opened.known
            began = time.process_time()
            judge(session, track, rules, known, PIPELINE_VERSION)
            times.append((time.process_time() - began) * 1000)
    return min(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = sorted(parser.parse_args().sizes)
    good = True
    for name, sender in (("one sender", alone), ("a ring of 50", ring)):
        with context() as opened:
            known, costs = 0, dict[int, float]()
            for size in sizes:
                accept(opened, known, size - known, sender)
                costs[size] = cost_ms(opened, size, sender)
                known = size + 1
        print(f"{name}: " + ", ".join(f"{size} tracks {cost:.1f} ms" for size, cost in costs.items()), flush=True)
        if {1_000, 3_000} <= costs.keys():
            growth = costs[3_000] / costs[1_000]
            good &= growth <= MOST_GROWTH
            print(f"  3,000 over 1,000: {growth:.2f} (at most {MOST_GROWTH})")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
