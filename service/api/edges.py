"""``/v1/tracks/{id}/edges``: what ties a track to others, as evidence."""

from fastapi import APIRouter
from sqlalchemy.orm import Session

from schemas.edges import EdgeKind, TrackEdge, TrackEdges
from schemas.problems import ProblemType
from service.api.access import TracksReader
from service.api.backend import BackendDep
from service.api.openapi import problem_responses
from service.api.problems import not_found
from service.api.track_views import summary
from service.facts.rings import Tie
from service.store.artworks import Artworks
from service.store.matches import Matches
from service.store.tables.tracks import Track
from service.store.ties import Ties
from service.store.tracks import Tracks

router = APIRouter(prefix="/v1/tracks", tags=["tracks"])

MOST_SHOWN = 500
"""Edges of one kind that are shown at most."""
_TIES = {
    Tie.PAYOUT: EdgeKind.PAYOUT,
    Tie.DEVICE: EdgeKind.DEVICE,
    Tie.NETWORK: EdgeKind.NETWORK,
    Tie.REGISTRANT: EdgeKind.REGISTRANT,
}
"""Ties of accounts. Those of a recording and of a cover are shown as edges of the tracks themselves."""


@router.get(
    "/{track_id}/edges",
    summary="Read a track's edges",
    responses=problem_responses(ProblemType.UNAUTHENTICATED, ProblemType.MISSING_SCOPE, ProblemType.NOT_FOUND),
)
def read_edges(track_id: str, backend: BackendDep, principal: TracksReader) -> TrackEdges:
    """Every edge from this track to the tenant's other tracks and senders, by kind and in order of acceptance.

    An edge is kept and shown whether it joins a group or not. Where the two tracks have the very same file there is no
    edge between them: they are one audio, or one picture.
    """
    with backend.database.read() as session:
        track = Tracks(session).get(principal.tenant_id, track_id)
        if track is None:
            raise not_found("track")
        kinds = [_recordings(session, track), _covers(session, track), _names(session, track)]
        kinds += _senders(session, track)
    return TrackEdges(
        track_id=track.id,
        edges=[edge for edges in kinds for edge in edges[:MOST_SHOWN]],
        more=any(len(edges) > MOST_SHOWN for edges in kinds),
    )


def _recordings(session: Session, track: Track) -> list[TrackEdge]:
    matches = Matches(session)
    edges = matches.edges(track.audio_sha256)
    joined = matches.in_its_group(track.audio_sha256, edges)
    return [
        TrackEdge(
            kind=EdgeKind.RECORDING,
            joins=other.audio_sha256 in joined,
            track=summary(other),
            match=edges[other.audio_sha256],
        )
        for other in Tracks(session).with_audio(track.tenant_id, edges, limit=MOST_SHOWN + 1)
    ]


def _covers(session: Session, track: Track) -> list[TrackEdge]:
    artworks = Artworks(session)
    cover = artworks.cover_of(track.id)
    edges = artworks.edges(cover) if cover else {}
    others = artworks.showing(track.tenant_id, edges, limit=MOST_SHOWN + 1)
    joins = cover is not None and Ties(session).may_join(track.tenant_id, Tie.COVER, cover)
    return [
        TrackEdge(kind=EdgeKind.ARTWORK, joins=joins, track=summary(other), bits_apart=edges[artwork])
        for other, artwork in others
    ]


def _names(session: Session, track: Track) -> list[TrackEdge]:
    """Tracks of the same title by the same artists. Live takes, remasters and hymns share them too: none joins."""
    others = Tracks(session).with_names_of(track, limit=MOST_SHOWN + 1)
    return [TrackEdge(kind=EdgeKind.TEXT, joins=False, track=summary(other)) for other in others]


def _senders(session: Session, track: Track) -> list[list[TrackEdge]]:
    """Edges of the track's sender, a list a kind."""
    found: dict[Tie, list[TrackEdge]] = {tie: [] for tie in _TIES}
    for tie, account, joins in Ties(session).edges(track.tenant_id, track.sender_key):
        if tie in found:
            name = account.partition("/")[2]
            found[tie].append(TrackEdge(kind=_TIES[tie], joins=joins, sender=name))
    return list(found.values())
