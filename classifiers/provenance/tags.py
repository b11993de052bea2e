"""Marks of generators in the original bytes of a file.

Decoding and re-tagging destroy them, so they are read from the file as it was delivered. A tag is unsigned: anybody
can write one and anybody can strip one. Found, it is strong evidence that the sender can be asked about; missing, it
says nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

import yaml

from classifiers.provenance.fields import MAX_FIELDS, Field, FieldKind, cleaned
from classifiers.provenance.id3 import id3v1_fields, id3v2_fields
from classifiers.provenance.mp4 import mp4_fields
from classifiers.provenance.riff import aiff_fields, wav_fields
from classifiers.provenance.vorbis import flac_fields, ogg_fields
from schemas.evidence import Provenance, ProvenanceClaim, ProvenanceKind, Trust

MAX_DETAIL = 500
MAX_MARKS = 20


@dataclass(frozen=True)
class Mark:
    """One row of the registry: what a generator writes, and where."""

    generator: str | None
    says: ProvenanceClaim
    kinds: frozenset[FieldKind]
    pattern: re.Pattern[str]
    name: str | None = None

    def matches(self, field: Field, text: str) -> bool:
        """Whether the field bears the mark. The pattern has to match from the beginning of the text."""
        if field.kind not in self.kinds or (self.name and self.name != field.name.lower()):
            return False
        return self.pattern.match(text) is not None


@cache
def registry() -> tuple[Mark, ...]:
    """The marks of ``generators.yaml``, in order; a row with ``names`` stands for one mark for each name."""
    rows = yaml.safe_load(files("classifiers.provenance").joinpath("generators.yaml").read_text("utf-8"))
    marks = []
    for row in rows:
        for generator, pattern in row.get("names", {row["generator"]: ""}).items():
            marks.append(
                Mark(
                    generator=generator,
                    says=ProvenanceClaim(row["says"]),
                    kinds=frozenset(FieldKind(kind) for kind in row["kinds"]),
                    pattern=re.compile(row["pattern"].replace("{name}", f"(?:{pattern})"), re.IGNORECASE),
                    name=row.get("name"),
                )
            )
    return tuple(marks)


def find_tags(path: Path) -> list[Provenance]:
    """Marks of generators in a file, each once, in the order in which they stand; never raises over their content."""
    found: dict[tuple[str | None, ProvenanceClaim, str], Provenance] = {}
    with path.open("rb") as file:
        for field in _fields(file, path.stat().st_size):
            text = cleaned(field.text)
            for mark in registry():
                if mark.matches(field, text):
                    found.setdefault((mark.generator, mark.says, field.location), _provenance(mark, field, text))
    return list(found.values())[:MAX_MARKS]


def _provenance(mark: Mark, field: Field, text: str) -> Provenance:
    return Provenance(
        kind=ProvenanceKind.TAG,
        says=mark.says,
        generator=mark.generator,
        trust=Trust.UNSIGNED,
        detail=text[:MAX_DETAIL],
        location=cleaned(field.location, 100),
    )


def _fields(file: BinaryIO, size: int) -> Iterator[Field]:
    """At most :data:`MAX_FIELDS` fields of a file of any accepted format, recognised by its first bytes."""
    head = file.read(12)
    readers: list[Iterator[Field]] = [id3v1_fields(file, size)]
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        readers.append(wav_fields(file, size))
    elif head[:4] == b"FORM":
        readers.append(aiff_fields(file, size))
    elif head[:4] == b"OggS":
        readers.append(ogg_fields(file))
    elif head[4:8] == b"ftyp":
        readers.append(mp4_fields(file, size))
    elif head[:4] == b"fLaC":
        readers.append(flac_fields(file, 0))
    elif head[:3] == b"ID3":
        after = 10 + sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(head[6:10]))
        file.seek(after)
        readers.append(id3v2_fields(file, 0))
        if file.read(4) == b"fLaC":
            readers.append(flac_fields(file, after))
    count = 0
    for reader in reversed(readers):
        for field in reader:
            yield field
            count += 1
            if count >= MAX_FIELDS:
                return
