import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifiers.ai.model import read_model
from classifiers.pipeline import PIPELINE_VERSION
from classifiers.training.manifest import Clip, Label, Use
from classifiers.training.train import CARD, refusal
from service.cli import app, register_commands
from tests.classifiers.ai.listening import coloured, lines
from tests.sounds import write_audio


@pytest.fixture(scope="module", autouse=True)
def commands() -> None:
    if "train" not in {command.callback.__name__ for command in app.registered_commands if command.callback}:
        register_commands(app)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty recordings by people, one of which is for evaluation, and two generated ones, of which one may train."""
    folder = tmp_path_factory.mktemp("labelled")
    rows = ["path,label,source,use,basis"]
    for number in range(21):
        write_audio(folder / f"plain{number}.flac", coloured(10.2, seed=number))
        rows.append(f"plain{number}.flac,human,hand{number % 4},{'evaluate' if number == 20 else 'train'},")
    write_audio(folder / "made.flac", coloured(10.2) + lines(10.2, 86.1328, 3.0))
    rows += ["made.flac,ai,machine,train,blind", "made.flac,ai,machine,evaluate,", "made.flac,ai,machine,train,score"]
    rows += ["made.flac,reconstruction,codec,train,"]
    (folder / "manifest.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "manifest.csv"


def test_training_writes_a_model_with_its_card_and_counts_what_it_refused(manifest: Path, tmp_path: Path) -> None:
    arguments = ["train", str(manifest), "--version", "2026.12-1", "--out", str(tmp_path), "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["fitted_on"] == 21
    assert said["refused"] == {
        "decided with the score in view": 1,
        "for evaluation alone": 2,
        "neither by a generator nor by a person": 1,
    }
    model = read_model(tmp_path / "2026.12-1", PIPELINE_VERSION)
    assert model.manifest is not None
    assert (model.manifest.fitted_on[0].clips, model.manifest.fitted_on[0].refused) == (21, 4)
    assert model.calibration.likely == said["likely_ai"]
    card = (tmp_path / "2026.12-1" / CARD).read_text(encoding="utf-8")
    assert "Model `2026.12-1`" in card and "earmark train" in card
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2
    assert "never overwritten" in again.stderr


def clip(**said: object) -> Clip:
    plain = Clip(Path("a.mp3"), Label.HUMAN, "f", "s", "music", 30.0, "g", use=Use.TRAIN)
    return replace(plain, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize("basis", ["blind", "provenance", "admission", ""])
def test_decisions_that_do_not_rest_on_the_score_may_train(basis: str) -> None:
    assert refusal(clip(basis=basis), people_of_all_rows=False) is None


@pytest.mark.parametrize("basis", ["score", "gut feeling"])
def test_decisions_that_rest_on_the_score_or_on_nothing_known_may_not(basis: str) -> None:
    assert refusal(clip(basis=basis), people_of_all_rows=True) == "decided with the score in view"


def test_rows_for_evaluation_set_at_most_the_null_distribution() -> None:
    people, made = clip(use=Use.EVALUATE), clip(use=Use.EVALUATE, label=Label.AI)
    assert refusal(people, people_of_all_rows=False) == "for evaluation alone"
    assert refusal(people, people_of_all_rows=True) is None
    assert refusal(made, people_of_all_rows=True) == "for evaluation alone"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("missing.flac,human,train\n", "no generated clip may be trained on"),
        ("missing.flac,ai,train\n", "0 clips of music of 10 s by people"),
    ],
)
def test_too_little_to_learn_from_is_told_in_one_sentence(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "m.csv").write_text("path,label,use\n" + rows, encoding="utf-8")
    result = CliRunner().invoke(app, ["train", str(tmp_path / "m.csv"), "--version", "x", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "x").exists()
