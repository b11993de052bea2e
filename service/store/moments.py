"""Stored facts as back-tests read them: what the rules saw of each track, and what people found."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.quality import FINDINGS, Finding
from service.rules.backtest import Confirmed, Moment
from service.rules.moments import flattened
from service.store.standing import reason_on_track, replaced, undone
from service.store.tables.decisions import Decision, DecisionTrack
from service.store.tables.recordings import Recording
from service.store.tables.tracks import Track
from service.store.tables.verdicts import Verdict

_FOUND = {Finding.UPHELD: Confirmed.BAD, Finding.CLEARED: Confirmed.GOOD}
"""What a finding says of a rule's suspicion. A corrected declaration or another reason says neither."""

_ROWS_AT_ONCE = 1_000


def stored_moments(session: Session, *, newest: int | None = None) -> Iterator[Moment]:
    """The standing verdict of every track, in order of acceptance, with the facts of its moment.

    ``newest`` limits it to so many places of the order of acceptance, the latest.
    """
    found = _decided(session)
    query = (
        select(
            Track.id,
            Track.revision,
            Track.accepted_at,
            Track.sender_key,
            Track.release_id,
            Recording.group_key,
            Verdict,
        )
        .join(Verdict, Verdict.track_id == Track.id)
        .outerjoin(Recording, Recording.audio_sha256 == Track.audio_sha256)
        .where(Verdict.standing)
        .order_by(Track.accepted_seq)
    )
    if newest is not None:
        last = session.scalar(select(func.max(Track.accepted_seq))) or 0
        query = query.where(Track.accepted_seq > last - newest)
    rows = session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE))
    for track_id, revision, accepted_at, sender, release, recording, verdict in rows:
        yield Moment(
            track=track_id,
            day=accepted_at.date().isoformat(),
            facts=flattened(verdict.facts),
            sender=sender,
            release=release,
            recording=recording,
            confirmed=found.get((track_id, revision)),
        )


def _decided(session: Session) -> dict[tuple[str, int], Confirmed]:
    """What the latest standing decision on each revision of a track says."""
    query = (
        select(DecisionTrack.track_id, DecisionTrack.revision, reason_on_track())
        .join(Decision, Decision.id == DecisionTrack.decision_id)
        .where(~undone(), ~replaced())
        .order_by(Decision.seq)
    )
    return {
        (track_id, revision): _FOUND[FINDINGS[reason]]
        for track_id, revision, reason in session.execute(query)
        if FINDINGS[reason] in _FOUND
    }
