"""Looking at a track's cover, once for each file, beside the analysis of its sound."""

import structlog
from sqlalchemy.orm import Session

from service.store.artworks import Artworks
from service.store.clock import utc_now
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind, Lane
from workers.decide import pause_for
from workers.lifecycle import Context

log = structlog.get_logger(__name__)


def look_at_cover(context: Context, track_id: str) -> None:
    """Keep what the track's cover looks like, and ask for new verdicts of the tracks that show the same picture.

    A picture that cannot be read is noted and holds nothing up: the track is judged on its sound.
    """
    from classifiers.artwork.read import UnreadablePicture, look_at

    with context.database.read() as session:
        artwork = Artworks(session).cover_of(track_id)
        if artwork is None or Artworks(session).is_known(artwork):
            return
    look, problem = None, None
    try:
        with context.blobs.local_path(artwork) as path:
            look = look_at(path)
    except UnreadablePicture as error:
        problem = str(error)
    except FileNotFoundError:
        log.warning("a cover is gone from the storage", track=track_id, artwork=artwork)
        return

    def keep(session: Session) -> None:
        now = utc_now()
        if not Artworks(session).add(artwork, look, now, problem=problem):
            return
        told = set(Artworks(session).track_ids(artwork)) - {track_id}
        after = now + pause_for(len(told))
        Jobs(session).enqueue_many(JobKind.DECIDE, told, lane=Lane.NORMAL, run_after=after, now=now)

    context.database.attempt(keep)
