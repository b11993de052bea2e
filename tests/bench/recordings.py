"""Real recordings to measure on, and what the benchmark knows of each: fingerprints, kept between runs."""

import csv
import hashlib
import inspect
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.audio.spectra import PowerFrames, Resampler, downmix
from classifiers.duplicates import frames
from classifiers.duplicates.fingerprint import FingerprintCodes, Fingerprinter, is_matchable
from tests.bench import chromaprint, variants

PER_SOURCE, PER_FAMILY = 8, 25
KEPT_SOUNDS = 100
"""Decoded recordings held at a time: 8 MB each."""


@dataclass(frozen=True)
class Recording:
    """A clip of the manifest; clips of one `group` are near copies of one another."""

    path: Path
    group: str


def originals(shared: Path, most: int) -> list[Recording]:
    """Music and singing of 18 s and more, one a group, people's before machines', no source above eight."""
    with (shared / "audio" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["content"] in ("music", "singing")]
    rows = [row for row in rows if row["label"] in ("human", "ai") and float(row["duration_s"]) >= 18]
    rows.sort(key=lambda row: (row["label"] != "human", row["sha256"]))
    seen: Counter[str] = Counter()
    chosen = []
    for row in rows:
        kinds = (f"group {row['group']}", f"source {row['source']}", f"family {row['family']}")
        if seen[kinds[0]] or seen[kinds[1]] >= PER_SOURCE or seen[kinds[2]] >= PER_FAMILY:
            continue
        seen.update(kinds)
        chosen.append(Recording(shared / "audio" / row["path"], row["group"]))
    return chosen[:most]


def others(shared: Path, chosen: list[Recording]) -> list[Recording]:
    """All other music of the manifest, as a catalogue of recordings that are none of the chosen."""
    groups = {recording.group for recording in chosen}
    with (shared / "audio" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["content"] in ("music", "singing", "loop")]
    return [Recording(shared / "audio" / row["path"], row["group"]) for row in rows if row["group"] not in groups]


def fingerprinted(sound: np.ndarray) -> FingerprintCodes:
    """Fingerprint of stereo sound (2, samples) at 44.1 kHz, by the frames that the analysis uses."""
    to_music, cut, fingerprinter = (
        Resampler(variants.RATE_HZ, frames.RATE_HZ),
        PowerFrames(frames.N_FFT, frames.HOP),
        Fingerprinter(),
    )
    mono = downmix(np.ascontiguousarray(sound, np.float32))
    for part in (to_music.feed(mono), to_music.feed(np.zeros(0, np.float32), last=True)):
        for power in cut.feed(part):
            fingerprinter.feed_music(power)
    for power in cut.finish():
        fingerprinter.feed_music(power)
    return fingerprinter.finish(duration_s=sound.shape[1] / variants.RATE_HZ)


def _probe() -> np.ndarray:
    """Twenty seconds of plucked tones over noise: when its fingerprint changes, so do all others."""
    rng = np.random.default_rng(4)
    time = np.arange(20 * variants.RATE_HZ) / variants.RATE_HZ
    sound = 0.01 * rng.standard_normal((2, len(time)))
    for start in np.arange(0, 20, 0.17):
        after = np.maximum(time - start, 0)
        sound += (time >= start) * np.exp(-4 * after) * np.sin(2 * np.pi * rng.uniform(150, 3000) * after)
    return (0.2 * sound).astype(np.float32)


class Shelf:
    """Fingerprints of recordings under each variant, kept in a folder while neither variants nor peaks change."""

    def __init__(self, folder: Path, chromaprinter: Any | None) -> None:
        self._chromaprinter = chromaprinter
        state = inspect.getsource(variants).encode() + fingerprinted(_probe()).packed()
        self.folder = folder / hashlib.sha256(state).hexdigest()[:12]
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sound: dict[Path, np.ndarray] = {}

    def sound(self, recording: Recording) -> np.ndarray:
        """The recording itself, stereo at 44.1 kHz."""
        if recording.path not in self._sound:
            while len(self._sound) >= KEPT_SOUNDS:
                self._sound.pop(next(iter(self._sound)))
            self._sound[recording.path] = variants.read(recording.path)
        return self._sound[recording.path]

    def get(
        self, recording: Recording, variant: str = "", other: Recording | None = None
    ) -> tuple[FingerprintCodes, np.ndarray]:
        """Our fingerprint and Chromaprint's items (empty without Chromaprint) of a recording under a variant."""
        name = hashlib.sha256(f"{recording.path.name} {variant} {other and other.path.name}".encode()).hexdigest()
        ours, theirs = self.folder / f"{name}.ours", self.folder / f"{name}.theirs"
        if not ours.exists() or (self._chromaprinter is not None and not theirs.exists()):
            sound = self.sound(recording)
            if variant:
                sound = variants.VARIANTS[variant](sound, self.sound(other) if other else sound)
            if self._chromaprinter is not None:
                mono = np.clip(sound, -1, 1).mean(axis=0).astype(np.float32)
                np.asarray(chromaprint.decoded(self._chromaprinter(mono)), np.uint32).tofile(theirs)
            codes = fingerprinted(sound)
            part = ours.with_suffix(".part")
            part.write_bytes(codes.packed())
            part.rename(ours)
        codes = FingerprintCodes.unpacked(ours.read_bytes())
        items = np.fromfile(theirs, np.uint32) if theirs.exists() else np.empty(0, np.uint32)
        return replace(codes, matchable=is_matchable(codes.peaks)), items
