"""``/public/tracks/{id}``: the public label of a track, as JSON and as a card that other pages can embed.

There is no key: whoever has the id of a released track may read what was declared and confirmed. Held, blocked,
withdrawn and unreleased tracks are answered like tracks that do not exist.
"""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from schemas.exports.credits import CreditsCard
from schemas.exports.eu_icon import first_exposure_text
from schemas.exports.formats import Publishable
from schemas.problems import ProblemType
from service.api.backend import Backend, BackendDep
from service.api.openapi import problem_responses
from service.api.problems import not_found
from service.public.rendering import FOLDER, render
from service.published import is_public, publishable
from service.store.clock import utc_now
from service.store.tracks import Tracks

router = APIRouter(prefix="/public", tags=["public"])

_CACHED = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*"}
_CARD = _CACHED | {
    "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors *; base-uri 'none'"
}


@router.get(
    "/tracks/{track_id}", summary="Read how a track was made", responses=problem_responses(ProblemType.NOT_FOUND)
)
def read_card(track_id: str, response: Response, backend: BackendDep) -> CreditsCard:
    """For listeners and their players: what was declared and what a person confirmed. No key is needed.

    `detected` is what analysis found and nobody confirmed. It is empty unless the tenant publishes detections, the
    uploader was told so and asked for a declaration, and the time to reply ran out without a reply.
    """
    card = _public(backend, track_id).card
    response.headers.update(_caching(card, _CACHED))
    return card


@router.get("/tracks/{track_id}/card", include_in_schema=False)
def show_card(track_id: str, backend: BackendDep) -> HTMLResponse:
    """The same as a small page for an ``iframe``."""
    said = _public(backend, track_id)
    headers = _caching(said.card, _CARD)
    return render("card.html", headers=headers, card=said.card, sentence=first_exposure_text(said.declaration))


@router.get("/card.css", include_in_schema=False)
def card_style() -> Response:
    return Response((FOLDER / "card.css").read_bytes(), media_type="text/css", headers=_CACHED)


def _caching(card: CreditsCard, headers: dict[str, str]) -> dict[str, str]:
    """What a machine found is gone from everywhere as soon as somebody replies."""
    return headers | {"cache-control": "no-store"} if card.detected else headers


def _public(backend: Backend, track_id: str) -> Publishable:
    with backend.database.read() as session:
        track = Tracks(session).find(track_id)
        now = utc_now()
        if track is None or not is_public(session, track, now.date()):
            raise not_found("track")
        return publishable(session, track, now)
