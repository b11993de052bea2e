"""Files that people hand in with an appeal or a notice: what is taken, told by first bytes and never by a name."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

MOST_BYTES = 10 * 1024**2
MOST_AT_ONCE = 5
MOST_IN_ALL = 20
HEAD_BYTES = 512
"""By how many first bytes a kind is told."""


class FileKind(StrEnum):
    """Kinds of files that are taken. None is ever opened or shown by the service; people download them."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    MP3 = "mp3"
    WAV = "wav"
    FLAC = "flac"
    OGG = "ogg"
    MP4 = "mp4"
    ZIP = "zip"
    TEXT = "text"


_BEGINNINGS: tuple[tuple[FileKind, bytes], ...] = (
    (FileKind.PDF, b"%PDF-"),
    (FileKind.PNG, b"\x89PNG\r\n\x1a\n"),
    (FileKind.JPEG, b"\xff\xd8\xff"),
    (FileKind.MP3, b"ID3"),
    (FileKind.MP3, b"\xff\xfb"),
    (FileKind.MP3, b"\xff\xf3"),
    (FileKind.FLAC, b"fLaC"),
    (FileKind.OGG, b"OggS"),
    (FileKind.ZIP, b"PK\x03\x04"),
)


def file_kind(head: bytes) -> FileKind | None:
    """The kind of a file by its first ``HEAD_BYTES`` bytes; nothing for what is not taken."""
    for kind, beginning in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return FileKind.WAV
    if head[4:8] == b"ftyp":
        return FileKind.MP4
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_off = len(head) >= HEAD_BYTES and len(head) - error.start < 4
        text = head[: error.start].decode("utf-8") if cut_off else "\0"
    control = any((ord(c) < 32 or ord(c) == 127) and c not in "\t\r\n" for c in text)
    return FileKind.TEXT if text.strip() and not control else None


class FileOut(BaseModel):
    """A file that was handed in. It is served as a download alone."""

    id: str
    name: str = Field(description="As its sender called it; believe nothing of it.")
    kind: FileKind = Field(description="By its first bytes.")
    size_bytes: int
    sha256: str
    handed_in_at: datetime
