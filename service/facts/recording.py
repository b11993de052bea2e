"""Facts of a recording's group: who delivered the same recording before, and under which names.

The same audio is not spam: a hit stands on 44 compilations, a label moves its catalogue, an owner issues a remaster.
The same audio under another ISRC *and* another artist is the signal. Order is order of acceptance, whatever the order
of analysis, so that of two copies the later accepted is always the duplicate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.catalogue import TrackMetadata
from schemas.evidence import RecordingMatch
from schemas.facts import RecordingFacts
from service.facts.names import fold, fold_p_line


@dataclass(frozen=True, slots=True)
class GroupMember:
    """One track of a recording's group as the judged track sees it."""

    track_id: str
    accepted_seq: int
    """Place in the global order of acceptance."""
    artists: frozenset[str]
    """Folded names of the main artists."""
    isrc: str | None = None
    sender_id: str | None = None
    p_line: str | None = None
    match: RecordingMatch | None = None
    """How the judged track matches this member; missing for the track itself and where only others link the two."""
    withdrawn: bool = False
    """Its sender took it back."""

    @classmethod
    def of(
        cls,
        track_id: str,
        accepted_seq: int,
        metadata: TrackMetadata,
        *,
        sender_id: str | None = None,
        match: RecordingMatch | None = None,
    ) -> "GroupMember":
        return cls(
            track_id=track_id,
            accepted_seq=accepted_seq,
            artists=frozenset(fold(artist.name) for artist in metadata.main_artists()),
            isrc=metadata.isrc,
            sender_id=sender_id if sender_id is not None else metadata.sender.id,
            p_line=metadata.p_line,
            match=match,
        )


def other_artist(one: GroupMember, other: GroupMember) -> bool:
    """No main artist in common."""
    return bool(one.artists) and bool(other.artists) and not one.artists & other.artists


def other_isrc(one: GroupMember, other: GroupMember) -> bool:
    """Both ISRCs are known and differ: an unknown ISRC is not another one."""
    return one.isrc is not None and other.isrc is not None and one.isrc != other.isrc


def unknown_isrc(one: GroupMember, other: GroupMember) -> bool:
    """At least one of both has no ISRC, so that nobody can say whether they are two."""
    return one.isrc is None or other.isrc is None


def same_owner(one: GroupMember, other: GroupMember) -> bool:
    """Shown by the same sender or the same owner in the P-line; where both are unknown nothing is shown."""
    if one.sender_id is not None and one.sender_id == other.sender_id:
        return True
    return one.p_line is not None and other.p_line is not None and fold_p_line(one.p_line) == fold_p_line(other.p_line)


def is_compared(judged: GroupMember, earlier: GroupMember) -> bool:
    """Whether an earlier member says something about the names of this one: what the same sender took back, and
    delivered again as it should be, does not."""
    return not (earlier.withdrawn and judged.sender_id is not None and judged.sender_id == earlier.sender_id)


def is_copy(judged: GroupMember, earlier: GroupMember) -> bool:
    """Another artist, another ISRC, and no owner in the P-line that the two have in common.

    The same sender does not excuse here: one sender under many names is what a clone farm is.
    """
    if not (other_artist(judged, earlier) and other_isrc(judged, earlier) and is_compared(judged, earlier)):
        return False
    return judged.sender_id == earlier.sender_id or not same_owner(judged, earlier)


def is_returned_renamed(judged: GroupMember, earlier: GroupMember) -> bool:
    """The sender took this recording back and delivers it again with nothing of its identity left."""
    if is_compared(judged, earlier):
        return False
    return other_artist(judged, earlier) and other_isrc(judged, earlier)


def recording_facts(judged: GroupMember, group: Sequence[GroupMember]) -> RecordingFacts:
    """Facts of ``judged`` within its group, in whatever order the members come.

    ``group`` holds the other members; ``judged`` itself may be among them. What compares looks at earlier members
    alone, what counts looks at all that are known now. Relation, speed, pitch and overlap are those of the earliest
    member with a match of its own.
    """
    others = {member.track_id: member for member in group if member.track_id != judged.track_id}
    members = sorted([judged, *others.values()], key=lambda member: member.accepted_seq)
    earlier = [member for member in members if member.accepted_seq < judged.accepted_seq]
    compared = [member for member in earlier if is_compared(judged, member)]
    linked = next((member.match for member in earlier if member.match is not None), None)
    return RecordingFacts(
        matches_earlier=bool(earlier),
        other_artist_and_isrc=any(other_artist(judged, m) and other_isrc(judged, m) for m in compared),
        other_artist_isrc_unknown=any(other_artist(judged, m) and unknown_isrc(judged, m) for m in compared),
        same_owner=any(same_owner(judged, m) for m in earlier) if earlier else None,
        relation=linked.relation.value if linked else None,
        speed_ratio=linked.speed_ratio if linked else None,
        pitch_semitones=linked.pitch_semitones if linked else None,
        overlap_s=linked.overlap_s if linked else None,
        group_tracks=len(members),
        group_artists=_distinct_artists(members),
        group_isrcs=len({m.isrc for m in members if m.isrc is not None}),
        group_senders=len({m.sender_id for m in members if m.sender_id is not None}),
    )


def _distinct_artists(members: Sequence[GroupMember]) -> int:
    """Billings that share no name with each other: ``A`` and ``A feat. B`` are one artist, not two."""
    parties: list[set[str]] = []
    for member in members:
        if not member.artists:
            continue
        touching = [party for party in parties if party & member.artists]
        parties = [party for party in parties if not party & member.artists]
        parties.append(set(member.artists).union(*touching))
    return len(parties)
