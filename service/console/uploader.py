"""One uploader on a page: the days, what was decided, what came of appeals, and who belongs to it."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from service.api.backend import BackendDep
from service.console.rendering import page
from service.console.sessions import Elsewhere, SignedIn
from service.console.surroundings import ring_of
from service.console.timeline import timeline
from service.store.clock import utc_now
from service.store.uploaders import Uploader

router = APIRouter()
SHOWN_TRACKS = 20


@router.get("/uploader")
def uploader(
    backend: BackendDep, reviewer: SignedIn, sender: Annotated[str, Query(max_length=340)] = ""
) -> HTMLResponse:
    """``sender`` is the id that the tenant uses; without one, what the tenant delivered in its own name."""
    with backend.database.read() as session:
        found = timeline(session, reviewer.tenant_id, sender, utc_now())
        past = Uploader(session, reviewer.tenant_id, sender)
        latest, ring = past.latest(SHOWN_TRACKS), ring_of(session, reviewer.tenant_id, past.key)
    if found is None:
        raise Elsewhere(
            page(
                "message.html", 404, title="No such uploader", text="Nobody of that name delivered.", reviewer=reviewer
            )
        )
    return page("uploader.html", here="/console/cases", reviewer=reviewer, timeline=found, latest=latest, ring=ring)
