"""Entering a reference recording: analysed as a delivery is, kept by its sound, and compared with all that is there."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from schemas.review import TrackState
from service.store.blob_rows import Blobs
from service.store.clock import utc_now
from service.store.jobs import Jobs
from service.store.matches import Matches
from service.store.references import Entry, References
from service.store.tables.jobs import JobKind
from service.store.tracks import Tracks
from workers.analyse import evidence_of, matches_of
from workers.lifecycle import Context

_BLOCK = 1 << 20


class CannotBeKnown(ValueError):
    """Silence, noise or a steady tone: its fingerprint would match every other one and prove nothing."""


def enter(context: Context, path: Path, entry: Entry) -> tuple[str, int]:
    """Take a file into a reference set; its SHA-256, and how many tracks carry the recording and are judged anew.

    Raises `classifiers.audio.unreadable.UnreadableAudio` and `CannotBeKnown`; then the set is as it was.
    """
    with context.blobs.stage() as staged:
        for block in _blocks(path):
            staged.write(block)
        sha256, size = staged.commit()
    context.database.attempt(lambda session: Blobs(session).record(sha256, size, utc_now()))
    _, codes = evidence_of(context, sha256)
    if not codes.matchable:
        raise CannotBeKnown("silence, noise or a steady tone, which matches nothing")
    matches = matches_of(context, sha256, codes)

    def keep(session: Session) -> int:
        now = utc_now()
        for (query, reference), match in sorted(matches.items()):
            Matches(session).record(query, reference, match, now)
        References(session).put(sha256, entry, now)
        return judge_again(session, sha256)

    return sha256, context.database.attempt(keep)


def judge_again(session: Session, audio_sha256: str) -> int:
    """Ask for new verdicts of all decided tracks that carry a recording; how many."""
    found = [Tracks(session).find(track_id) for track_id in Matches(session).holding(audio_sha256)]
    decided = [track.id for track in found if track is not None and track.state is TrackState.DECIDED]
    Jobs(session).enqueue_many(JobKind.DECIDE, decided, now=utc_now())
    return len(decided)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
