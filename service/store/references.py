"""The sets of reference recordings: protected ones and confirmed spam, found in what is delivered by their sound.

What people confirm as spam needs no entry here: it follows from their decisions, and goes when a decision is undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from schemas.evidence import RecordingMatch, Relation
from schemas.recording_groups import GROUPING
from service.facts.registry import ReferenceKind, ReferenceRecording
from service.store.matches import Matches
from service.store.storable import storable
from service.store.tables.recordings import Recording
from service.store.tables.references import ReferenceRow

_STRONGEST_FIRST = list(ReferenceKind)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of a reference recording."""

    kind: ReferenceKind
    title: str | None = None
    artist: str | None = None
    isrc: str | None = None
    owner: str | None = None
    licensed_to: frozenset[str] = frozenset()
    release_date: date | None = None
    note: str | None = None


class References:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, audio_sha256: str, entry: Entry, now: datetime) -> None:
        """Enter a recording, or say something else of one that is entered."""
        row = self._session.get(ReferenceRow, audio_sha256)
        if row is None:
            row = ReferenceRow(audio_sha256=audio_sha256, added_at=now)
            self._session.add(row)
        row.kind, row.release_date = entry.kind, entry.release_date
        for name in ("title", "artist", "isrc", "owner", "note"):
            value = getattr(entry, name)
            setattr(row, name, storable(value) if value else None)
        row.licensed_to = sorted(storable(sender) for sender in entry.licensed_to)
        self._session.flush()

    def remove(self, audio_sha256: str) -> bool:
        """Take a recording out of its set; False where it is in none. What it matched stays known as a match."""
        row = self._session.get(ReferenceRow, audio_sha256)
        if row is None:
            return False
        self._session.delete(row)
        self._session.flush()
        return True

    def all(self, kind: ReferenceKind | None = None) -> Sequence[ReferenceRow]:
        """The recordings of a set, or of all, in the order in which they were entered."""
        query = select(ReferenceRow).order_by(ReferenceRow.added_at, ReferenceRow.audio_sha256)
        return self._session.scalars(query if kind is None else query.where(ReferenceRow.kind == kind)).all()

    def heard_in(self, audio_sha256: str, group_key: str) -> tuple[ReferenceRecording, RecordingMatch | None] | None:
        """The strongest reference in the group of an audio or, among others, in itself, as a recording of that name,
        and how the audio matches it; the match is missing where the two are linked through others alone. None where no
        reference is heard."""
        edges = Matches(self._session).edges(audio_sha256)
        group = select(Recording.audio_sha256).where(Recording.group_key == group_key)
        itself = [audio_sha256, *(other for other, match in edges.items() if match.relation in GROUPING)]
        here = or_(ReferenceRow.audio_sha256.in_(itself), ReferenceRow.audio_sha256.in_(group))
        rows = self._session.scalars(select(ReferenceRow).where(here)).all()
        if not rows:
            return None

        def match_of(row: ReferenceRow) -> RecordingMatch | None:
            if row.audio_sha256 == audio_sha256:
                return RecordingMatch(relation=Relation.IDENTICAL, overlap_s=float("inf"), score=1.0)
            match = edges.get(row.audio_sha256)
            return match if match is not None and match.relation in GROUPING else None

        row = min(rows, key=lambda row: (_STRONGEST_FIRST.index(row.kind), match_of(row) is None, row.audio_sha256))
        reference = ReferenceRecording(
            id=group_key,
            kind=row.kind,
            title=row.title,
            artist=row.artist,
            isrc=row.isrc,
            owner=row.owner,
            release_date=row.release_date,
            licensed_to=frozenset(row.licensed_to),
            delivered=True,
        )
        return reference, match_of(row)
