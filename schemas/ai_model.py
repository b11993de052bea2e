"""Versions of the detector of generated music: what a model's folder says of itself, and what a shadow model scored."""

from datetime import datetime

from pydantic import Field

from schemas.evidence import AiVerdict, Frozen

VERSION_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"


class FittedOn(Frozen):
    """Labelled clips that parameters were fitted on, by the digest of what lists them."""

    name: str
    sha256: str
    clips: int = Field(description="Clips that were measured and fitted on.")
    refused: int = Field(default=0, description="Clips that were there and may not be fitted on.")


class ModelManifest(Frozen):
    """``model.json`` of a model's folder."""

    version: str = Field(pattern=VERSION_PATTERN)
    pipeline: str = Field(description="Version of the code that the parameters belong to.")
    fitted_at: datetime
    fitted_on: list[FittedOn]
    commit: str = Field(description="Commit of the code that fitted it; unknown outside a working copy.")
    thresholds: dict[str, float] = Field(description="Least strength of each answer, for people to read.")
    files: dict[str, str] = Field(description="SHA-256 of every file of the model by its name.")


class ShadowScore(Frozen):
    """What another model says of the same sound. It is stored, compared, and never acts."""

    model: str
    model_sha256: str
    verdict: AiVerdict
    probability: float | None = Field(default=None, ge=0, le=1)


class NetworkManifest(Frozen):
    """What a residual network says of itself, inside its file."""

    version: str = Field(pattern=VERSION_PATTERN)
    trained_on: list[str] = Field(description="SHA-256 of every recording that pairs were made of.")
    pairs: int
    steps: int
    distances_db: dict[str, float] = Field(
        description="By how much the log spectra of each small decoder differ from what it was given; 0 for denoisers."
    )
    commit: str = Field(description="Commit of the code that trained it; unknown outside a working copy.")
    people_from: str = Field(
        default="", description="Manifest that the scores of recordings by people were measured on; empty: none were."
    )
