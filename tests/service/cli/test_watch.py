"""``earmark watch`` as a process: killed at any moment it costs time, and nothing is taken or told twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from schemas.deliveries import DeliveryState
from service.settings import Settings
from service.store.database import Database
from service.store.deliveries import Deliveries
from service.store.tables.jobs import JobKind
from service.store.tenants import Tenants
from service.store.tracks import Tracks
from tests.deliveries import tenant
from tests.service.api.caller import AUDIO
from tests.service.api.test_deliveries import ern
from tests.waiting import until
from workers.ingest import ingest
from workers.ledger import work_through
from workers.lifecycle import Context

BATCHES = 10
KILLS = 2


def environment(settings: Settings) -> dict[str, str]:
    own = {"EARMARK_DATA_DIR": str(settings.data_dir), "EARMARK_DATABASE_URL": settings.database}
    return {name: value for name, value in os.environ.items() if not name.startswith("EARMARK_")} | own


def watch(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "service.cli", "watch", *arguments]
    return subprocess.Popen(
        command, env=environment(settings), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    database = Database.open(sqlite_url)
    with database.write() as session:
        tenant(session, "local")
    database.dispose()
    return Settings(data_dir=tmp_path / "data", database_url=sqlite_url)


def test_killed_again_and_again_it_takes_each_batch_once(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number in range(BATCHES):
        release = folder / f"N_{number}" / "R"
        (release / "resources").mkdir(parents=True)
        isrc = f"QZEM626{number:05}"
        message = ern(f"M{number}", isrcs=(isrc,)).replace(b"036000291452", b"%012d" % number)
        (release / "R.xml").write_bytes(message.replace(b"<MessageThreadId>T1<", b"<MessageThreadId>T%d<" % number))
        (release / "resources" / f"{isrc}.wav").write_bytes(AUDIO + b"%d" % number)
        (folder / f"N_{number}" / "BatchComplete_1.xml").touch()
    context = Context(settings)
    chance = random.Random(8)
    arguments = (str(folder), "--every", "0.1", "--settle", "0")
    for taken in range(KILLS):
        process = watch(settings, *arguments)
        until(lambda taken=taken: len(_deliveries(context)) > taken, "one more batch is taken")
        time.sleep(chance.uniform(0.0, 0.2))
        process.kill()
        process.communicate()
    process = watch(settings, *arguments)

    def answered() -> bool:
        work_through(context, JobKind.INGEST, ingest, batch=1)
        return len(_answers(folder)) == BATCHES

    until(answered, "every batch is taken and answered")
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    with context.database.read() as session:
        local = Tenants(session).by_name("local")
        assert local is not None
        isrcs = Counter(track.isrc for track in Tracks(session).page(local.id, limit=500))
    assert _deliveries(context) == {f"{folder}/N_{number}": DeliveryState.DONE for number in range(BATCHES)}
    assert isrcs == {f"QZEM626{number:05}": 1 for number in range(BATCHES)}
    assert {path.parts[-3] for path in _answers(folder)} == {f"N_{number}" for number in range(BATCHES)}
    context.close()


def _deliveries(context: Context) -> dict[str | None, DeliveryState]:
    with context.database.read() as session:
        local = Tenants(session).by_name("local")
        assert local is not None
        rows = Deliveries(session).page(local.id, limit=500)
        assert len({row.source for row in rows}) == len(rows), "no folder makes two deliveries"
        return {row.source: row.state for row in rows}


def _answers(folder: Path) -> list[Path]:
    return list(folder.glob("*/acknowledgements/ACK_*.xml"))


def test_once_takes_what_is_there_and_ends(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "in" / "monday").mkdir(parents=True)
    (tmp_path / "in" / "monday" / "manifest.csv").write_text("file,title,artists\n")
    process = watch(settings, str(tmp_path / "in"), "--once", "--settle", "0")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "1 taken, 0 refused, 0 answers, 0 in trouble" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{}/nowhere",), "there is no folder"),
        (("{}", "--tenant", "nobody"), "there is no tenant 'nobody'"),
        (("s3://",), "s3://"),
    ],
)
def test_wrong_use_is_told(settings: Settings, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    process = watch(settings, *(argument.format(tmp_path) for argument in arguments))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2, errors
    assert said in " ".join(errors.replace("│", " ").split())
