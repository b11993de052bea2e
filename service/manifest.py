"""What to deliver: files, folders and manifests, as one list of items in the order of their delivery."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".gif"})
AUDIO_SUFFIXES = frozenset(
    {
        ".wav",
        ".wave",
        ".flac",
        ".mp3",
        ".ogg",
        ".oga",
        ".opus",
        ".m4a",
        ".mp4",
        ".aac",
        ".aif",
        ".aiff",
        ".aifc",
        ".wma",
    }
)
MANIFESTS = ("manifest.jsonl", "manifest.csv")
FOR_THE_CALLER = frozenset({"file", "expected", "note"})
"""Keys of a row that speak to whoever delivers, not to the service."""

UNKNOWN_ARTIST = "[unknown]"
"""Whom a file without a manifest and without tags is billed to, in the spelling of MusicBrainz."""

LIST_SEPARATOR = ";"


class ManifestError(Exception):
    """A manifest that cannot be read, with the line that is wrong."""


@dataclass(frozen=True)
class Expected:
    """What a manifest says a good service answers."""

    action: str
    labels: frozenset[str]

    def met_by(self, action: str | None, labels: Iterable[str]) -> bool:
        return action == self.action and frozenset(labels) == self.labels


@dataclass(frozen=True)
class Item:
    """One track to deliver.

    ``shown`` is its path as the caller gave it, plus the path below; ``metadata`` is what is sent with it.
    """

    file: Path
    shown: str
    metadata: dict[str, Any]
    expected: Expected | None = None


def items_of(path: Path, *, artist: str | None = None) -> list[Item]:
    """The items of one argument: a manifest, a folder that has one, any other folder, or a file.

    :param artist: whom files without a manifest are billed to, whatever their tags say
    :raises ManifestError: when a manifest cannot be read
    :raises FileNotFoundError: when nothing is there
    """
    if path.is_dir():
        for name in MANIFESTS:
            if (path / name).is_file():
                return list(_rows(path / name))
        found = sorted(entry for entry in path.rglob("*") if _is_audio(entry))
        return [_bare(entry, artist) for entry in found]
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    if path.suffix.lower() in (".jsonl", ".csv"):
        return list(_rows(path))
    return [_bare(path, artist)]


def _is_audio(entry: Path) -> bool:
    """A file of an audio format. Links are left alone: a folder from elsewhere must not reach out of itself."""
    return entry.suffix.lower() in AUDIO_SUFFIXES and entry.is_file() and not entry.is_symlink()


def _rows(manifest: Path) -> Iterator[Item]:
    for line, row in read_rows(str(manifest), manifest.read_text("utf-8-sig")):
        name = row.get("file")
        if not isinstance(name, str) or not name:
            raise ManifestError(f"{manifest}, line {line}: 'file' is missing")
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise ManifestError(f"{manifest}, line {line}: 'file' must lie in the manifest's folder: {name}")
        file = manifest.parent / name
        yield Item(
            file=file,
            shown=str(file),
            metadata={key: value for key, value in row.items() if key not in FOR_THE_CALLER},
            expected=_expected(row.get("expected")),
        )


def read_rows(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a manifest, each with its line: JSON lines or CSV by the name's end. May raise ManifestError."""
    lines = StringIO(text, newline="")
    return _json_lines(name, lines) if name.lower().endswith(".jsonl") else _csv_rows(name, lines)


def _json_lines(name: str, stream: TextIO) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, text in enumerate(stream, start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ManifestError(f"{name}, line {line}: no JSON: {getattr(error, 'msg', 'nested too deep')}") from error
        if not isinstance(row, dict):
            raise ManifestError(f"{name}, line {line}: a row is a JSON object")
        yield line, row


def _csv_rows(name: str, stream: TextIO) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(stream)
    try:
        for cells in reader:
            if None in cells:
                raise ManifestError(f"{name}, line {reader.line_num}: more cells than the header has")
            yield reader.line_num, from_dotted({key: cell for key, cell in cells.items() if cell})
    except csv.Error as error:
        raise ManifestError(f"{name}, line {reader.line_num}: no CSV: {error}") from error


def from_dotted(cells: dict[str, str]) -> dict[str, Any]:
    """A CSV row as the nested object it stands for; empty cells are left out before.

    ``release.upc`` is a key of ``release``, ``artists.0.name`` the name of the first artist. ``artists`` (or
    ``artist``) alone holds the names of the main artists, separated by semicolons, and ``expected.labels`` labels
    likewise.
    """
    row: dict[str, Any] = {}
    artists: dict[int, dict[str, Any]] = {}
    for name, cell in cells.items():
        head, _, rest = name.partition(".")
        if name in ("artist", "artists"):
            names = [part.strip() for part in cell.split(LIST_SEPARATOR) if part.strip()]
            row["artists"] = [{"name": part, "role": "MainArtist"} for part in names]
        elif head == "artists" and rest.partition(".")[0].isdigit():
            position, _, key = rest.partition(".")
            artists.setdefault(int(position), {})[key] = cell
        elif rest:
            row.setdefault(head, {})[rest] = cell
        else:
            row[name] = cell
    if artists:
        row["artists"] = [artists[position] for position in sorted(artists)]
    return row


def _expected(said: Any) -> Expected | None:
    if not isinstance(said, dict) or "action" not in said:
        return None
    labels = said.get("labels") or []
    if isinstance(labels, str):
        labels = [part.strip() for part in labels.split(LIST_SEPARATOR) if part.strip()]
    return Expected(action=str(said["action"]), labels=frozenset(labels))


def _bare(file: Path, artist: str | None) -> Item:
    title, tagged_artist = _tags(file)
    metadata = {"title": title or file.stem, "artists": [{"name": artist or tagged_artist or UNKNOWN_ARTIST}]}
    return Item(file=file, shown=str(file), metadata=metadata)


def _tags(file: Path) -> tuple[str | None, str | None]:
    """Title and artist from the file's own tags, where they can be read."""
    try:
        import mutagen
    except ImportError:
        return None, None
    try:
        tags = mutagen.File(file, easy=True)
    except Exception:  # tags are a convenience: whatever is wrong with the file, the service will say so
        return None, None
    if not tags:
        return None, None
    return _first(tags, "title"), _first(tags, "artist")


def _first(tags: Any, name: str) -> str | None:
    try:
        return str(tags[name][0]).strip() or None
    except (KeyError, IndexError, TypeError, ValueError):
        return None
