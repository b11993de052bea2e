"""``earmark models`` as whoever runs the service calls it."""

import csv
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from classifiers.ai.calibration import Calibration
from classifiers.ai.model import bundled_model, write_model
from classifiers.pipeline import PIPELINE_VERSION
from schemas.ai_model import ShadowScore
from schemas.evidence import AiVerdict
from schemas.review import DecisionBasis, DecisionIn, ReasonCode
from schemas.verdict import Action
from service.cli import models
from service.models import ModelUnusable, check_models
from service.settings import Settings
from service.store.blob_rows import Blobs
from service.store.blobs import BlobStorage
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.database import Database
from service.store.decisions import Decisions
from service.store.model_scores import ModelScores
from service.store.tenants import Tenants
from service.store.tracks import Tracks
from tests.deliveries import NOON, cause, evidence, metadata
from tests.service.store.test_model_scores import VERSIONS

app = typer.Typer()
models.register(app)
run = CliRunner()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in os.environ:
        if name.startswith("EARMARK_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARMARK_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return Settings()


def trained(settings: Settings, version: str, pipeline: str = PIPELINE_VERSION) -> None:
    write_model(
        settings.models_dir / version,
        replace(Calibration.load(), model=version, likely=7.25),
        pipeline=pipeline,
        fitted_on=[],
        fitted_at=datetime(2026, 12, 1, tzinfo=UTC),
        commit="abc",
    )


def test_models_are_listed_with_their_roles_and_broken_ones_are_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(settings, "next")
    trained(settings, "old", pipeline="2020-1")
    monkeypatch.setenv("EARMARK_AI_SHADOW_MODEL", "next")
    listed = run.invoke(app, ["models", "list", "--json"])
    assert listed.exit_code == 1
    rows = {row["version"]: row for row in map(json.loads, listed.stdout.splitlines())}
    assert rows[bundled_model().version]["role"] == "live"
    assert (rows["next"]["role"], rows["next"]["thresholds"]["likely_ai"]) == ("shadow", 7.25)
    assert "was fitted with pipeline 2020-1" in listed.stderr
    assert "next" in run.invoke(app, ["models", "list"]).stdout
    shown = json.loads(run.invoke(app, ["models", "show", "next"]).stdout)
    assert shown["versions"]["model_sha256"] == shown["sha256"]


def test_a_model_that_is_not_there_is_told_before_a_worker_starts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run.invoke(app, ["models", "show", "gone"])
    assert shown.exit_code == 2
    assert "there is no model 'gone'" in shown.stderr
    check_models(settings)
    monkeypatch.setenv("EARMARK_AI_SHADOW_MODEL", "gone")
    with pytest.raises(ModelUnusable, match="gone"):
        check_models(Settings())


@pytest.fixture
def reviewed(settings: Settings) -> str:
    """A recording that a shadow model answers otherwise, with an admission of its maker, and its SHA-256."""
    database = Database.open(settings.database)
    database.migrate()
    blobs = BlobStorage.open(settings.storage, staging=settings.staging_dir, options={})
    with blobs.stage() as staged:
        staged.write(b"sound")
        sha256, size = staged.commit()
    with database.write() as session:
        tenant = Tenants(session).ensure("label", utc_now())
        Blobs(session).record(sha256, size, utc_now())
        track = Tracks(session).accept(tenant_id=tenant.id, metadata=metadata(), audio_sha256=sha256, now=utc_now())
        found = evidence().model_copy(update={"sha256": sha256})
        ai = found.ai.model_copy(update={"verdict": AiVerdict.NO_EVIDENCE, "versions": VERSIONS})
        said = ShadowScore(model="next", model_sha256="d" * 64, verdict=AiVerdict.LIKELY_AI, probability=0.97)
        ModelScores(session).put(found.model_copy(update={"ai": ai}), said, NOON)
        Cases(session).reconcile(track, [cause(track.id)], content="1", now=NOON)
        [case] = Cases(session).of_track(track.id)
        decision = DecisionIn(
            case_id=case.id,
            action=Action.LABEL,
            policy_clause="AI-1",
            reason=ReasonCode.AI_CONFIRMED,
            basis=DecisionBasis.ADMISSION,
        )
        Decisions(session).decide(tenant.id, decision, decided_by="rita", now=NOON)
    database.dispose()
    return sha256


def test_a_comparison_shows_agreement_what_moves_and_what_people_found(reviewed: str) -> None:
    figures = json.loads(run.invoke(app, ["models", "compare", "--json"]).stdout)
    assert (figures["shadow"], figures["scored"], figures["agreed"]) == ("next", 1, 0)
    assert figures["moved"][0]["audio_sha256"] == reviewed
    assert figures["reviewed"] == [
        {"is_ai": True, "independent": True, "recordings": 1, "live_likely": 0, "shadow_likely": 1}
    ]
    printed = run.invoke(app, ["models", "compare"]).stdout
    assert "1 recordings, the same answer to 0 (0.0%)" in printed
    assert reviewed[:16] in printed


def test_without_scores_the_comparison_says_what_to_set(settings: Settings) -> None:
    result = run.invoke(app, ["models", "compare"])
    assert result.exit_code == 1
    assert "EARMARK_AI_SHADOW_MODEL" in result.stderr


def test_decisions_are_exported_with_what_they_rest_on_and_without_names(reviewed: str, tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    result = run.invoke(app, ["models", "export-reviewed", str(folder), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"folder": str(folder), "rows": 1, "by_basis": {"admission": 1}, "gone": 0}
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert (row["label"], row["basis"], row["use"]) == ("ai", "admission", "train")
    assert (folder / row["path"]).read_bytes() == b"sound"
    assert "label" not in row["source"] and "harbour" not in row["source"]
    again = run.invoke(app, ["models", "export-reviewed", str(folder)])
    assert again.exit_code == 2
    assert "is not empty" in again.stderr
