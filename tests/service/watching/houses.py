"""Services that watch a place, a folder or a bucket, with what their senders put there."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from schemas.deliveries import Report
from service.settings import Settings
from service.store.deliveries import Deliveries
from service.store.tables.deliveries import DeliveryRow
from service.store.tables.jobs import JobKind
from service.store.tables.tracks import Track
from service.store.tracks import Tracks
from service.watching.places import place_of
from service.watching.watcher import Round, Watcher
from tests.deliveries import tenant
from tests.service.api.test_deliveries import BOTH, ern
from workers.ingest import ingest
from workers.ledger import work_through
from workers.lifecycle import Context

DPID = "PADPIDA2013042401U"


@dataclass
class House:
    """A service's settings with one tenant, and the place that is watched, reached as its sender reaches it."""

    settings: Settings
    tenant_id: str
    address: str
    put: Callable[[str, bytes], None]
    got: Callable[[], dict[str, bytes]]
    settle_s: float = 0.0
    ahead_s: float = 0.0
    folder: Path = field(default_factory=Path)

    def round(self, tenant_id: str | None = None) -> Round:
        place = place_of(self.address, self.settings.storage_options)
        watcher = Watcher(place, self.settings, tenant_id or self.tenant_id, settle_s=self.settle_s)
        try:
            return watcher.round(time.time() + self.ahead_s)
        finally:
            watcher.close()

    def work(self) -> None:
        context = Context(self.settings)
        work_through(context, JobKind.INGEST, ingest, batch=1)
        context.close()

    def watched(self) -> Round:
        """Taken, looked into, and answered."""
        done = self.round()
        self.work()
        answered = self.round()
        return Round(done.taken, done.refused, done.answered + answered.answered, done.troubled)

    def answers(self) -> dict[str, bytes]:
        return {name: content for name, content in self.got().items() if "acknowledgements/" in name}

    def deliveries(self) -> list[tuple[DeliveryRow, Report]]:
        context = Context(self.settings)
        with context.database.read() as session:
            rows = Deliveries(session).page(self.tenant_id)
        context.close()
        return [(row, Report.model_validate(row.report or {})) for row in rows]

    def tracks(self) -> list[Track]:
        context = Context(self.settings)
        with context.database.read() as session:
            found = list(Tracks(session).page(self.tenant_id, limit=100))
        context.close()
        return found


def make_house(
    settings: Settings, address: str, put: Callable[[str, bytes], None], got: Callable[[], dict[str, bytes]]
) -> House:
    context = Context(settings)
    with context.database.write() as session:
        tenant_id = tenant(session, "Northern Lights").id
    context.close()
    return House(settings, tenant_id, address, put, got)


def disk_house(database_url: str, tmp_path: Path) -> House:
    folder = tmp_path / "in"
    folder.mkdir()

    def put(name: str, content: bytes) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def got() -> dict[str, bytes]:
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    settings = Settings(data_dir=tmp_path / "data", database_url=database_url, dpid=DPID)
    house = make_house(settings, str(folder), put, got)
    house.folder = folder
    return house


def status(answer: bytes) -> tuple[str, list[str]]:
    """ReleaseStatus and the MessageStatus values of an acknowledgement."""
    root = etree.fromstring(answer)
    (whole,) = root.findall("ReleaseStatus/ReleaseStatus")
    return str(whole.text), [str(found.text) for found in root.iter("Status")]


def put_batch(house: House, name: str = "N_1", *, complete: bool = True, files: dict[str, bytes] | None = None) -> None:
    for path, content in (
        files if files is not None else {"R1/R1.xml": ern(), **{f"R1/{n}": c for n, c in BOTH.items()}}
    ).items():
        house.put(f"{name}/{path}", content)
    if complete:
        house.put(f"{name}/BatchComplete_1.xml", b"")
