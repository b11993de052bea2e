"""A party's data is handed out and erased by one command each, which say what they did."""

import json
import zipfile

import pytest
import typer
from typer.testing import CliRunner

from service.cli import admin
from service.settings import Settings
from service.store.cases import Cases
from service.store.database import Database
from service.store.tracks import Tracks
from tests.deliveries import NOON, cause, deliver

RUNNER = CliRunner()
APP = typer.Typer()
admin.register(APP)


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.setenv("EARMARK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    opened = Database.open(Settings().database)
    opened.migrate()
    yield opened
    opened.dispose()


def run(*arguments, code=0):
    ran = RUNNER.invoke(APP, ["admin", "party", *arguments, "--json"])
    assert ran.exit_code == code, ran.output
    return ran


def test_a_sender_is_handed_out_and_erased(database, tmp_path):
    with database.write() as session:
        deliver(session, sender={"id": "sub-label 12"})
    exported = json.loads(run("export", "harbour/sub-label 12").stdout)
    assert (exported["file"], exported["track"]) == ("harbour_sub-label 12.zip", 1)
    with zipfile.ZipFile(tmp_path / exported["file"]) as archive:
        assert "Low Water" in archive.read("data/track.jsonl").decode()
    erased = json.loads(run("erase", "harbour/sub-label 12", "--yes").stdout)
    assert (erased["tracks"], erased["erased"]) == (1, True)
    assert "has no sender" in run("export", "harbour/sub-label 12", code=1).output


def test_nothing_is_erased_under_an_open_case(database):
    with database.write() as session:
        track = deliver(session, sender={"id": "sub-label 12"})
        [case] = Cases(session).reconcile(track, [cause(track.id)], content="1", now=NOON)
    assert case.id in run("erase", "harbour/sub-label 12", "--yes", code=1).output
    with database.read() as session:
        assert Tracks(session).metadata(track.id).title == "Low Water"


def test_a_party_that_nobody_knows_is_told(database):
    assert "no tenant" in run("export", "nobody", code=1).output
