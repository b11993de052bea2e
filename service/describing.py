"""Describing a track anew: one path for corrections over the API and answers to the disclosure form."""

from datetime import datetime

from sqlalchemy.orm import Session

from schemas.catalogue import Said, TrackMetadata, unknown_keys
from service.inert import inert
from service.privacy import pseudonymous
from service.store.tables.track_revisions import RevisionKind
from service.store.tables.tracks import Track
from service.store.tracks import Tracks

MAX_WARNINGS = 20

OURS = "disclosure"
"""Key of the metadata that the disclosure form writes itself."""


def redescribe(
    session: Session, track: Track, metadata: TrackMetadata, kind: RevisionKind, hashing_key: str | None, now: datetime
) -> list[str]:
    """Make a revision of the track with this metadata, what could lead to a person hashed; the warnings that are kept
    with it."""
    kept = pseudonymous(metadata, hashing_key)
    warnings = warnings_of(kept, "metadata")
    Tracks(session).revise(track, kind, now=now, metadata=kept, warnings=warnings)
    return warnings


def warnings_of(said: Said, root: str) -> list[str]:
    """A sentence for each key that this version does not know, the first ``MAX_WARNINGS`` of them."""
    ours = f"{root}.{OURS}"
    unknown = [path for path in unknown_keys(said, f"{root}.") if path != ours and not path.startswith(f"{ours}.")]
    warnings = [f"{inert(path, 120)} is not known; it was kept as sent" for path in unknown[:MAX_WARNINGS]]
    if len(unknown) > MAX_WARNINGS:
        warnings.append(f"{len(unknown) - MAX_WARNINGS} more keys are not known; they were kept as sent")
    return warnings
