"""SONICS on disk: songs of people from YouTube, songs of Suno and Udio, and tables that say which is which.

Layout, as its scripts read it (https://github.com/awsaf49/sonics): ``real_songs.csv`` and ``fake_songs.csv`` beside
the folders ``real_songs`` and ``fake_songs``, whose files are named by the column ``filename``; ``train.csv``,
``valid.csv`` and ``test.csv`` hold rows of both. The songs of people are not distributed and mostly not there;
generated ones are named ``fake_22147_suno_0`` after prompt, service and take.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from classifiers.audio.find import audio_files
from classifiers.training.manifest import Clip, Label, ManifestError

FOLDERS: Mapping[str, Label] = {"real_songs": Label.HUMAN, "fake_songs": Label.AI}
TABLES: Mapping[str, Label] = {"real_songs.csv": Label.HUMAN, "fake_songs.csv": Label.AI}


def is_sonics(place: Path) -> bool:
    """Whether a folder holds one of the two folders, or a file is one of the tables."""
    if place.is_dir():
        return any((place / name).is_dir() for name in FOLDERS)
    return {"filename", "label"} <= _header(place) and any((place.parent / name).is_dir() for name in FOLDERS)


def sonics_clips(place: Path) -> tuple[list[Clip], int]:
    """The songs that are there, and how many rows of the tables name a song that is not.

    Family is the service, source the version of its model; of a person's song, source is the artist.

    Raises:
        ManifestError: a table is broken.
    """
    root = place if place.is_dir() else place.parent
    files = {Path(path).stem: Path(path) for name in FOLDERS for path in audio_files(str(root / name))}
    tables = [place] if place.is_file() else [root / name for name in TABLES if (root / name).is_file()]
    listed = [(table, row) for table in tables for row in _rows(table)]
    if not tables:
        listed = [(place, {"filename": name}) for name in sorted(files)]
    clips = [
        _clip(root, files[row["filename"]], row) for _, row in listed if files.get(row["filename"], root).is_file()
    ]
    return clips, len(listed) - len(clips)


def _clip(root: Path, path: Path, row: Mapping[str, str]) -> Clip:
    is_fake = path.relative_to(root).parts[0] == "fake_songs"
    parts = path.stem.split("_")
    service = row.get("source") or (parts[2] if is_fake and len(parts) > 2 else "sonics")
    source = (row.get("algorithm") or service) if is_fake else (row.get("artist") or "sonics")
    return Clip(
        path=path,
        label=Label.AI if is_fake else Label.HUMAN,
        family=service if is_fake else "sonics",
        source=source,
        content="music",
        duration_s=_seconds(row.get("duration", "")),
        group=f"sonics-{parts[1]}" if is_fake and len(parts) > 1 else path.stem,
    )


def _seconds(said: str) -> float:
    try:
        return float(said)
    except ValueError:
        return float("inf")


def _rows(table: Path) -> Iterator[dict[str, str]]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if "filename" not in (reader.fieldnames or ()):
                raise ManifestError(f"{table.name} has no column 'filename'")
            for row in reader:
                yield {name: (value or "").strip() for name, value in row.items() if isinstance(value, str)}
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(f"{table.name} cannot be read: {error}") from error


def _header(table: Path) -> set[str]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            return set(next(csv.reader(file), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return set()
