"""Requests for a declaration: one for each track, open until it is answered or its time has run out."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.exports.published import AskedAbout
from schemas.verdict import Action
from service.store.cases import RAISED_BY_PEOPLE, Cases
from service.store.standing import undone
from service.store.tables.cases import Case
from service.store.tables.decisions import Decision, DecisionTrack
from service.store.tables.declaration_requests import DeclarationRequest
from service.store.tables.tracks import Track

CAUSE = f"{RAISED_BY_PEOPLE}declaration"
"""The cause of the case that an unanswered request makes."""


class DeclarationRequests:
    def __init__(self, session: Session) -> None:
        self._session = session

    def ask(
        self, track: Track, *, by: str, due_at: datetime, outcome: Action, now: datetime, told: Collection[str] = ()
    ) -> None:
        """Wait for a declaration. Asking again replaces the request before. Lock the track first.

        ``told`` are labels found in the track's audio that will be published where nobody replies.
        """
        row = self._session.get(DeclarationRequest, track.id)
        if row is None:
            row = DeclarationRequest(track_id=track.id)
            self._session.add(row)
        row.asked_by, row.asked_at, row.due_at, row.outcome, row.settled_at = by, now, due_at, outcome, None
        row.answered_at, row.told_labels = None, sorted(told) or None
        row.told_sha256 = track.audio_sha256 if told else None
        self._session.flush()

    def open(self, track_id: str) -> DeclarationRequest | None:
        """The request on a track that still waits."""
        return self.open_of([track_id]).get(track_id)

    def open_of(self, track_ids: Collection[str]) -> dict[str, DeclarationRequest]:
        """Requests that still wait, by track."""
        query = select(DeclarationRequest).where(DeclarationRequest.track_id.in_(track_ids))
        found = self._session.scalars(query.where(DeclarationRequest.settled_at.is_(None)))
        return {row.track_id: row for row in found}

    def answered(self, track: Track, now: datetime) -> None:
        """The track's uploader declared, or took it back: nothing waits any more. Lock the track first."""
        row = self._session.get(DeclarationRequest, track.id)
        if row is not None:
            row.settled_at = row.settled_at or now
            row.answered_at = row.answered_at or now
        for case in Cases(self._session).of_track(track.id):
            if case.cause == CAUSE:
                Cases(self._session).leave(track, case, now)
        self._session.flush()

    def asked_about(self, track: Track) -> AskedAbout | None:
        """What became of the request on a track, and what it told of the audio that the track has now."""
        row = self._session.get(DeclarationRequest, track.id)
        if row is None:
            return None
        taken_back = select(Decision.id).where(
            Decision.id == DecisionTrack.decision_id,
            DecisionTrack.track_id == track.id,
            Decision.case_id == Case.id,
            Case.cause == CAUSE,
            Decision.decided_at == row.settled_at,
            undone(),
        )
        return AskedAbout(
            told=(row.told_labels or []) if row.told_sha256 == track.audio_sha256 else [],
            due_at=row.due_at,
            settled=row.settled_at is not None,
            answered=row.answered_at is not None,
            taken_back=self._session.scalar(select(taken_back.exists())) or False,
        )

    def due(self, now: datetime, *, limit: int) -> Sequence[str]:
        """Tracks whose request has waited long enough, the longest first."""
        query = select(DeclarationRequest.track_id).where(
            DeclarationRequest.settled_at.is_(None), DeclarationRequest.due_at <= now
        )
        return self._session.scalars(query.order_by(DeclarationRequest.due_at).limit(limit)).all()
