"""Audio that people decided about as generated or not: what a model is compared with, and may learn from."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.review import DecisionBasis, ReasonCode
from schemas.verdict import Label
from service.store.decisions import BY_DEADLINE
from service.store.standing import replaced, undone
from service.store.tables.decisions import Decision, DecisionTrack
from service.store.tables.track_revisions import TrackRevision
from service.store.tables.tracks import Track


@dataclass(frozen=True)
class ReviewedAudio:
    """What a person found of an audio. ``basis`` is missing where the score was in view: it may be compared with, and
    not learned from. ``sender_key`` is who delivered it: people of one sender come from one mastering chain."""

    audio_sha256: str
    is_ai: bool
    basis: DecisionBasis | None
    sender_key: str
    tenant_id: str
    decision_id: str


def reviewed_audio(session: Session, tenant_id: str | None = None) -> Iterator[ReviewedAudio]:
    """The decisions of people that stand and say whether something was generated, on the audio that they were about.

    Exceptions for single tracks count for those; tracks that were erased are left out.

    EITHER the label of detection or the reason says so; where both do, the label counts. The newest decision on an
    audio comes last; whoever wants one for each audio keeps that.
    """
    query = (
        select(Decision, DecisionTrack, Track, TrackRevision.audio_sha256)
        .join(DecisionTrack, DecisionTrack.decision_id == Decision.id)
        .join(Track, Track.id == DecisionTrack.track_id)
        .join(
            TrackRevision,
            (TrackRevision.track_id == DecisionTrack.track_id) & (TrackRevision.revision == DecisionTrack.revision),
        )
        .where(~undone(), ~replaced(), Decision.decided_by != BY_DEADLINE)
        .where(Track.erased_at.is_(None))
        .order_by(Decision.seq)
    )
    if tenant_id is not None:
        query = query.where(Decision.tenant_id == tenant_id)
    for decision, member, track, audio_sha256 in session.execute(query).yield_per(500):
        is_ai = says_generated(decision if member.action is None else member)
        if is_ai is not None:
            yield ReviewedAudio(audio_sha256, is_ai, decision.basis, track.sender_key, decision.tenant_id, decision.id)


def says_generated(said: Decision | DecisionTrack) -> bool | None:
    """Whether a decision, or its exception for a track, says that a recording was generated, that it was not, or
    nothing of the kind."""
    if Label.AI_DETECTED in (said.confirm_labels or ()):
        return True
    if Label.AI_DETECTED in (said.reject_labels or ()):
        return False
    reason = said.reason
    return {ReasonCode.AI_CONFIRMED: True, ReasonCode.AI_NOT_CONFIRMED: False}.get(reason) if reason else None
