"""Whether a person has found the present content of a track benign."""

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from schemas.review import ReasonCode
from service.store.tables.decisions import Decision, DecisionTrack, DecisionUndo
from service.store.tables.tracks import Track


def reviewed_benign(session: Session, track: Track) -> bool:
    """Whether a decision stands that says so of the track's present revision."""
    later = aliased(Decision)
    replaced = exists().where(later.supersedes == Decision.id, ~exists().where(DecisionUndo.decision_id == later.id))
    query = (
        select(Decision.seq)
        .join(DecisionTrack, DecisionTrack.decision_id == Decision.id)
        .where(
            DecisionTrack.track_id == track.id,
            DecisionTrack.revision == track.revision,
            func.coalesce(DecisionTrack.reason, Decision.reason) == ReasonCode.REVIEWED_BENIGN,
            ~exists().where(DecisionUndo.decision_id == Decision.id),
            ~replaced,
        )
    )
    return session.scalar(query.limit(1)) is not None
