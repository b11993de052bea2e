"""Which files of a folder are sound: by the known suffixes, and by their first bytes where the name says nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = frozenset(
    {".wav", ".wave", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".m4b", ".aac", ".aif", ".aiff", ".aifc"}
)
"""A file named so is taken for sound, whatever it holds: if it is none, that is worth a line too."""

_M4A_BRANDS = (b"M4A ", b"M4B ", b"M4P ")


def audio_files(argument: str) -> Iterator[str]:
    """Paths of the sound files under an argument, in order of name: itself for a file, all below it for a folder.

    Each path is the argument as given plus the path below it. Links to folders are not followed.
    """
    if not Path(argument).is_dir():
        yield argument
        return
    for folder, subfolders, names in os.walk(argument):
        subfolders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)  # noqa: PTH118 - a Path would drop a leading "./" that was given
            if is_audio_file(Path(path)):
                yield path


def is_audio_file(path: Path) -> bool:
    """Whether a file is named or begins like a sound file. Sockets, pipes and devices are not opened."""
    try:
        if not path.is_file():
            return False
        if path.suffix.lower() in SUFFIXES:
            return True
        with path.open("rb") as file:
            return begins_like_audio(file.read(12))
    except OSError:
        return path.suffix.lower() in SUFFIXES


def begins_like_audio(head: bytes) -> bool:
    """Whether the first twelve bytes are those of an accepted format. Bare MPEG streams are not guessed at."""
    if head[:4] in (b"fLaC", b"OggS") or head[:3] == b"ID3":
        return True
    if head[:4] in (b"RIFF", b"RF64"):
        return head[8:12] == b"WAVE"
    if head[:4] == b"FORM":
        return head[8:12] in (b"AIFF", b"AIFC")
    return head[4:8] == b"ftyp" and head[8:12] in _M4A_BRANDS
