"""Text fields found in a file, in one form whatever the container calls them."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MAX_TEXT = 4_000
"""Characters of a field that are looked at."""

MAX_FIELD_BYTES = 1 << 16
"""Fields over this are passed over: pictures and lyrics, or an attack."""

MAX_FIELDS = 2_000


class FieldKind(StrEnum):
    """What a field is for. Titles, names and lyrics are no field of ours: they may say anything."""

    COMMENT = "comment"
    ENCODER = "encoder"
    URL = "url"
    USER = "user"


@dataclass(frozen=True)
class Field:
    """One field: what it is for, where it stands (``ID3 COMM``), its name for user-defined ones, and its text."""

    kind: FieldKind
    location: str
    text: str
    name: str = ""


def cleaned(text: str, limit: int = MAX_TEXT) -> str:
    """Text without control, formatting and unassigned characters, runs of space made one, cut to ``limit``."""
    kept = "".join(
        " " if character.isspace() or unicodedata.category(character)[0] == "C" else character
        for character in text[: limit * 2]
    )
    return " ".join(kept.split())[:limit]


def decoded(data: bytes) -> str:
    """UTF-8 where it is, else Latin-1; never fails."""
    data = data[:MAX_FIELD_BYTES]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
