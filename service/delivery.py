"""Delivering a batch over the HTTP interface and waiting until nothing more happens to it."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.review import TrackState
from service.client import Client, Problem, Progress, idempotency_key
from service.manifest import AUDIO_SUFFIXES, MANIFESTS, PICTURE_SUFFIXES, Item

POLL_S = 0.4
LOOKED_AT = 4
"""How many of the tracks that were still at work are asked about at a time: asking costs the service time, too, and
they settle more or less in their order."""

DECIDED = TrackState.DECIDED.value


@dataclass(eq=False)
class Delivered:
    """One item and what became of it. ``state`` is ``refused`` for what the service did not take."""

    item: Item
    track_id: str | None = None
    state: str = "refused"
    action: str | None = None
    priority: str | None = None
    labels: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    heard: str | None = None
    truncated: str | None = None
    error: str | None = None

    @property
    def as_expected(self) -> bool | None:
        """Whether the verdict is what the manifest expects; ``None`` where it expects nothing."""
        return self.item.expected.met_by(self.action, self.labels) if self.item.expected else None

    def line(self) -> dict[str, Any]:
        """The line of ``earmark deliver --json``."""
        said: dict[str, Any] = {
            "file": self.item.shown,
            "track_id": self.track_id,
            "state": self.state,
            "action": self.action,
            "priority": self.priority,
            "labels": self.labels,
        }
        if self.reasons:
            said["reasons"] = self.reasons
        if self.heard is not None:
            said["heard"] = self.heard
        if self.truncated is not None:
            said["truncated"] = self.truncated
        if self.item.expected is not None:
            said["as_expected"] = self.as_expected
        if self.error is not None:
            said["error"] = self.error
        return said


def deliver(client: Client, item: Item, *, salt: str = "") -> Delivered:
    """Deliver one item. A refusal is an outcome, not an exception; an unreachable service is one."""
    try:
        accepted = client.deliver(
            item.metadata, item.file, idempotency_key=idempotency_key(item.metadata, item.file, salt=salt)
        )
    except Problem as problem:
        return Delivered(item, error=problem.sentence)
    except OSError as error:
        return Delivered(item, error=f"{error.strerror or error}")
    return Delivered(item, track_id=accepted.id, state=accepted.state)


def deliver_batch(
    client: Client, folder: Path, *, salt: str = "", timeout_s: float, progress: Progress = lambda _sent, _size: None
) -> list[Delivered]:
    """Deliver a DDEX batch folder, or one message with what lies beside it, and wait until its messages were looked
    into; an outcome for each track, and one for each message or row that made none."""
    files = files_of_batch(folder)
    whole = Item(file=folder, shown=str(folder), metadata={})
    try:
        key = batch_key(files, salt=salt)
        delivery = client.deliver_files(files, idempotency_key=key, progress=progress)
    except Problem as problem:
        return [Delivered(whole, error=problem.sentence)]
    except OSError as error:
        return [Delivered(whole, error=f"{error.strerror or error}")]
    deadline = time.monotonic() + timeout_s
    while (delivery := client.delivery(delivery["id"]))["state"] == "received" and time.monotonic() < deadline:
        time.sleep(POLL_S)
    outcomes = [outcome for message in delivery["messages"] for outcome in _of_message(folder, message)]
    for row in delivery["rows"]:
        item = Item(file=folder, shown=f"{folder}/{row['file'] or row['manifest']}", metadata={})
        fault = row["fault"]
        state = "received" if row["track_id"] else "waiting" if delivery["state"] == "waiting" else "refused"
        outcomes.append(
            Delivered(item, track_id=row["track_id"], state=state, error=fault["detail"] if fault else None)
        )
    return outcomes or [Delivered(whole, state=delivery["state"], error=delivery.get("note"))]


def files_of_batch(folder: Path) -> dict[str, Path]:
    """The files of a batch folder, or of one message with the audio and pictures beside it, by their names there."""
    root = folder if folder.is_dir() else folder.parent
    found = sorted(entry for entry in root.rglob("*") if entry.is_file() and not entry.is_symlink())
    if not folder.is_dir():
        found = [folder, *(entry for entry in found if entry.suffix.lower() in (*AUDIO_SUFFIXES, *PICTURE_SUFFIXES))]
    return {entry.relative_to(root).as_posix(): entry for entry in found if entry.parent.name != "acknowledgements"}


def _of_message(folder: Path, message: dict[str, Any]) -> list[Delivered]:
    made = [
        Delivered(Item(file=folder, shown=f"{folder}/{message['file']}#{key}", metadata={}), track_id, "received")
        for release in message["releases"]
        for key, track_id in release["tracks"].items()
    ]
    if made:
        return made
    faults = "; ".join(fault["detail"] for fault in message["faults"]) or None
    item = Item(file=folder, shown=f"{folder}/{message['file']}", metadata={})
    return [Delivered(item, state=message["state"], error=faults)]


def batch_key(files: Mapping[str, Path], *, salt: str = "") -> str:
    """Idempotency key of a batch, the same for the same files under the same names."""
    digest = hashlib.sha256(salt.encode())
    for name, file in sorted(files.items()):
        with file.open("rb") as stream:
            digest.update(f"{name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\0".encode())
    return f"batch-{digest.hexdigest()}"


def is_batch(path: Path) -> bool:
    """Whether this is a DDEX message, or a folder that holds one and no manifest."""
    if path.is_file():
        return path.suffix.lower() == ".xml"
    has_manifest = any((path / name).is_file() for name in MANIFESTS)
    return path.is_dir() and not has_manifest and any(path.rglob("*.xml"))


def wait_until_settled(
    client: Client,
    delivered: Sequence[Delivered],
    *,
    timeout_s: float,
    progress: Callable[[int], None] = lambda _settled: None,
) -> bool:
    """Wait until every track has its verdict and no work on any of them is pending; then read the verdicts.

    A verdict may change while others of the batch are still being analysed: a copy found later makes a group. So the
    wait ends with a look at all tracks, one after the other, that finds every one settled, and another that finds the
    same: what the first look still had to finish could only touch tracks that the second one sees.

    :returns: whether all settled within ``timeout_s``
    """
    waiting = [outcome for outcome in delivered if outcome.track_id]
    deadline = time.monotonic() + timeout_s
    clean_looks = 0
    at_work = list(waiting)
    while clean_looks < 2 and time.monotonic() < deadline:
        settled = [outcome for outcome in at_work[:LOOKED_AT] if _look(client, outcome)]
        at_work = [outcome for outcome in at_work if outcome not in settled]
        progress(len(waiting) - len(at_work))
        if not at_work:
            at_work = [outcome for outcome in waiting if not _look(client, outcome)]
            clean_looks = 0 if at_work else clean_looks + 1
        elif not settled:
            time.sleep(POLL_S)
    for outcome in waiting:
        _read_verdict(client, outcome)
    return clean_looks == 2


def _look(client: Client, outcome: Delivered) -> bool:
    assert outcome.track_id is not None
    track = client.track(outcome.track_id)
    outcome.state = track["state"]
    return TrackState(outcome.state).settled and not track["pending"]


def _read_verdict(client: Client, outcome: Delivered) -> None:
    assert outcome.track_id is not None
    track = client.track(outcome.track_id)
    outcome.state = track["state"]
    if outcome.state != DECIDED:
        reason = track.get("reason") or {}
        outcome.error = reason.get("detail") or reason.get("title")
        return
    said = client.labels(outcome.track_id)
    outcome.action, outcome.priority, outcome.labels = said["action"], said["priority"], said["labels"]
    outcome.reasons = said.get("reasons", [])
    outcome.heard = _heard(said["detected"]["ai"])
    outcome.truncated = said["detected"].get("truncated")


def _heard(ai: dict[str, Any] | None) -> str | None:
    """What the sound says about generation, in one line: a manifest may expect more or less than was heard."""
    if ai is None:
        return None
    likelihood = "" if ai["probability"] is None else f", likelihood {ai['probability']:.0%}"
    return "; ".join([f"the sound: {ai['verdict']}{likelihood}", *ai["reasons"]])


def score(delivered: Iterable[Delivered]) -> tuple[int, int]:
    """How many verdicts equal what the manifest expects, and how many it expects at all."""
    judged = [outcome.as_expected for outcome in delivered if outcome.item.expected is not None]
    return sum(map(bool, judged)), len(judged)
