"""Two deliveries of one recording on a page of their own, to be heard in step."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from service.api.backend import BackendDep
from service.console.comparison import comparison
from service.console.rendering import page
from service.console.sessions import Elsewhere, SignedIn
from service.store.case_queue import CaseQueue
from service.store.evidence import EvidenceStore
from service.store.matches import Matches

router = APIRouter()


@router.get("/compare/{track_id}/{other_id}")
def compare(track_id: str, other_id: str, backend: BackendDep, reviewer: SignedIn) -> HTMLResponse:
    """Both are the tenant's own, and both may be heard: in a case, or the same recording as a track in one."""
    with backend.database.read() as session:
        queue = CaseQueue(session, reviewer.tenant_id)
        one, other = queue.heard(track_id), queue.heard(other_id)
        if one is None or other is None:
            text = "There are no two such tracks that you may hear. What other tenants delivered is not played."
            raise Elsewhere(page("message.html", 404, title="Nothing to compare", text=text, reviewer=reviewer))
        pair = (one.audio_sha256, other.audio_sha256)
        match = Matches(session).edges_among(*([sha256] for sha256 in pair)).get(pair)
        evidence = EvidenceStore(session).newest(one.audio_sha256)
    both = comparison(one, other, match, evidence.duration_s if evidence else 0.0)
    return page("compare.html", here="/console/cases", reviewer=reviewer, comparison=both)
