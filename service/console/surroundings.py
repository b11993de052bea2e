"""What surrounds a case: the uploader's days, the ring of accounts, the cluster of one recording."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from schemas.verdict import CaseScope
from service.console.graph import MOST_NODES, ClusterGraph, RingGraph, cluster_graph, ring_graph
from service.console.timeline import DAYS_BESIDE_A_CASE, LOOKED_AT_BESIDE_A_CASE, Timeline, timeline
from service.store.cluster import cluster_of
from service.store.tables.cases import Case
from service.store.tables.tracks import Track
from service.store.ties import Ties

LISTED_SENDERS = 10
_FEWEST_FILES = 3
"""Two files are told well enough by the table of the track."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``timeline`` where one uploader delivered all of it; otherwise the first of ``senders`` are listed."""

    timeline: Timeline | None
    senders: list[str]
    more_senders: int
    ring: RingGraph | None
    cluster: ClusterGraph | None


def surroundings(session: Session, case: Case, members: Sequence[Track], now: datetime) -> Surroundings:
    """``members`` are the tracks of the case that the page lists."""
    names = list(dict.fromkeys(track.sender_key.split("/", 1)[-1] for track in members))
    alone = None
    if len(names) == 1:
        alone = timeline(session, case.tenant_id, names[0], now, DAYS_BESIDE_A_CASE, LOOKED_AT_BESIDE_A_CASE)
    ring = cluster = None
    if case.scope is CaseScope.SENDER:
        ring = ring_of(session, case.tenant_id, case.subject_key)
    if case.scope is CaseScope.RECORDING and members:
        found = cluster_of(session, case.tenant_id, case.subject_key)
        if len(found.files) >= _FEWEST_FILES:
            cluster = cluster_graph(found, members[0].audio_sha256)
    return Surroundings(alone, names[:LISTED_SENDERS], max(0, len(names) - LISTED_SENDERS), ring, cluster)


def ring_of(session: Session, tenant_id: str, sender_key: str) -> RingGraph | None:
    """The ring of an account, as far as a page shows it; ``None`` where it is alone."""
    return ring_graph(Ties(session).rings(tenant_id, sender_key, most=MOST_NODES), sender_key)
