"""Labelled audio as it lies about: a manifest, SONICS, the Free Music Archive, or folders named by label.

Every layout gives the same clips. Only a manifest of our own may call a clip ``train``: the others come under licences
that allow to measure (SONICS forbids more by name), so their clips are never fitted on.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from classifiers.audio.find import audio_files
from classifiers.training.decoders import decoder_of
from classifiers.training.fma import fma_clips, is_fma
from classifiers.training.manifest import Clip, Label, ManifestError, read_manifest
from classifiers.training.sonics import is_sonics, sonics_clips


class Layout(StrEnum):
    """How labelled audio is laid out."""

    MANIFEST = "manifest"
    SONICS = "sonics"
    FMA = "fma"
    FOLDERS = "folders"


LABEL_FOLDERS: Mapping[str, Label] = {
    "ai": Label.AI,
    "fake": Label.AI,
    "generated": Label.AI,
    "human": Label.HUMAN,
    "real": Label.HUMAN,
    "reconstruction": Label.RECONSTRUCTION,
    "symbolic-render": Label.SYMBOLIC_RENDER,
}
"""Names of folders that say how what lies below them was made."""


@dataclass(frozen=True)
class Labelled:
    """Clips of one place, how it was read, and how many of those that it lists are not there."""

    place: Path
    layout: Layout
    clips: list[Clip]
    absent: int

    @property
    def sha256(self) -> str:
        """Digest of the manifest as a file; for other layouts of paths, labels, families and sources."""
        if self.place.is_file():
            return hashlib.sha256(self.place.read_bytes()).hexdigest()
        digest = hashlib.sha256()
        for clip in sorted(self.clips, key=lambda clip: clip.path):
            relative = clip.path.relative_to(self.place)
            digest.update(f"{relative.as_posix()}\t{clip.label}\t{clip.family}\t{clip.source}\n".encode())
        return digest.hexdigest()


def read_labelled(place: Path, layout: Layout | None = None) -> Labelled:
    """The clips of a file or folder; the layout is recognised where none is named.

    Raises:
        ManifestError: there is nothing there, no layout fits, or a row cannot be used; the message says which.
        OSError: it cannot be read.
    """
    if not place.exists():
        raise ManifestError(f"{place}: there is no such file or folder")
    layout = layout or _recognised(place)
    clips, absent = _READ[layout](place)
    if not clips:
        raise ManifestError(f"{place}: read as {layout}, and no clips are there")
    return Labelled(_listing(place, layout), layout, clips, absent)


def sampled(clips: Sequence[Clip], most_per_family: int) -> list[Clip]:
    """At most so many clips of each label and family, the same ones each time, whatever else is there."""
    order = sorted(clips, key=lambda clip: hashlib.sha256(clip.path.name.encode()).digest())
    taken: dict[tuple[Label, str], int] = {}
    chosen = set()
    for clip in order:
        key = (clip.label, clip.family)
        if taken.get(key, 0) < most_per_family:
            taken[key] = taken.get(key, 0) + 1
            chosen.add(clip.path)
    return [clip for clip in clips if clip.path in chosen]


def _recognised(place: Path) -> Layout:
    if is_sonics(place):
        return Layout.SONICS
    if is_fma(place):
        return Layout.FMA
    if place.is_file() or (place / "manifest.csv").is_file():
        return Layout.MANIFEST
    if any(folder.name.lower() in LABEL_FOLDERS for folder in place.iterdir() if folder.is_dir()):
        return Layout.FOLDERS
    raise ManifestError(
        f"{place}: no layout is recognised. Looked for manifest.csv; SONICS (real_songs, fake_songs); "
        f"FMA (fma_metadata/tracks.csv, fma_small and so on); folders named {', '.join(LABEL_FOLDERS)}"
    )


def _listing(place: Path, layout: Layout) -> Path:
    """The file that lists the clips where the layout has one."""
    return place / "manifest.csv" if layout is Layout.MANIFEST and place.is_dir() else place


def _manifest_clips(place: Path) -> tuple[list[Clip], int]:
    listing = _listing(place, Layout.MANIFEST)
    if not listing.is_file():
        raise ManifestError(f"{place}: there is no manifest.csv")
    return read_manifest(listing), 0


def _folder_clips(place: Path) -> tuple[list[Clip], int]:
    """``LABEL/SOURCE/…/FILE``, or ``LABEL/FILE`` where the source is the label's folder itself."""
    if not place.is_dir():
        raise ManifestError(f"{place}: is no folder")
    clips = []
    for folder in sorted(place.iterdir()):
        label = LABEL_FOLDERS.get(folder.name.lower())
        if label is not None and folder.is_dir():
            clips += [_in_folder(place, folder, label, Path(path)) for path in audio_files(str(folder))]
    return clips, 0


def _in_folder(place: Path, folder: Path, label: Label, path: Path) -> Clip:
    inside = path.relative_to(folder).parts
    source = inside[0] if len(inside) > 1 else folder.name
    return Clip(
        path=path,
        label=label,
        family=source,
        source=source,
        content="",
        duration_s=float("inf"),
        group=path.relative_to(place).as_posix(),
        decoder=decoder_of(source, source),
    )


_READ: Mapping[Layout, Callable[[Path], tuple[list[Clip], int]]] = {
    Layout.MANIFEST: _manifest_clips,
    Layout.SONICS: sonics_clips,
    Layout.FMA: fma_clips,
    Layout.FOLDERS: _folder_clips,
}
