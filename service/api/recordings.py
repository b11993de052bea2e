"""``/v1/recordings``: the same recording, however often and under whatever name the tenant delivered it."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from schemas.identifiers import Isrc
from schemas.pages import Page
from schemas.problems import ProblemType
from schemas.recordings import RecordingOut, RecordingTrack
from service.api.access import TracksReader
from service.api.backend import BackendDep
from service.api.openapi import problem_responses
from service.api.track_views import summary
from service.store.matches import Matches
from service.store.tables.tracks import Track
from service.store.tracks import Tracks

router = APIRouter(prefix="/v1/recordings", tags=["recordings"])

MAX_TRACKS = 500
"""Most tracks under one ISRC, and of one recording, that are looked at; honest ones have a handful."""


@router.get("", summary="Find recordings by ISRC", responses=problem_responses(ProblemType.UNAUTHENTICATED))
def find_recordings(
    backend: BackendDep,
    principal: TracksReader,
    isrc: Annotated[Isrc, Query(max_length=40, description="ISRC, with or without hyphens.")],
) -> Page[RecordingOut]:
    """The recordings that were delivered under an ISRC: one, if all is well.

    Each comes with the tenant's other deliveries of the same recording, which analysis found under whatever ISRC.
    """
    with backend.database.read() as session:
        groups: dict[str, list[Track]] = {}
        for track in Tracks(session).page(principal.tenant_id, isrc=isrc, limit=MAX_TRACKS):
            groups.setdefault(Matches(session).group_key(track.audio_sha256), []).append(track)
        items = [
            RecordingOut(id=_recording_id(principal.tenant_id, key), isrc=isrc, tracks=_deliveries(session, found[0]))
            for key, found in groups.items()
        ]
    return Page(items=items)


def _deliveries(session: Session, asked: Track) -> list[RecordingTrack]:
    matches = Matches(session)
    edges = matches.edges(asked.audio_sha256)
    return [
        RecordingTrack(track=summary(track), match=edges.get(track.audio_sha256))
        for track in matches.tracks(asked.audio_sha256, tenant_id=asked.tenant_id, limit=MAX_TRACKS)
    ]


def _recording_id(tenant_id: str, group_key: str) -> str:
    """Steady as long as the group is, and saying nothing of who else delivered the recording."""
    return "rec_" + hashlib.sha256(f"{tenant_id}/{group_key}".encode()).hexdigest()[:26]
