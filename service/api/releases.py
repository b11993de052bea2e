"""``/v1/releases``: the products that tracks are delivered on."""

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.catalogue import Release
from schemas.pages import Page
from schemas.problems import ProblemType
from schemas.releases import ReleaseOut
from service.api.access import TracksReader, TracksWriter
from service.api.backend import BackendDep
from service.api.bodies import BoundedRoute
from service.api.openapi import problem_responses
from service.api.paging import Cursor, Limit, checked_cursor, split_page
from service.api.problems import not_found
from service.describing import warnings_of
from service.store.clock import utc_now
from service.store.releases import Releases
from service.store.tables.releases import ReleaseRow

router = APIRouter(prefix="/v1/releases", tags=["releases"], route_class=BoundedRoute)


@router.post(
    "",
    status_code=201,
    summary="Deliver or correct a release",
    responses=problem_responses(
        ProblemType.MALFORMED_BODY, ProblemType.INVALID_REQUEST, ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE
    ),
)
def put_release(release: Release, response: Response, backend: BackendDep, principal: TracksWriter) -> ReleaseOut:
    """A release with a UPC is made once and brought up to date when it is sent again, so this may be repeated safely.

    Tracks come to a release by naming its UPC in their metadata, before or after.
    """
    shown = backend.database.attempt(
        lambda session: _shown(Releases(session).put(principal.tenant_id, release, utc_now()))
    )
    response.headers["Location"] = f"/v1/releases/{shown.id}"
    return shown.model_copy(update={"warnings": warnings_of(release, "body")})


@router.get("", summary="List releases", responses=problem_responses(ProblemType.UNAUTHENTICATED))
def list_releases(
    backend: BackendDep, principal: TracksReader, cursor: Cursor = None, limit: Limit = 100
) -> Page[ReleaseOut]:
    """All releases of the tenant, oldest first."""
    after = checked_cursor(cursor) or ""
    with backend.database.read() as session:
        rows, last = split_page(Releases(session).page(principal.tenant_id, after=after, limit=limit + 1), limit)
        return Page(items=[_shown(row) for row in rows], next_cursor=last.id if last else None)


@router.get(
    "/{release_id}",
    summary="Read a release",
    responses=problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.NOT_FOUND),
)
def read_release(release_id: str, backend: BackendDep, principal: TracksReader) -> ReleaseOut:
    """One release by its id."""
    with backend.database.read() as session:
        row = Releases(session).get(principal.tenant_id, release_id)
        if row is None:
            raise not_found("release")
        return _shown(row)


def _shown(row: ReleaseRow) -> ReleaseOut:
    return ReleaseOut(id=row.id, upc=row.upc, release=row.details, created_at=row.created_at, updated_at=row.updated_at)
