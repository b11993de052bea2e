"""``earmark network`` as whoever trains one calls it, and the score that a worker gives with it in shadow."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from classifiers.ai.network_score import read_network
from classifiers.pipeline import analyse
from service.cli import analyze, network
from service.models import ModelUnusable, check_models
from service.settings import Settings
from tests.sounds import music, write_audio

app = typer.Typer()
network.register(app)
analyze.register(app)
run = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings to train on, and a manifest of three by people and one that is generated."""
    folder = tmp_path_factory.mktemp("network")
    (folder / "plain").mkdir()
    for seed in (1, 2):
        write_audio(folder / "plain" / f"{seed}.flac", music(5.0, seed=seed))
    rows = ["path,label,family,source"]
    for seed, label in enumerate(("human", "human", "human", "ai"), start=3):
        write_audio(folder / f"{seed}.flac", music(11.0, seed=seed))
        rows.append(f"{seed}.flac,{label},{label}-family,one")
    (folder / "manifest.csv").write_text("\n".join(rows))
    return folder


SIZES = ("--decoder-steps", "2", "--pairs", "8", "--steps", "10", "--processes", "1")


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    """A network's file, trained as far as it takes to have one, and measured."""
    out = folder / "network.npz"
    words = ["network", "train", str(folder / "plain"), "--version", "t1", "--out", str(out)]
    said = run.invoke(app, [*words, "--work", str(folder / "w"), *SIZES])
    assert said.exit_code == 0, said.output
    assert "network t1 in" in said.stdout
    measured = run.invoke(
        app, ["network", "evaluate", str(folder / "manifest.csv"), "--network", str(out), "--calibrate", "--json"]
    )
    assert measured.exit_code == 0, measured.output
    rows = [json.loads(line) for line in measured.stdout.splitlines()]
    assert [(row["name"], row["clips"]) for row in rows] == [("all ai", 1), ("ai-family: one", 1)]
    return out


def test_a_network_says_what_it_was_trained_on(trained: Path) -> None:
    read = read_network(trained)
    assert (read.manifest.version, read.manifest.pairs, read.manifest.steps) == ("t1", 8, 10)
    assert len(read.manifest.trained_on) == 2
    assert len(read.people_scores) == 3
    assert set(read.manifest.distances_db) >= {"encodec", "vocos"}


def test_training_that_was_killed_goes_on_from_what_is_there(trained: Path, folder: Path) -> None:
    there = {file: file.stat().st_mtime_ns for file in (folder / "w").iterdir()}
    words = ["network", "train", str(folder / "plain"), "--version", "t2", "--out", str(folder / "2.npz")]
    assert run.invoke(app, [*words, "--work", str(folder / "w"), *SIZES]).exit_code == 0
    assert {file: file.stat().st_mtime_ns for file in (folder / "w").iterdir()} == there


def test_a_working_folder_of_another_training_is_refused(trained: Path, folder: Path) -> None:
    words = ["network", "train", str(folder / "3.flac"), "--version", "t3", "--out", str(folder / "3.npz")]
    result = run.invoke(app, [*words, "--work", str(folder / "w"), *SIZES])
    assert result.exit_code == 2
    assert "holds what other recordings or other decoder steps made: name another working folder" in result.stderr


def test_in_shadow_it_scores_and_changes_no_answer(trained: Path, folder: Path) -> None:
    alone = analyse(folder / "3.flac").evidence.ai
    beside = analyse(folder / "3.flac", network=read_network(trained)).evidence.ai
    assert alone.network is None
    assert beside.network is not None
    assert (beside.network.network, beside.network.stretches) == ("t1", 2)
    assert beside.network.chance in (0.25, 0.5, 0.75, 1.0)
    assert beside.model_copy(update={"network": None}) == alone


def test_what_is_too_short_to_judge_gets_no_score(trained: Path, folder: Path) -> None:
    assert analyse(folder / "plain" / "1.flac", network=read_network(trained)).evidence.ai.network is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--version", "a b"], "--version: 'a b' may hold letters, digits, dots and dashes"),
        (["--version", "t3", "--without", "suno"], "--without: 'suno' is none of strided, interpolating"),
    ],
)
def test_wrong_use_is_named(folder: Path, words: list[str], said: str) -> None:
    result = run.invoke(app, ["network", "train", str(folder / "plain"), "--out", str(folder / "x.npz"), *words])
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (folder / "x.npz").exists()


def test_recordings_and_networks_that_are_not_there_are_named(folder: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "x.npz")
    gone = run.invoke(app, ["network", "train", str(folder / "gone"), "--version", "t", "--out", out])
    empty = run.invoke(app, ["network", "train", str(tmp_path), "--version", "t", "--out", out])
    write_audio(tmp_path / "short.flac", music(1.0, seed=1))
    work = str(tmp_path / "w")
    short = run.invoke(app, ["network", "train", str(tmp_path), "--version", "t", "--out", out, "--work", work, *SIZES])
    other = run.invoke(app, ["network", "evaluate", str(folder / "manifest.csv"), "--network", str(folder / "3.flac")])
    assert (gone.exit_code, empty.exit_code, short.exit_code, other.exit_code) == (2, 2, 2, 2)
    assert "gone is not there" in gone.stderr
    assert "there are no recordings" in empty.stderr
    assert "no recording lasts two seconds and sounds" in short.stderr
    assert "holds no residual network" in other.stderr


def test_a_worker_does_not_start_with_what_is_no_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_AI_RESIDUAL_NETWORK", str(folder / "3.flac"))
    with pytest.raises(ModelUnusable, match=r"holds no residual network: it is no \.npz file"):
        check_models(Settings())
    asked = run.invoke(app, ["analyze", str(folder / "3.flac")])
    assert asked.exit_code == 2
    assert "holds no residual network" in asked.stderr
    monkeypatch.setenv("EARMARK_AI_RESIDUAL_NETWORK", str(folder / "gone.npz"))
    with pytest.raises(ModelUnusable, match=r"gone\.npz"):
        check_models(Settings())
