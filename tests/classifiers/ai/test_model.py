import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifiers.ai.calibration import Calibration
from classifiers.ai.model import CALIBRATION, MANIFEST, Model, ModelError, bundled_model, read_model, write_model
from classifiers.ai.versions import versions_of
from schemas.ai_model import FittedOn

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def write(folder: Path, version: str = "2026.12-1", pipeline: str = "p1", **changed: float) -> Model:
    return write_model(
        folder / version,
        replace(Calibration.load(), model=version, **changed),
        pipeline=pipeline,
        fitted_on=[FittedOn(name="m.csv", sha256="f" * 64, clips=40, refused=2)],
        fitted_at=NOW,
        commit="abc",
    )


def test_what_is_written_is_read_back_with_its_digest(tmp_path: Path) -> None:
    written = write(tmp_path, likely=6.5)
    read = read_model(tmp_path / "2026.12-1", "p1")
    assert read == written
    assert read.calibration.likely == 6.5
    assert read.manifest is not None and read.manifest.thresholds["likely_ai"] == 6.5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026.12-1"]


def test_a_version_is_never_overwritten(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(ModelError, match="never overwritten"):
        write(tmp_path)


@pytest.mark.parametrize("version", ["a b", "", "-x", "x" * 33])
def test_a_version_that_is_no_name_for_a_folder_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(ModelError, match="is no version"):
        write(tmp_path / "models" / "m", version or "..")
    assert not (tmp_path / "models").exists()


def damage(folder: Path, what: str) -> None:
    said = json.loads((folder / MANIFEST).read_text())
    match what:
        case "no manifest":
            (folder / MANIFEST).unlink()
        case "no json":
            (folder / MANIFEST).write_text("{")
        case "unknown key":
            (folder / MANIFEST).write_text(json.dumps(said | {"surprise": 1}))
        case "no parameters":
            (folder / CALIBRATION).unlink()
        case "other parameters":
            (folder / CALIBRATION).write_text("{}")
        case "not listed":
            (folder / MANIFEST).write_text(json.dumps(said | {"files": {}}))
        case "outside":
            (folder / MANIFEST).write_text(json.dumps(said | {"files": said["files"] | {"../x": "0"}}))
        case "other version":
            (folder / MANIFEST).write_text(json.dumps(said | {"version": "other"}))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("no manifest", "there is no model.json"),
        ("no json", "model.json: the document: Invalid JSON"),
        ("unknown key", "surprise: Extra inputs"),
        ("no parameters", "calibration.json is missing"),
        ("other parameters", "its SHA-256 differs"),
        ("not listed", "files: calibration.json is missing"),
        ("outside", "is no plain name"),
        ("other version", "says version other"),
    ],
)
def test_a_damaged_model_says_what_is_the_matter(tmp_path: Path, what: str, said: str) -> None:
    write(tmp_path)
    damage(tmp_path / "2026.12-1", what)
    with pytest.raises(ModelError, match=said):
        read_model(tmp_path / "2026.12-1", "p1")


def test_a_model_of_another_pipeline_is_refused(tmp_path: Path) -> None:
    write(tmp_path, pipeline="p0")
    with pytest.raises(ModelError, match="was fitted with pipeline p0, this is p1"):
        read_model(tmp_path / "2026.12-1", "p1")


def test_the_versions_of_a_score_tell_models_apart_and_name_the_decoder(tmp_path: Path) -> None:
    ours, other = versions_of(bundled_model()), versions_of(write(tmp_path))
    assert ours.model_sha256 != other.model_sha256
    assert ours.registry_sha256 == other.registry_sha256
    assert "av " in ours.decoder and "soxr " in ours.decoder
    assert len(ours.decoder_sha256) == 64
