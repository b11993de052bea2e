"""The Free Music Archive data set on disk: recordings by people, named by number, with one table over all of them.

Layout (https://github.com/mdeff/fma): ``fma_small``, ``fma_medium``, ``fma_large`` or ``fma_full`` with files such as
``000/000002.mp3``, and ``fma_metadata/tracks.csv`` with three rows of heading: table, column, name of the index.
"""

import csv
import re
from pathlib import Path

from classifiers.audio.find import audio_files
from classifiers.training.manifest import Clip, Label, ManifestError

SIZES = ("fma_small", "fma_medium", "fma_large", "fma_full")
_NUMBERED = re.compile(r"\d{6}")


def is_fma(place: Path) -> bool:
    """Whether a folder is the data set, or one of its folders of sound."""
    if not place.is_dir():
        return False
    if place.name in SIZES or any((place / size).is_dir() for size in SIZES):
        return True
    return any(_NUMBERED.fullmatch(path.stem) for path in place.glob("[0-9][0-9][0-9]/*.mp3"))


def fma_clips(place: Path) -> tuple[list[Clip], int]:
    """The recordings that are there; the table lists every size, so that what it lists beyond them is not missed.

    The artist is the source where the table is there, for false positives of one artist come together.

    Raises:
        ManifestError: the table is broken.
    """
    artists = _artists(place)
    folders = [place / size for size in SIZES if (place / size).is_dir()] or [place]
    clips: dict[str, Clip] = {}
    for folder in folders:
        for path in map(Path, audio_files(str(folder))):
            if _NUMBERED.fullmatch(path.stem) and path.stem not in clips:
                artist = artists.get(int(path.stem))
                clips[path.stem] = Clip(
                    path=path,
                    label=Label.HUMAN,
                    family="fma",
                    source=f"fma artist {artist}" if artist else "fma",
                    content="music",
                    duration_s=float("inf"),
                    group=f"fma-{path.stem}",
                )
    return list(clips.values()), 0


def _artists(place: Path) -> dict[int, str]:
    """Artist by track, both by number; empty where there is no table."""
    tables = [folder / "fma_metadata" / "tracks.csv" for folder in (place, place.parent)]
    table = next((path for path in tables if path.is_file()), None)
    if table is None:
        return {}
    try:
        with table.open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file)
            headings = list(zip(next(rows, []), next(rows, []), strict=False))
            if ("artist", "id") not in headings:
                raise ManifestError(f"{table.name} has no column 'id' of table 'artist' in its two rows of heading")
            at = headings.index(("artist", "id"))
            return {int(row[0]): row[at] for row in rows if len(row) > at and row[0].isdigit()}
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(f"{table.name} cannot be read: {error}") from error
