"""``/v1/tracks/{id}/labels`` and the label feed."""

from typing import Annotated

from fastapi import APIRouter, Query

from schemas.labels import FeedEntry, TrackLabels
from schemas.pages import FeedPage
from schemas.problems import ProblemType
from service.api.access import TracksReader
from service.api.backend import BackendDep
from service.api.openapi import problem_responses
from service.api.paging import Limit, bad_cursor
from service.api.problems import not_found
from service.labels import track_labels
from service.store.label_feed import LabelFeed
from service.store.labels import Labels
from service.store.tracks import Tracks

router = APIRouter(prefix="/v1", tags=["labels"])

_LARGEST_CURSOR = 2**63 - 1


@router.get(
    "/tracks/{track_id}/labels",
    summary="Read a track's labels",
    responses=problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND),
)
def read_labels(track_id: str, backend: BackendDep, principal: TracksReader) -> TrackLabels:
    """What was declared, what was detected and what a person confirmed, and what stands of it now."""
    with backend.database.read() as session:
        track = Tracks(session).get(principal.tenant_id, track_id)
        if track is None:
            raise not_found("track")
        return track_labels(Labels(session).view(track))


@router.get("/labels", summary="Follow the label feed", responses=problem_responses(ProblemType.UNAUTHENTICATED))
def read_feed(
    backend: BackendDep,
    principal: TracksReader,
    cursor: Annotated[
        str | None,
        Query(max_length=20, description="`next_cursor` of the page before; missing: from the very beginning."),
    ] = None,
    limit: Limit = 100,
) -> FeedPage[FeedEntry]:
    """Every change of the labels of the tenant's tracks, in order. Nothing is missed and nothing comes twice.

    An empty page means that all was read: ask again later with its `next_cursor`.
    """
    after = _position(cursor)
    with backend.database.read() as session:
        rows = LabelFeed(session).page(principal.tenant_id, after=after, limit=limit)
        items = [FeedEntry(cursor=str(row.cursor), at=row.at, labels=row.payload) for row in rows]
    return FeedPage(items=items, next_cursor=items[-1].cursor if items else str(after))


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()) or int(cursor) > _LARGEST_CURSOR:
        raise bad_cursor()
    return int(cursor)
