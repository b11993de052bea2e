import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from classifiers.ai.calibration import Calibration
from classifiers.ai.model import write_model
from classifiers.pipeline import PIPELINE_VERSION
from classifiers.training import evaluate
from classifiers.training.disguises import DISGUISES
from classifiers.training.layouts import read_labelled
from classifiers.training.manifest import ManifestError
from service.cli import app, register_commands
from tests.classifiers.ai.listening import coloured, lines
from tests.sounds import RATE_HZ, write_audio


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled")
    rows = ["path,label,source,duration_s"]
    for number in range(3):
        write_audio(folder / f"plain{number}.flac", coloured(12, seed=number))
        rows.append(f"plain{number}.flac,human,hand{number % 2},12")
    write_audio(folder / "made.flac", coloured(12) + lines(12, 86.1328, 3.0))
    rows += ["made.flac,ai,machine,12", "missing.flac,human,hand0,12"]
    (folder / "manifest.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "manifest.csv"


@pytest.fixture(scope="module", autouse=True)
def commands() -> None:
    if "evaluate" not in {command.callback.__name__ for command in app.registered_commands if command.callback}:
        register_commands(app)


def test_the_command_measures_writes_the_card_and_says_what_could_not_be_read(manifest: Path, tmp_path: Path) -> None:
    card = tmp_path / "docs" / "model-card.md"
    result = CliRunner().invoke(app, ["evaluate", str(manifest), "--card", str(card), "--json"])
    assert result.exit_code == 1
    figures = json.loads(result.stdout)
    assert figures["human_clips"] == 3
    assert figures["families"]["machine"].items() >= {"clips": 1, "auroc": 1.0, "likely": 1}.items()
    written = card.read_text(encoding="utf-8")
    assert "5 clips, 1 unreadable" in written
    for name in ("reliability", "roc", "strengths"):
        assert f"(model-card-{name}.svg)" in written
        assert card.with_name(f"model-card-{name}.svg").read_text(encoding="utf-8").startswith("<svg")


def test_folders_named_by_label_are_measured_and_printed_as_a_table(manifest: Path, tmp_path: Path) -> None:
    for label, name in (("human", "plain0"), ("human", "plain1"), ("ai", "made")):
        (tmp_path / label / "somebody").mkdir(parents=True, exist_ok=True)
        (tmp_path / label / "somebody" / f"{name}.flac").write_bytes((manifest.parent / f"{name}.flac").read_bytes())
    result = CliRunner().invoke(app, ["evaluate", str(tmp_path), "--card", str(tmp_path / "card.md")])
    assert result.exit_code == 0, result.output
    assert "3 clips, layout folders" in result.stderr
    assert "precision of likely_ai where 0.5% of all is generated" in result.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--layout", "sonnets"], "there are manifest, sonics, fma, folders"),
        (["--layout", "fma"], "no clips are there"),
        (["--model", "none"], "there is no model 'none'"),
    ],
)
def test_wrong_use_is_told_in_one_sentence(manifest: Path, options: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["evaluate", str(manifest.parent), *options])
    assert result.exit_code == 2
    assert said in result.stderr


def test_guards_and_the_model_that_judged_stand_in_the_card_with_the_whole_command(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "shy"
    shy = replace(Calibration.load(), model="shy", likely=99.0, inconclusive=98.0)
    fitted_at = datetime(2026, 12, 1, tzinfo=UTC)
    write_model(model, shy, pipeline=PIPELINE_VERSION, fitted_on=[], fitted_at=fitted_at, commit="abc")
    monkeypatch.setenv("EARMARK_AI_MODEL", str(model))
    card = tmp_path / "card.md"
    CliRunner().invoke(app, ["evaluate", str(manifest), "--guards", "--card", str(card)])
    written = card.read_text(encoding="utf-8")
    assert f"Model `shy`, commit `{evaluate.commit()}`, command `earmark evaluate {manifest} --guards`" in written
    assert "| machine | 1 | 0 | 0 | 0 | 0 | 0 | 0 |" in written
    assert "| human music: false positives | 3 | 0 | 0 | 0 | 0 | 0 | 0 |" in written


def test_disguises_are_measured_when_asked_for(manifest: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    said: list[str] = []
    evaluate.evaluate(
        [read_labelled(manifest)],
        card=card,
        command="test",
        disguises=["3 % faster"],
        progress=lambda what, done, of: said.append(what),
    )
    assert "| 3 % faster | 1 | 1 (100%) | 3% to 100% | 3 | 0 |" in card.read_text(encoding="utf-8")
    assert "3 % faster" in said


def test_without_people_there_is_no_threshold(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("path,label\na.mp3,ai\n", encoding="utf-8")
    with pytest.raises(ManifestError, match="no threshold"):
        evaluate.evaluate([read_labelled(tmp_path / "m.csv")], card=None, command="test", progress=lambda *_: None)


@pytest.mark.parametrize("name", sorted(DISGUISES))
def test_a_disguise_keeps_the_sound_and_changes_its_length_by_the_speed_alone(name: str) -> None:
    sound = coloured(2)
    changed, rate_hz, codec = DISGUISES[name](sound, RATE_HZ)
    assert changed.dtype == np.float32
    assert codec
    assert 2 / 1.21 < len(changed) / rate_hz < 2 / 0.79
    assert 0.02 < float(np.sqrt(np.mean(changed**2))) < 0.3
