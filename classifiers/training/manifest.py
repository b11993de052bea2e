"""Labelled audio: what a manifest says of each clip."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isinf
from pathlib import Path

from classifiers.training.decoders import GeneratorDecoder, decoder_of


class Label(StrEnum):
    """How a clip was made. Only the first two are counted; the others belong to neither side."""

    AI = "ai"
    HUMAN = "human"
    RECONSTRUCTION = "reconstruction"
    SYMBOLIC_RENDER = "symbolic-render"


class Use(StrEnum):
    """What a clip may be used for: parameters may be fitted on the first kind alone."""

    TRAIN = "train"
    EVALUATE = "evaluate"


@dataclass(frozen=True)
class Clip:
    """One labelled file. ``family`` groups sources that share a decoder, ``group`` near copies of one another.

    ``duration_s`` is infinite where nobody says it; ``basis`` says what a label rests on where people gave it.
    """

    path: Path
    label: Label
    family: str
    source: str
    content: str
    duration_s: float
    group: str
    use: Use = Use.EVALUATE
    decoder: GeneratorDecoder = GeneratorDecoder.UNKNOWN
    basis: str = ""

    @property
    def is_music(self) -> bool:
        """Whether the clip is music of at least 10 s; the rest are hard negatives and too short to judge."""
        return self.content in ("music", "singing", "") and self.duration_s >= 10.0

    @property
    def origin(self) -> str:
        """The family, with the source where that is called otherwise."""
        return self.family if self.family == self.source else f"{self.family}: {self.source}"

    @property
    def length_is_known(self) -> bool:
        return not isinf(self.duration_s)


class ManifestError(ValueError):
    """The manifest cannot be used; the message names the file, the row and the column."""


def read_manifest(path: Path) -> list[Clip]:
    """Clips of a ``manifest.csv`` with at least the columns ``path`` (relative to the manifest) and ``label``.

    ``family``, ``source``, ``content``, ``duration_s``, ``group``, ``use``, ``decoder`` and ``basis`` may be missing:
    a source is then the clip's folder, a family its source, a group the clip itself, everything counts as music to
    evaluate on, and the decoder is what is published of the family.

    Raises:
        ManifestError: a column is missing, a value is none that is known, or the file is no CSV in UTF-8.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            for column in ("path", "label"):
                if column not in (reader.fieldnames or ()):
                    raise ManifestError(f"{path.name} has no column {column!r}")
            return [_clip(path, number, row) for number, row in enumerate(reader, start=2)]
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path.name} is no text in UTF-8: {error}") from error
    except csv.Error as error:
        raise ManifestError(f"{path.name} is no CSV: {error}") from error


def _clip(manifest: Path, number: int, row: Mapping[str, str | None]) -> Clip:
    def said(column: str) -> str:
        return (row.get(column) or "").strip()

    if not said("path"):
        raise ManifestError(f"{manifest.name}, row {number}, path: is empty")
    source = said("source") or Path(said("path")).parent.name
    family = said("family") or source
    column = "label"
    try:
        label = Label(said("label"))
        column = "duration_s"
        duration_s = float(said("duration_s") or "inf")
        if not duration_s >= 0:
            raise ValueError(f"{said('duration_s')!r} is no length in seconds")
        column = "use"
        use = Use(said("use") or Use.EVALUATE)
        column = "decoder"
        decoder = GeneratorDecoder(said("decoder")) if said("decoder") else decoder_of(family, source)
    except ValueError as error:
        raise ManifestError(f"{manifest.name}, row {number}, {column}: {error}") from error
    return Clip(
        path=manifest.parent / said("path"),
        label=label,
        family=family,
        source=source,
        content=said("content"),
        duration_s=duration_s,
        group=said("group") or said("path"),
        use=use,
        decoder=decoder,
        basis=said("basis"),
    )
