"""``earmark analyze``: lines, table, order, exit codes."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifiers.ai.calibration import Calibration
from classifiers.ai.model import write_model
from classifiers.pipeline import PIPELINE_VERSION
from tests.sounds import SUNO_COMMENT, music, tone, write_audio, write_comment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("music")
    write_audio(root / "b side" / "zweites.flac", music(9.0, seed=1))
    write_comment(write_audio(root / "Anfang.mp3", tone(2.0)), SUNO_COMMENT)
    write_audio(root / "b side" / "noname.wav", tone(1.0)).rename(root / "b side" / "noname")
    (root / "cover.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (root / "notes.txt").write_text("no sound")
    (root / "broken.wav").write_bytes(b"\x89PNG\r\n\x1a\n")
    (root / "empty.mp3").write_bytes(b"")
    return root


def earmark(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service.cli", "analyze", *arguments]
    environment = {"PYTHONPATH": str(Path.cwd()), **settings}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_folder_gives_one_line_for_each_audio_file_in_order(folder: Path) -> None:
    done = earmark(folder.parent, folder.name, "--json")
    names = ("Anfang.mp3", "broken.wav", "empty.mp3", "b side/noname", "b side/zweites.flac")
    assert [line["path"] for line in lines(done)] == [f"{folder.name}/{name}" for name in names]
    assert done.returncode == 1
    assert "2 of 5 files could not be analysed" in done.stderr


def test_several_processes_find_the_same_in_the_same_order(folder: Path) -> None:
    def timeless(*options: str) -> list[dict[str, object]]:
        return [{**line, "elapsed_s": None} for line in lines(earmark(folder, "--json", ".", *options))]

    assert timeless("--jobs", "2") == timeless()


def test_a_line_has_the_shape_that_other_scripts_rely_on(folder: Path) -> None:
    (line,) = lines(earmark(folder, "--json", "Anfang.mp3"))
    assert line["path"] == "Anfang.mp3"
    assert set(line) >= {"sha256", "codec", "sample_rate_hz", "channels", "duration_s", "ai", "provenance", "audio"}
    assert set(line["ai"]) >= {"verdict", "probability", "model", "segments", "reasons"}
    assert set(line["audio"]) >= {"loudness_lufs", "true_peak_db", "bandwidth_hz", "silence_ratio", "noise", "loop"}
    assert set(line["fingerprint"]) >= {"algorithm", "value"}
    assert set(line["elapsed_s"]) == {"decode", "total"}
    (mark,) = [mark for mark in line["provenance"] if mark["location"] == "ID3 COMM"]
    assert {key: mark[key] for key in ("kind", "says", "generator", "trust", "detail")} == {
        "kind": "tag",
        "says": "ai",
        "generator": "suno",
        "trust": "unsigned",
        "detail": SUNO_COMMENT,
    }


def test_a_file_that_cannot_be_analysed_gives_an_error_object(folder: Path) -> None:
    done = earmark(folder, "--json", "broken.wav", "empty.mp3", "Anfang.mp3")
    broken, empty, well = lines(done)
    assert broken["path"] == "broken.wav"
    assert broken["error"]["type"] == empty["error"]["type"] == "unreadable-audio"
    assert empty["error"]["title"] == "The file is empty"
    assert broken["error"]["detail"]
    assert "ai" in well
    assert done.returncode == 1


def test_without_json_a_table_is_printed(folder: Path) -> None:
    done = earmark(folder, "Anfang.mp3", "b side")
    assert done.returncode == 0
    assert "Anfang.mp3" in done.stdout
    assert "suno" in done.stdout
    assert "b side/zweites.flac" in done.stdout


def test_a_path_that_does_not_exist_is_wrong_use(folder: Path) -> None:
    done = earmark(folder, "--json", "Anfang.mp3", "missing.wav")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "missing.wav" in done.stderr


def test_a_folder_without_audio_is_no_failure(folder: Path, tmp_path: Path) -> None:
    done = earmark(tmp_path, "--json", ".")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no audio files" in done.stderr


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    """A model that calls everything generated."""
    model = folder.parent / "models" / "eager"
    calibration = replace(Calibration.load(), model="eager", likely=-1.0, inconclusive=-2.0)
    fitted_at = datetime(2026, 12, 1, tzinfo=UTC)
    write_model(model, calibration, pipeline=PIPELINE_VERSION, fitted_on=[], fitted_at=fitted_at, commit="abc")
    write_audio(folder.parent / "long.flac", music(11.0, seed=2))
    return model


def test_the_model_of_the_settings_judges_unless_another_is_named(trained: Path) -> None:
    def judged(*options: str, **settings: str) -> tuple[str, str]:
        (line,) = lines(earmark(trained.parents[1], "long.flac", "--json", *options, **settings))
        return line["ai"]["model"], line["ai"]["verdict"]

    bundled = Calibration.load().model
    assert judged() == (bundled, "no_evidence")
    assert judged("--model", str(trained)) == judged(EARMARK_AI_MODEL=str(trained)) == ("eager", "likely_ai")
    assert judged("--model", bundled, EARMARK_AI_MODEL=str(trained)) == (bundled, "no_evidence")


def test_a_search_that_settings_switch_off_is_not_made(trained: Path) -> None:
    off = {"EARMARK_AI_COMB_SEARCH": "false", "EARMARK_AI_CLOCK_SEARCH": "false"}
    (line,) = lines(earmark(trained.parents[1], "long.flac", "--json", **off))
    assert line["ai"]["abstained"] == "switched off"


def test_a_model_that_is_none_is_named_before_anything_is_analysed(folder: Path) -> None:
    done = earmark(folder, "Anfang.mp3", "--model", "none")
    assert done.returncode == 2
    assert "there is no model 'none'" in done.stderr


def test_certificates_that_cannot_be_read_are_named_before_anything_is_analysed(folder: Path) -> None:
    done = earmark(folder, "Anfang.mp3", "--jobs", "2", EARMARK_C2PA_TRUST_ANCHORS="nowhere.pem")
    assert done.returncode == 2
    assert "nowhere.pem" in done.stderr
    assert "Traceback" not in done.stderr
