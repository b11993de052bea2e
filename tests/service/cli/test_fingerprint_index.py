"""``earmark admin index``: what the index holds, and making it anew."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.cli import admin
from service.store.blob_rows import Blobs
from service.store.database import Database
from service.store.fingerprints import Fingerprints
from tests.deliveries import NOON, sha
from tests.service.store.test_fingerprints import any_codes


@pytest.fixture
def stocked(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    database = Database.open(sqlite_url)
    with database.write() as session:
        for number in range(5):
            Blobs(session).record(sha(str(number)), 1, NOON)
            Fingerprints(session).add(sha(str(number)), any_codes(number))
    database.dispose()
    monkeypatch.setenv("EARMARK_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("EARMARK_DATA_DIR", str(tmp_path / "data"))
    return sqlite_url


def earmark(*arguments: str, index: str) -> dict[str, object]:
    app = typer.Typer()
    admin.register(app)
    done = CliRunner(env={"EARMARK_FINGERPRINT_INDEX": index}).invoke(app, ["admin", "index", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_mapped_files_lack_everything_until_they_are_filled(stocked: str) -> None:
    assert earmark("show", index="database") == {"index": "database", "fingerprints": 5, "lacking": 0}
    before = earmark("show", index="segments")
    assert (before["fingerprints"], before["lacking"], before["segments"]) == (5, 5, 0)
    assert earmark("rebuild", index="segments") == {"index": "segments", "fingerprints": 5}
    after = earmark("show", index="segments")
    assert (after["lacking"], after["segments"]) == (0, 1)


def test_the_table_is_written_again_from_the_fingerprints(stocked: str) -> None:
    database = Database.open(stocked)
    with database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM fingerprint_posting")
        assert Fingerprints(session).candidates(any_codes(3)) == []
    assert earmark("rebuild", index="database") == {"index": "database", "fingerprints": 5}
    with database.read() as session:
        assert Fingerprints(session).candidates(any_codes(3))[0].audio_sha256 == sha("3")
        assert Fingerprints(session).unposted() == 0
    database.dispose()
