"""Sightings: what the behaviour counters keep of each track, and who has to be told when that changes."""

from collections.abc import Collection
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from schemas.review import TrackState
from service.facts.activity import CUSUM_DAYS
from service.facts.bulk import MOST_TRACKS, WINDOW
from service.facts.sightings import Sighting
from service.store.artworks import Artworks
from service.store.counters import Counters
from service.store.storable import storable
from service.store.tables.evidence import EvidenceRow
from service.store.tables.sightings import SightingRow
from service.store.tables.tracks import Track

REACH = timedelta(days=CUSUM_DAYS + 2)
"""How far back the facts of a sender look."""
MOST_TOLD = 2_000
"""So many later tracks are judged again at most when an earlier one proves different: those that come next."""
REACH_BACK = timedelta(hours=24)
"""What was delivered so shortly before its sender stood out is judged as part of the same batch."""

_SETS = ("protected",)
_APART = ("at", "track_id", "sender_id")


class Sightings:
    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, track_id: str, *, lock: bool = False) -> SightingRow:
        """The row of a track. With ``lock`` nobody else may change it until commit. Raises ``NoResultFound``."""
        query = select(SightingRow).where(SightingRow.track_id == track_id)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return self._session.scalars(query).one()

    def put(
        self,
        row: SightingRow,
        sighting: Sighting | None,
        *,
        audio_sha256: str,
        fresh: bool,
        functional: bool,
        short: bool,
        accused: bool,
    ) -> bool:
        """Keep what was found of a track, and correct the counters by it. Lock the row first.

        True where later tracks would be judged otherwise; the row then stays unsettled until they were told, so that
        nothing is lost with whoever is to tell them.
        """
        details = document_of(sighting) if sighting is not None else None
        counted = Counters(self._session).correct(row, fresh=fresh, functional=functional, short=short)
        changed = counted or details != row.details or audio_sha256 != row.audio_sha256
        row.details, row.audio_sha256, row.accused = details, audio_sha256, accused
        row.copied = sighting is not None and sighting.copied_from is not None
        row.unsettled = row.unsettled or changed
        self._session.flush()
        return changed

    def before(self, row: SightingRow, senders: Collection[str]) -> list[Sighting]:
        """What these senders delivered in the 30 days before a track, at most 1,000, in order of acceptance."""
        query = (
            select(SightingRow.at, SightingRow.track_id, SightingRow.sender_key, SightingRow.details)
            .where(
                SightingRow.sender_key.in_(sorted(senders)),
                SightingRow.seq < row.seq,
                SightingRow.at >= row.at - WINDOW,
                SightingRow.details.is_not(None),
            )
            .order_by(SightingRow.seq.desc())
            .limit(MOST_TRACKS)
        )
        rows = self._session.execute(query).all()
        found = [sighting_from(at, track_id, sender, details) for at, track_id, sender, details in reversed(rows)]
        pictures = Artworks(self._session).pictures(sighting.cover for sighting in found)
        return [replace(one, cover=pictures[one.cover]) if one.cover else one for one in found]

    def later(self, row: SightingRow, senders: Collection[str], pipeline: str) -> list[str]:
        """Analysed tracks of these senders that count this one, the next ones first.

        What is not analysed yet sees the change by itself: its evidence is committed before it is judged.
        """
        query = (
            select(SightingRow.track_id)
            .join(Track, Track.id == SightingRow.track_id)
            .where(
                SightingRow.sender_key.in_(sorted(senders)),
                SightingRow.seq > row.seq,
                SightingRow.at <= row.at + REACH,
                exists().where(EvidenceRow.audio_sha256 == Track.audio_sha256, EvidenceRow.pipeline == pipeline),
            )
            .order_by(SightingRow.seq)
            .limit(MOST_TOLD)
        )
        return list(self._session.scalars(query))

    def accused_next(self, row: SightingRow) -> str | None:
        """The next track of the same sender, within a day, with which the sender stood out by its own counters."""
        query = (
            select(SightingRow.track_id)
            .join(Track, Track.id == SightingRow.track_id)
            .where(
                SightingRow.sender_key == row.sender_key,
                SightingRow.seq > row.seq,
                SightingRow.at <= row.at + REACH_BACK,
                SightingRow.accused,
                Track.state == TrackState.DECIDED,
            )
            .order_by(SightingRow.seq)
        )
        return self._session.scalars(query.limit(1)).one_or_none()

    def led_up_to(self, row: SightingRow, pipeline: str) -> list[str]:
        """Analysed tracks of the day before, back to the last one with which the sender stood out by itself."""
        last = (
            select(SightingRow.seq)
            .where(SightingRow.sender_key == row.sender_key, SightingRow.seq < row.seq, SightingRow.accused)
            .order_by(SightingRow.seq.desc())
            .limit(1)
        )
        since = self._session.scalar(last) or 0
        query = (
            select(SightingRow.track_id)
            .join(Track, Track.id == SightingRow.track_id)
            .where(
                SightingRow.sender_key == row.sender_key,
                SightingRow.seq < row.seq,
                SightingRow.seq > since,
                SightingRow.at >= row.at - REACH_BACK,
                exists().where(EvidenceRow.audio_sha256 == Track.audio_sha256, EvidenceRow.pipeline == pipeline),
            )
            .order_by(SightingRow.seq.desc())
            .limit(MOST_TOLD)
        )
        return list(self._session.scalars(query))


def document_of(sighting: Sighting) -> dict[str, Any]:
    """A sighting as JSON: what is as it is by default is left out."""
    found = {}
    for field in fields(Sighting):
        value = getattr(sighting, field.name)
        if field.name in _APART or value == field.default:
            continue
        if isinstance(value, frozenset):
            value = sorted(value)
        elif isinstance(value, tuple):
            value = list(value)
        found[field.name] = storable(value) if isinstance(value, str) else value
    return found


def sighting_from(at: datetime, track_id: str, sender_id: str, document: dict[str, Any]) -> Sighting:
    known = {name: value for name, value in document.items() if name in _FIELDS}
    for name in _SETS:
        if name in known:
            known[name] = frozenset(known[name])
    if "texture" in known:
        known["texture"] = tuple(known["texture"])
    return Sighting(at=at.astimezone(UTC), track_id=track_id, sender_id=sender_id, **known)


_FIELDS = frozenset(field.name for field in fields(Sighting)) - set(_APART)
