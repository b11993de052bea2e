"""A worker that is killed in the middle of a batch: nothing of it is lost, and nothing is there twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from schemas.deliveries import DeliveryState, MessageState, Report
from service.settings import Settings
from service.store.clock import utc_now
from service.store.database import Database
from service.store.deliveries import Deliveries
from service.store.jobs import Jobs
from service.store.tables.jobs import Job, JobKind
from service.store.tables.tenant_usage import TenantUsage
from service.store.tables.tracks import Track
from tests.deliveries import tenant
from tests.service.api.caller import AUDIO, track_metadata
from tests.service.api.test_deliveries import ern
from workers.lifecycle import Context

MESSAGES, ROWS, CHUNK = 3, 60, 10
WHOLE = MESSAGES + ROWS
KILL_AT = (2, MESSAGES + 2 * CHUNK)
"""Numbers of tracks at which the worker gets SIGKILL: amid the messages, and amid the chunks of the manifest."""

LEASE_S = 1.0
WORKER = f"""
from service.settings import Settings
from service.store.tables.jobs import JobKind
from workers.ingest import ingest
from workers.ledger import work_through
from workers.lifecycle import Context
import time, workers.manifests
workers.manifests.CHUNK = {CHUNK}
context = Context(Settings())
while True:
    work_through(context, JobKind.INGEST, ingest, batch=1)
    time.sleep(0.02)
"""


def batch() -> dict[str, bytes]:
    files = {}
    for number in range(MESSAGES):
        isrc = f"QZEM626{number:05}"
        files[f"R{number}/message.xml"] = ern(f"M{number}", isrcs=(isrc,)).replace(b"036000291452", b"%012d" % number)
        files[f"R{number}/resources/{isrc}.wav"] = AUDIO + b"message" + bytes([number])
    rows = []
    for number in range(ROWS):
        said = track_metadata(isrc=f"QZEM627{number:05}", title=f"Song {number}")
        rows.append(said | {"file": f"songs/{number}.wav"})
        files[f"songs/{number}.wav"] = AUDIO + b"row" + bytes([number])
    files["manifest.jsonl"] = "\n".join(json.dumps(row) for row in rows).encode()
    return files


def accept(settings: Settings) -> str:
    context = Context(settings)
    stored = {}
    for name, content in batch().items():
        with context.blobs.stage() as staged:
            staged.write(content)
            stored[name] = staged.commit()
    with context.database.write() as session:
        made = Deliveries(session).accept(tenant(session, "Northern Lights").id, stored, utc_now()).id
    context.close()
    return made


def worker(settings: Settings) -> subprocess.Popen[bytes]:
    own = {
        "EARMARK_DATA_DIR": str(settings.data_dir),
        "EARMARK_DATABASE_URL": settings.database,
        "EARMARK_LEASE_S": str(LEASE_S),
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith("EARMARK_")}
    return subprocess.Popen([sys.executable, "-c", WORKER], env=others | own)


def test_a_batch_survives_the_death_of_its_worker(database_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url)
    delivery_id = accept(settings)
    database = Database.open(database_url)

    def tracks() -> int:
        with database.read() as session:
            return session.scalar(select(func.count()).select_from(Track)) or 0

    def wait_for(number: int, process: subprocess.Popen[bytes]) -> None:
        ends = time.monotonic() + 120
        while tracks() < number:
            assert process.poll() is None and time.monotonic() < ends
            time.sleep(0.005)

    halfway = 0
    for number in KILL_AT:
        process = worker(settings)
        wait_for(number, process)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        halfway += tracks() < WHOLE
        time.sleep(LEASE_S)
        with database.write() as session:
            Jobs(session).release_expired(utc_now())
    assert halfway, "it was killed in the middle"

    process = worker(settings)
    ends = time.monotonic() + 120
    while True:
        with database.read() as session:
            row = Deliveries(session).find(delivery_id)
            if row.state is DeliveryState.DONE:
                break
        assert process.poll() is None and time.monotonic() < ends
        time.sleep(0.05)
    process.kill()
    process.wait(30)

    with database.read() as session:
        report = Report.model_validate(Deliveries(session).find(delivery_id).report)
        delivered = list(session.scalars(select(Track)))
        assert len(delivered) == WHOLE
        assert max(Counter(track.isrc for track in delivered).values()) == 1
        named = {row.track_id for row in report.rows}
        for message in report.messages:
            named |= {track_id for release in message.releases for track_id in release.tracks.values()}
        assert named == {track.id for track in delivered}, "the report names each track, and none that is not there"
        assert {message.state for message in report.messages} == {MessageState.APPLIED}
        assert not [row for row in report.rows if row.fault]
        assert session.scalar(select(func.sum(TenantUsage.tracks))) == WHOLE
        due = select(func.count()).select_from(Job).where(Job.kind == JobKind.ANALYSE)
        assert session.scalar(due) == WHOLE, "each is analysed, and once"
    database.dispose()
