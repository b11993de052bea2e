"""Everything that is stored of one party: a sender of a tenant, or a tenant with all its senders.

Rows are found by what they refer to, so that a new table with a ``track_id`` belongs to it without being named here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, or_, select
from sqlalchemy.orm import Session

from schemas.appeals import AppealState
from schemas.review import CaseState
from service.store.tables import Base
from service.store.tables.appeals import Appeal
from service.store.tables.attachments import Attachment
from service.store.tables.blobs import Blob
from service.store.tables.cases import Case, CaseTrack
from service.store.tables.decisions import DecisionTrack
from service.store.tables.senders import SenderRow
from service.store.tables.sightings import SightingRow
from service.store.tables.track_revisions import TrackRevision
from service.store.tables.tracks import Track

CHUNK = 500

HIDDEN = {
    "api_key": {"sha256"},
    "webhook": {"secret", "previous_secret"},
    "upload": {"sha256"},
    "decision": {"decided_by", "note"},
    "decision_undo": {"undone_by", "note"},
    "appeal": {"decided_by"},
    "declaration_request": {"asked_by"},
    "report": {"name", "email", "email_key", "statement", "links", "via"},
}
"""Columns that are not handed out: what opens something, what people at work wrote for each other, and who sent a
notice about a track, with what they wrote: that is theirs."""

OF_TENANT = ("api_key", "webhook", "delivery", "ern_message", "ern_release", "upload", "watched_batch", "release")
"""Tables that belong to a tenant as a whole, besides what belongs to its tracks and senders."""


@dataclass(frozen=True, slots=True)
class Party:
    """``sender`` as the tenant calls it; ``None``: the tenant with all its senders."""

    tenant_id: str
    sender: str | None

    @property
    def sender_key(self) -> str:
        return f"{self.tenant_id}/{self.sender or ''}"

    def sends(self, column: Any) -> ColumnElement[bool]:
        """Whether a column of sender keys names the party."""
        if self.sender is None:
            within: ColumnElement[bool] = column.startswith(f"{self.tenant_id}/", autoescape=True)
            return within
        named: ColumnElement[bool] = column == self.sender_key
        return named


class Parties:
    def __init__(self, session: Session, party: Party) -> None:
        self._session = session
        self._party = party

    def track_ids(self, *, limit: int | None = None) -> list[str]:
        """Tracks that the party delivered and of which something is still kept, in order of acceptance."""
        seen = select(SightingRow.track_id).where(self._party.sends(SightingRow.sender_key))
        query = select(Track.id).where(
            Track.tenant_id == self._party.tenant_id,
            Track.erased_at.is_(None),
            or_(self._party.sends(Track.sender_key), Track.id.in_(seen)),
        )
        return list(self._session.scalars(query.order_by(Track.accepted_seq).limit(limit)))

    def open_questions(self) -> tuple[list[str], list[str]]:
        """Open cases and open appeals that the party's tracks are in."""
        cases: set[str] = set()
        appeals: set[str] = set()
        for ids in _chunks(self.track_ids()):
            member = select(CaseTrack.case_id).where(CaseTrack.track_id.in_(ids), CaseTrack.left_at.is_(None))
            cases.update(
                self._session.scalars(select(Case.id).where(Case.id.in_(member), Case.state == CaseState.OPEN))
            )
            query = select(Appeal.id).where(Appeal.track_id.in_(ids), Appeal.state == AppealState.OPEN)
            appeals.update(self._session.scalars(query))
        return sorted(cases), sorted(appeals)

    def hashes(self, track_ids: Sequence[str]) -> set[str]:
        """Audio and artwork of these tracks, in all revisions."""
        query = select(TrackRevision.audio_sha256, TrackRevision.artwork_sha256)
        rows = self._session.execute(query.where(TrackRevision.track_id.in_(track_ids)))
        return {sha256 for row in rows for sha256 in row if sha256}

    def rows(self) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
        """Every table that holds something of the party, with its rows as they are stored."""
        tracks = self.track_ids()
        for table in Base.metadata.sorted_tables:
            yield table.name, self._rows_of(table, tracks)

    def _rows_of(self, table: Table, tracks: list[str]) -> Iterator[dict[str, Any]]:
        columns = [column for column in table.columns if column.name not in HIDDEN.get(table.name, ())]
        for condition in self._conditions(table, tracks):
            query: Select[Any] = select(*columns).where(condition).order_by(*table.primary_key.columns)
            for row in self._session.execute(query):
                yield dict(row._mapping)

    def _conditions(self, table: Table, tracks: list[str]) -> Iterator[ColumnElement[bool]]:
        """What of a table is the party's; for lists of tracks, so many at a time."""
        columns = table.columns
        name = table.name
        if name in OF_TENANT and self._party.sender is None:
            yield columns.tenant_id == self._party.tenant_id
        elif name in ("sender", "sender_tie"):
            yield self._party.sends(columns.sender_key)
        elif name == "hourly_count":
            yield self._party.sends(columns.key)
        for ids in _chunks(tracks):
            if name == "track":
                yield columns.id.in_(ids)
            elif "track_id" in columns:
                yield columns.track_id.in_(ids)
            elif name in ("appeal_message", "attachment"):
                about = columns.appeal_id if name == "appeal_message" else columns.subject_id
                yield about.in_(select(Appeal.id).where(Appeal.track_id.in_(ids)))
            elif name in ("decision", "decision_undo"):
                decided = columns.id if name == "decision" else columns.decision_id
                yield decided.in_(select(DecisionTrack.decision_id).where(DecisionTrack.track_id.in_(ids)))
            elif name in ("evidence", "reference_recording"):
                yield columns.audio_sha256.in_(self.hashes(ids))
            elif name in ("blob", "artwork"):
                yield columns.sha256.in_(self.hashes(ids))
            elif name == "release" and self._party.sender is not None:
                yield columns.id.in_(select(Track.release_id).where(Track.id.in_(ids)))

    def files(self) -> list[str]:
        """Contents that the party handed in and that are still kept: audio, artwork, files of appeals."""
        found: set[str] = set()
        for ids in _chunks(self.track_ids()):
            found |= self.hashes(ids)
            handed_in = select(Attachment.sha256).where(
                Attachment.subject_id.in_(select(Appeal.id).where(Appeal.track_id.in_(ids)))
            )
            found.update(self._session.scalars(handed_in))
        kept: set[str] = set()
        for hashes in _chunks(sorted(found)):
            kept.update(
                self._session.scalars(select(Blob.sha256).where(Blob.sha256.in_(hashes), Blob.erased_at.is_(None)))
            )
        return sorted(kept)

    def is_known(self) -> bool:
        """Whether anything of the party is stored."""
        if self._party.sender is None:
            return True
        sender = select(SenderRow.sender_key).where(self._party.sends(SenderRow.sender_key)).limit(1)
        return bool(self.track_ids(limit=1)) or self._session.scalar(sender) is not None


def _chunks(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
