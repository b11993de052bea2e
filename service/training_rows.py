"""Reviewers' decisions as labelled audio: a folder with the recordings and a manifest that says what they rest on."""

import csv
import hashlib
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from service.store.blobs import BlobStorage
from service.store.reviewed_audio import ReviewedAudio, reviewed_audio

COLUMNS = ("path", "label", "family", "source", "use", "group", "basis", "decision")
IN_VIEW = "score"
"""Basis of a decision that was made with the score in view: such a row is exported, and refused by training."""


@dataclass(frozen=True)
class Exported:
    """How many rows were written by what they rest on, and how many recordings are not stored any more."""

    by_basis: dict[str, int]
    gone: int

    @property
    def rows(self) -> int:
        return sum(self.by_basis.values())


def export_rows(
    session: Session, blobs: BlobStorage, folder: Path, progress: Callable[[str, int, int], None]
) -> Exported:
    """Write ``manifest.csv`` and ``audio/`` into an empty or new folder; of several decisions on a recording the newest
    counts. Senders are told apart by a digest, so that no name leaves the service.

    Raises:
        FileExistsError: the folder holds something.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    found = {audio.audio_sha256: audio for audio in reviewed_audio(session)}
    counts: Counter[str] = Counter()
    gone = 0
    (folder / "audio").mkdir()
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, audio in enumerate(found.values(), start=1):
            try:
                with blobs.local_path(audio.audio_sha256) as path:
                    shutil.copyfile(path, folder / "audio" / audio.audio_sha256)
            except FileNotFoundError:
                gone += 1
                continue
            finally:
                progress("exporting", number, len(found))
            row = _row(audio)
            writer.writerow(row[column] for column in COLUMNS)
            counts[row["basis"]] += 1
    return Exported(dict(counts), gone)


def _row(audio: ReviewedAudio) -> dict[str, str]:
    sender = hashlib.sha256(audio.sender_key.encode()).hexdigest()[:12]
    return {
        "path": f"audio/{audio.audio_sha256}",
        "label": "ai" if audio.is_ai else "human",
        "family": "reviewed",
        "source": f"sender {sender}",
        "use": "train",
        "group": audio.audio_sha256,
        "basis": audio.basis.value if audio.basis else IN_VIEW,
        "decision": audio.decision_id,
    }
