"""A model as a versioned folder: fitted parameters as plain files, and a manifest with the digest of each.

What is not parameters is code, and a model belongs to the version of the pipeline that it was fitted with: one that was
fitted with another is refused, for its thresholds would mean something else.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from classifiers.ai.calibration import CALIBRATION_FILE, Calibration
from schemas.ai_model import VERSION_PATTERN, FittedOn, ModelManifest

MANIFEST = "model.json"
CALIBRATION = "calibration.json"


class ModelError(ValueError):
    """A model cannot be used; the message names the folder and what is the matter."""


@dataclass(frozen=True)
class Model:
    """Fitted parameters with their digest. The manifest is missing for the model that comes with Earmark."""

    calibration: Calibration
    sha256: str
    manifest: ModelManifest | None = None
    folder: Path | None = None

    @property
    def version(self) -> str:
        return self.calibration.model


def bundled_model() -> Model:
    """The model that comes with Earmark; ``docs/model-card.md`` says what it was fitted on."""
    return Model(Calibration.load(), _sha256(CALIBRATION_FILE))


def read_model(folder: Path, pipeline: str) -> Model:
    """The model of a folder.

    Raises:
        ModelError: a file is missing, broken or not the one that the manifest names, or the model was fitted with
            another version of the pipeline.
    """
    try:
        manifest = ModelManifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise ModelError(f"{folder}: holds no model, there is no {MANIFEST}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ModelError(f"{folder / MANIFEST}: {where}: {first['msg']}") from None
    except OSError as error:
        raise ModelError(f"{folder / MANIFEST}: {error.strerror}") from None
    if manifest.pipeline != pipeline:
        raise ModelError(
            f"{folder}: was fitted with pipeline {manifest.pipeline}, this is {pipeline}; fit it again (earmark train)"
        )
    if CALIBRATION not in manifest.files:
        raise ModelError(f"{folder / MANIFEST}: files: {CALIBRATION} is missing")
    for name, sha256 in manifest.files.items():
        if Path(name).name != name:
            raise ModelError(f"{folder / MANIFEST}: files: {name!r} is no plain name")
        if not (folder / name).is_file():
            raise ModelError(f"{folder}: {name} is missing")
        if _sha256(folder / name) != sha256:
            raise ModelError(f"{folder / name}: is not the file that the manifest names: its SHA-256 differs")
    try:
        calibration = Calibration(**json.loads((folder / CALIBRATION).read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise ModelError(f"{folder / CALIBRATION}: {error}") from None
    if calibration.model != manifest.version:
        raise ModelError(f"{folder}: {MANIFEST} says version {manifest.version}, {CALIBRATION} {calibration.model}")
    return Model(calibration, manifest.files[CALIBRATION], manifest, folder)


def check_version(folder: Path) -> None:
    """See, before anything is measured, that a model can be written to this folder, whose name is its version.

    Raises:
        ModelError: there is something of that name, or the name is no version.
    """
    if not re.fullmatch(VERSION_PATTERN, folder.name):
        raise ModelError(f"{folder.name!r} is no version: at most 32 letters, digits, dots, dashes and underscores")
    if folder.exists():
        raise ModelError(f"{folder}: is there already; a version is never overwritten")


def write_model(
    folder: Path,
    calibration: Calibration,
    *,
    pipeline: str,
    fitted_on: Sequence[FittedOn],
    fitted_at: datetime,
    commit: str,
) -> Model:
    """Write a model as a new folder named by its version, whole or not at all; versions are never overwritten.

    Raises:
        ModelError: as :func:`check_version` says, or it cannot be written.
    """
    check_version(folder)
    parameters = json.dumps(asdict(calibration), indent=1).encode() + b"\n"
    manifest = ModelManifest(
        version=calibration.model,
        pipeline=pipeline,
        fitted_at=fitted_at,
        fitted_on=list(fitted_on),
        commit=commit,
        thresholds={"likely_ai": calibration.likely, "inconclusive": calibration.inconclusive},
        files={CALIBRATION: hashlib.sha256(parameters).hexdigest()},
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        (aside / CALIBRATION).write_bytes(parameters)
        (aside / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        aside.chmod(0o755)
        aside.rename(folder)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise ModelError(f"{folder}: {error.strerror}") from error
    return Model(calibration, manifest.files[CALIBRATION], manifest, folder)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
