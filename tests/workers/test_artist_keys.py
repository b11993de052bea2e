"""An artist's key on live traffic: it vouches, it is stored as a hash alone, and nobody gets to see it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner

from classifiers.pipeline import PIPELINE_VERSION
from service.cli import admin
from service.facts.artist_keys import artist_key_sha256
from service.settings import Settings
from service.store.clock import utc_now
from service.store.evidence import EvidenceStore
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind
from service.store.tables.track_revisions import RevisionKind, TrackRevision
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts
from tests.deliveries import deliver, evidence
from workers.decide import decide
from workers.lifecycle import Context

app = typer.Typer()
app.callback()(lambda: None)
admin.register(app)
LINE = '{"type": "reference", "kind": "artist_key", "artist_id": "ar-1"%s}'
STAR = {"name": "Ann Ember", "role": "MainArtist", "artist_id": "ar-1"}


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.jsonl"
    lines = [
        {"type": "reference", "kind": "protected_artist", "id": "ar-1", "name": "Ann Ember"},
        {"type": "account", "id": "label", "tier": "unverified"},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def key(register: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EARMARK_REGISTER_FILE", str(register))
    made = CliRunner().invoke(app, ["admin", "artist-key", "ar-1", "--json"])
    assert made.exit_code == 0, made.output
    return str(json.loads(made.stdout)["key"])


@pytest.fixture
def context(database_url: str, tmp_path: Path, register: Path, key: str) -> Iterator[Context]:
    opened = Context(
        Settings(data_dir=tmp_path, database_url=database_url, register_file=register, lease_s=60, _env_file=None)
    )
    yield opened
    opened.close()


def judged(context: Context, track_id: str) -> tuple[dict[str, object], str]:
    """Facts of the credits and the action."""
    with context.database.write() as session:
        track = Tracks(session).find(track_id)
        assert track is not None
        found = evidence(pipeline=PIPELINE_VERSION).model_copy(update={"sha256": track.audio_sha256})
        EvidenceStore(session).put(found, utc_now())
        Jobs(session).enqueue(JobKind.DECIDE, track_id)
        later = utc_now() + timedelta(hours=1)
        jobs = Jobs(session).claim([JobKind.DECIDE], limit=10, worker="test", lease_s=60, now=later)
    for job in jobs:
        decide(context, job)
    with context.database.read() as session:
        verdict = Verdicts(session).standing(track_id)
        assert verdict is not None
        return verdict.facts["credits"], verdict.action.value


def accept(context: Context, audio: str, **said: object) -> str:
    with context.database.write() as session:
        return deliver(session, audio, artists=[STAR], sender={"id": "label"}, **said).id


def test_the_right_key_vouches_and_a_wrong_one_is_asked_about(context: Context, key: str) -> None:
    credits, action = judged(context, accept(context, "right", artist_key=key))
    assert (credits["artist_key"], credits["vouched"], action) == ("right", True, "none")
    credits, action = judged(context, accept(context, "wrong", artist_key=key + "x"))
    assert (credits["artist_key"], credits["vouched"], action) == ("wrong", False, "queue")
    credits, action = judged(context, accept(context, "none"))
    assert (credits["artist_key"], credits["vouched"], action) == ("none", False, "queue")


def test_the_register_and_the_database_have_the_hash_alone(context: Context, key: str, register: Path) -> None:
    track_id = accept(context, "right", artist_key=key)
    assert key not in register.read_text()
    assert artist_key_sha256(key) in register.read_text()
    with context.database.read() as session:
        [row] = session.scalars(select(TrackRevision).where(TrackRevision.track_id == track_id))
        assert row.artist_key_sha256 == artist_key_sha256(key)
        assert key not in json.dumps(row.details)


def test_a_correction_keeps_the_key_and_another_key_takes_its_place(context: Context, key: str) -> None:
    track_id = accept(context, "right", artist_key=key)
    for sent, expected in ((None, "right"), ("mistyped", "wrong"), (key, "right")):
        with context.database.write() as session:
            track = Tracks(session).find(track_id, lock=True)
            assert track is not None
            said = Tracks(session).metadata(track_id).model_copy(update={"title": "Ebb", "artist_key": sent})
            Tracks(session).revise(track, RevisionKind.METADATA, now=utc_now(), metadata=said)
        assert judged(context, track_id)[0]["artist_key"] == expected


@pytest.mark.parametrize(("artist", "register_text", "code", "said"), [
    ("ar-9", None, 1, "no protected artist 'ar-9'"),
    ("ar-1", LINE % "", 1, "needs artist_id and key_sha256"),
    ("ar-1", LINE % ', "key_sha256": "eak_x"', 1, "key_sha256"),
])  # fmt: skip
def test_what_is_no_artist_and_what_is_no_register_is_said(
    register: Path, monkeypatch: pytest.MonkeyPatch, artist: str, register_text: str | None, code: int, said: str
) -> None:
    monkeypatch.setenv("EARMARK_REGISTER_FILE", str(register))
    if register_text:
        register.write_text(register_text, encoding="utf-8")
    before = register.read_text()
    result = CliRunner().invoke(app, ["admin", "artist-key", artist])
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
    assert register.read_text() == before


def test_without_a_register_there_is_no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EARMARK_REGISTER_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["admin", "artist-key", "ar-1"])
    assert (result.exit_code, "EARMARK_REGISTER_FILE" in result.stderr) == (2, True)
