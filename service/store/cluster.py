"""A recording's files within a tenant and the matches between them, as many as a page shows."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.evidence import RecordingMatch
from schemas.recording_groups import GROUPING
from service.store.matches import Matches
from service.store.tables.recordings import RecordingEdge
from service.store.tables.tracks import Track

MOST_FILES = 60
MOST_EDGES = 300
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class ClusterFile:
    """One audio with its first delivery and the number of deliveries seen of it."""

    track: Track
    deliveries: int


@dataclass(frozen=True, slots=True)
class ClusterEdge:
    """A match between two files, as that of ``low`` against ``high``; ``joins``: it makes them one recording."""

    low: str
    high: str
    match: RecordingMatch
    joins: bool


@dataclass(frozen=True, slots=True)
class Cluster:
    """``more`` files were found beyond those shown, among the deliveries that were looked at; ``whole``: all were."""

    files: list[ClusterFile]
    edges: list[ClusterEdge]
    more: int
    whole: bool


def cluster_of(session: Session, tenant_id: str, audio_sha256: str) -> Cluster:
    """The tenant's files that carry an audio's recording, the first delivered first.

    Edges to files of other tenants are not told. Of a cluster of thousands the first 500 deliveries are looked at.
    """
    tracks = Matches(session).tracks(audio_sha256, tenant_id=tenant_id, limit=_LOOKED_AT)
    first: dict[str, Track] = {}
    counts: dict[str, int] = {}
    for track in tracks:
        first.setdefault(track.audio_sha256, track)
        counts[track.audio_sha256] = counts.get(track.audio_sha256, 0) + 1
    shown = list(first)[:MOST_FILES]
    query = (
        select(RecordingEdge)
        .where(RecordingEdge.low_sha256.in_(shown), RecordingEdge.high_sha256.in_(shown))
        .order_by(RecordingEdge.low_sha256, RecordingEdge.high_sha256)
    )
    edges = [
        ClusterEdge(row.low_sha256, row.high_sha256, RecordingMatch.model_validate(row.match), row.relation in GROUPING)
        for row in session.scalars(query.limit(MOST_EDGES))
    ]
    files = [ClusterFile(first[one], counts[one]) for one in shown]
    return Cluster(files, edges, len(first) - len(shown), len(tracks) < _LOOKED_AT)
