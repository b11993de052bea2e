"""Labelled audio: what a manifest says of each clip."""

import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Label(StrEnum):
    """How a clip was made. Only the first two are counted; the others belong to neither side."""

    AI = "ai"
    HUMAN = "human"
    RECONSTRUCTION = "reconstruction"
    SYMBOLIC_RENDER = "symbolic-render"


@dataclass(frozen=True)
class Clip:
    """One labelled file. ``family`` groups sources that share a decoder, ``group`` near copies of one another."""

    path: Path
    label: Label
    family: str
    source: str
    content: str
    duration_s: float
    group: str

    @property
    def is_music(self) -> bool:
        """Whether the clip is music of at least 10 s; the rest are hard negatives and too short to judge."""
        return self.content in ("music", "singing", "") and self.duration_s >= 10.0


class ManifestError(ValueError):
    """The manifest cannot be used; the message names the row and the column."""


def read_manifest(path: Path) -> list[Clip]:
    """Clips of a ``manifest.csv`` with at least the columns ``path`` (relative to the manifest) and ``label``.

    ``family``, ``source``, ``content``, ``duration_s`` and ``group`` may be missing: a source is then the clip's
    folder, a family its source, a group the clip itself, and everything counts as music.

    Raises:
        ManifestError: a column is missing or a value is none that is known.
    """
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        for column in ("path", "label"):
            if column not in (reader.fieldnames or ()):
                raise ManifestError(f"{path.name} has no column {column!r}")
        return [_clip(path.parent, number, row) for number, row in enumerate(reader, start=2)]


def _clip(folder: Path, number: int, row: dict[str, str]) -> Clip:
    try:
        label = Label(row["label"])
        duration_s = float(row.get("duration_s") or "inf")
    except ValueError as error:
        raise ManifestError(f"row {number}: {error}") from error
    source = row.get("source") or Path(row["path"]).parent.name
    return Clip(
        path=folder / row["path"],
        label=label,
        family=row.get("family") or source,
        source=source,
        content=row.get("content") or "",
        duration_s=duration_s,
        group=row.get("group") or row["path"],
    )
