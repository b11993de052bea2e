"""Audio that was kept long enough is erased, page by page, each in a transaction of its own."""

from collections.abc import Mapping

from schemas.review import TrackState
from service.store.clock import utc_now
from service.store.database import Database
from service.store.retention import Retention

PAGE = 200


def erase_expired(database: Database, keep: Mapping[TrackState, int]) -> int:
    """Erase what the settings do not keep; how many contents. Killed on the way, the next run goes on."""
    erased, after = 0, ""
    while keep:
        with database.read() as session:
            hashes = Retention(session).page(keep, utc_now(), after=after, limit=PAGE)
        if not hashes:
            break
        after = hashes[-1]
        erased += database.attempt(lambda session: Retention(session).erase_expired(hashes, keep, utc_now()))  # noqa: B023
    return erased
