"""Whether a person has found the present content of a track benign."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.review import ReasonCode
from service.store.standing import reason_on_track, replaced, undone
from service.store.tables.decisions import Decision, DecisionTrack
from service.store.tables.tracks import Track


def reviewed_benign(session: Session, track: Track) -> bool:
    """Whether a decision stands that says so of the track's present revision."""
    query = (
        select(Decision.seq)
        .join(DecisionTrack, DecisionTrack.decision_id == Decision.id)
        .where(
            DecisionTrack.track_id == track.id,
            DecisionTrack.revision == track.revision,
            reason_on_track() == ReasonCode.REVIEWED_BENIGN,
            ~undone(),
            ~replaced(),
        )
    )
    return session.scalar(query.limit(1)) is not None
