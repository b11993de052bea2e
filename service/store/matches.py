"""Which audio is the same recording, and the tracks that carry it.

Groups are the connected parts of the graph whose edges are matches of a grouping relation. A group is named by the
smallest SHA-256 in it, so that neither the order of analysis nor the order in which edges are found changes anything.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, case, func, literal, or_, select, text, union, union_all, update
from sqlalchemy.orm import Session

from schemas.evidence import MatchedSegment, RecordingMatch, Relation
from schemas.recording_groups import GROUPING, is_one_recording
from schemas.review import TrackState
from service.facts.recording import GroupMember
from service.store.cases import Cases
from service.store.inserting import insert_or
from service.store.tables.evidence import EvidenceRow
from service.store.tables.fingerprints import FingerprintRow
from service.store.tables.recordings import Recording, RecordingEdge
from service.store.tables.tracks import Track
from service.store.unindexed import unindexed

_GROUPS_LOCK = 0x65617247  # "earG"


MOST_MEMBERS = 200


@dataclass(frozen=True, slots=True)
class GroupSize:
    tracks: int
    isrcs: int
    senders: int


class Matches:
    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, query_sha256: str, reference_sha256: str, match: RecordingMatch, now: datetime) -> bool:
        """Keep a match of ``query`` against ``reference``, and join their groups where the two are one recording
        (:mod:`schemas.recording_groups`). True if anything is new.

        The same pair found again, from either side, replaces what was known of it.
        """
        if query_sha256 == reference_sha256:
            return False
        low, high = sorted((query_sha256, reference_sha256))
        if low != query_sha256:
            match = seen_from_reference(match)
        details = match.model_dump(mode="json")
        self._lock_groups()
        edge = self._session.get(RecordingEdge, (low, high))
        if edge is not None and edge.match == details:
            return False
        if edge is None:
            edge = RecordingEdge(low_sha256=low, high_sha256=high)
            self._session.add(edge)
        edge.relation, edge.match, edge.found_at = match.relation, details, now
        self._session.flush()
        lengths = self._lengths(low, high)
        if is_one_recording(match, lengths.get(low), lengths.get(high)):
            self._join(low, high)
        return True

    def group_key(self, audio_sha256: str) -> str:
        """Name of the audio's group; an audio that matches nothing is a group by itself."""
        recording = self._session.get(Recording, audio_sha256, populate_existing=True)
        return recording.group_key if recording is not None else audio_sha256

    def group_keys(self, audio: Collection[str]) -> dict[str, str]:
        """The same of several."""
        query = select(Recording.audio_sha256, Recording.group_key).where(Recording.audio_sha256.in_(sorted(audio)))
        return {one: one for one in audio} | dict(self._session.execute(query).all())

    def in_its_group(self, audio_sha256: str, others: Collection[str]) -> set[str]:
        """Those of the other audios that are in the audio's group."""
        query = select(Recording.audio_sha256).where(
            Recording.group_key == self.group_key(audio_sha256), Recording.audio_sha256.in_(sorted(others))
        )
        return set(self._session.scalars(query))

    def holding(self, audio_sha256: str) -> list[str]:
        """All tracks in which this audio is heard: those of its group, and mixes that hold it among others."""
        direct = [other for other, match in self.edges(audio_sha256).items() if match.relation in GROUPING]
        columns = select(Track.id, Track.accepted_seq)
        heard = union(columns.where(self.in_group(audio_sha256)), columns.where(Track.audio_sha256.in_(direct)))
        return list(self._session.scalars(heard.order_by("accepted_seq")))

    def track_ids(self, audio_sha256: str) -> list[str]:
        """All tracks of the audio's group, in order of acceptance."""
        query = select(Track.id).where(self.in_group(audio_sha256)).order_by(Track.accepted_seq)
        return list(self._session.scalars(query))

    def tracks(self, audio_sha256: str, *, tenant_id: str, limit: int | None = None) -> Sequence[Track]:
        """A tenant's tracks of the audio's group, in order of acceptance."""
        query = select(Track).where(unindexed(Track.tenant_id) == tenant_id, self.in_group(audio_sha256))
        return self._session.scalars(query.order_by(_PLACE).limit(limit)).all()

    def first_of_groups(self, group_keys: Collection[str], *, tenant_id: str, limit: int) -> dict[str, list[Track]]:
        """A tenant's first tracks of each group, so many at most, in order of acceptance."""
        if not group_keys:
            return {}
        firsts = [
            select(literal(key, String).label("key"), Track.accepted_seq)
            .where(unindexed(Track.tenant_id) == tenant_id, _in_group(key))
            .order_by(_PLACE)
            .limit(limit)
            .subquery()
            for key in sorted(group_keys)
        ]
        places = self._session.execute(union_all(*(select(first) for first in firsts))).all()
        query = select(Track).where(Track.accepted_seq.in_([place for _, place in places]))
        tracks = {track.accepted_seq: track for track in self._session.scalars(query)}
        found: dict[str, list[Track]] = {key: [] for key in group_keys}
        for key, place in places:
            found[key].append(tracks[place])
        return found

    def elsewhere(self, group_keys: Collection[str], *, but: str, most: int) -> dict[str, int]:
        """How many tracks of each group other tenants than ``but`` delivered; counting stops at ``most``."""
        if not group_keys:
            return {}
        others = {
            key: select(Track.id).where(_in_group(key), Track.tenant_id != but).limit(most).subquery()
            for key in sorted(group_keys)
        }
        counts = (select(literal(key, String), func.count()).select_from(some) for key, some in others.items())
        return dict(self._session.execute(union_all(*counts)).all())

    def in_group(self, audio_sha256: str) -> ColumnElement[bool]:
        """Condition on tracks: those that carry this recording."""
        return _in_group(self.group_key(audio_sha256))

    def group_of(self, track: Track) -> list[GroupMember]:
        """The tracks of a track's recording in order of acceptance, itself included, as the track sees them.

        A member's ``match`` is how this track's audio matches the member's; it is missing for the track itself and
        where the two are linked only through others. The same file delivered twice is ``identical``. Of a group of
        thousands the first 200 are looked at, with those that the track matches itself: who was first decides, and
        how many there are is counted (:meth:`group_size`).
        """
        matches = {
            other: match for other, match in self.edges(track.audio_sha256).items() if match.relation in GROUPING
        }
        group = select(Track).where(self.in_group(track.audio_sha256)).order_by(Track.accepted_seq)
        found = list(self._session.scalars(group.limit(MOST_MEMBERS)))
        if len(found) == MOST_MEMBERS:
            linked = select(Track).where(Track.audio_sha256.in_(sorted(matches)[:MOST_MEMBERS]))
            found += self._session.scalars(linked.order_by(Track.accepted_seq).limit(MOST_MEMBERS))
        members = sorted({member.id: member for member in (*found, track)}.values(), key=lambda t: t.accepted_seq)
        if sum(member.audio_sha256 == track.audio_sha256 for member in members) > 1:
            matches[track.audio_sha256] = self._same_file(track.audio_sha256)
        return [
            GroupMember(
                track_id=member.id,
                accepted_seq=member.accepted_seq,
                artists=frozenset(member.artists),
                isrc=member.isrc,
                sender_id=member.sender_key,
                p_line=member.p_line,
                withdrawn=member.state is TrackState.WITHDRAWN,
                match=matches.get(member.audio_sha256) if member.id != track.id else None,
            )
            for member in members
        ]

    def group_size(self, audio_sha256: str) -> "GroupSize":
        """How many tracks, ISRCs and named senders a recording has."""
        named = case((~Track.sender_key.endswith("/"), Track.sender_key))
        query = select(func.count(), func.count(Track.isrc.distinct()), func.count(named.distinct()))
        return GroupSize(*self._session.execute(query.where(self.in_group(audio_sha256))).one())

    def edges(self, audio_sha256: str) -> dict[str, RecordingMatch]:
        """Every match of this audio with another, as this audio's, by the other's SHA-256; shared backings included."""
        touching = or_(RecordingEdge.low_sha256 == audio_sha256, RecordingEdge.high_sha256 == audio_sha256)
        return {
            edge.high_sha256 if edge.low_sha256 == audio_sha256 else edge.low_sha256: _match_from(edge, audio_sha256)
            for edge in self._session.scalars(select(RecordingEdge).where(touching))
        }

    def edges_among(self, audio: Collection[str], others: Collection[str]) -> dict[tuple[str, str], RecordingMatch]:
        """Matches of audio with others, for pages that show a few of a group of thousands: as that of the first, by
        the pair of the two."""
        if not audio or not others:
            return {}
        ours, theirs = sorted(audio), sorted(others)
        low, high = RecordingEdge.low_sha256, RecordingEdge.high_sha256
        pairs = or_(and_(low.in_(ours), high.in_(theirs)), and_(high.in_(ours), low.in_(theirs)))
        found = {}
        for edge in self._session.scalars(select(RecordingEdge).where(pairs)):
            for one, other in ((edge.low_sha256, edge.high_sha256), (edge.high_sha256, edge.low_sha256)):
                if one in audio and other in others:
                    found[one, other] = _match_from(edge, one)
        return found

    def _join(self, one: str, other: str) -> None:
        keys = {self.group_key(one), self.group_key(other)}
        for sha256 in (one, other):
            insert = insert_or(self._session, Recording).values(audio_sha256=sha256, group_key=sha256)
            self._session.execute(insert.on_conflict_do_nothing(index_elements=["audio_sha256"]))
        if renamed := keys - {min(keys)}:
            joined = update(Recording).where(Recording.group_key.in_(renamed)).values(group_key=min(keys))
            self._session.execute(joined.execution_options(synchronize_session=False))
        Cases(self._session).follow_group(keys, min(keys))

    def _lengths(self, *audio_sha256: str) -> dict[str, float]:
        """Lengths of audio in seconds, as far as there are fingerprints."""
        row = FingerprintRow
        query = select(row.audio_sha256, func.max(row.duration_s)).where(row.audio_sha256.in_(audio_sha256))
        found = self._session.execute(query.group_by(row.audio_sha256))
        return {sha256: length for sha256, length in found}  # noqa: C416 (a result is no mapping)

    def _lock_groups(self) -> None:
        """One transaction at a time changes groups: two merges that share a group would otherwise each miss half."""
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _GROUPS_LOCK})

    def _same_file(self, audio_sha256: str) -> RecordingMatch:
        durations: Sequence[float] = self._session.scalars(
            select(EvidenceRow.duration_s).where(EvidenceRow.audio_sha256 == audio_sha256)
        ).all()
        return RecordingMatch(relation=Relation.IDENTICAL, overlap_s=max(durations, default=0.0), score=1.0)


_PLACE = Track.accepted_seq + 0
"""The order of acceptance, by no index: SQLite would read all tracks by it until enough are found."""


def _in_group(group_key: str) -> ColumnElement[bool]:
    """Condition on tracks: those of a group, which is named by one of its files. One list of files, as PostgreSQL reads
    every track for an OR with a subquery in it."""
    group = select(Recording.audio_sha256).where(Recording.group_key == group_key)
    return Track.audio_sha256.in_(union(select(literal(group_key, String)), group))


def seen_from_reference(match: RecordingMatch) -> RecordingMatch:
    """The same match with query and reference exchanged: speed is inverted, pitch negated, segments are swapped.

    The overlap is seconds of the query, so it stretches with the speed.
    """
    return match.model_copy(
        update={
            "overlap_s": match.overlap_s * match.speed_ratio,
            "speed_ratio": 1.0 / match.speed_ratio,
            "pitch_semitones": -match.pitch_semitones if match.pitch_semitones else 0.0,
            "segments": [
                MatchedSegment(
                    query_start_s=segment.reference_start_s,
                    query_end_s=segment.reference_end_s,
                    reference_start_s=segment.query_start_s,
                    reference_end_s=segment.query_end_s,
                    bit_error_rate=segment.bit_error_rate,
                )
                for segment in match.segments
            ],
        }
    )


def _match_from(edge: RecordingEdge, audio_sha256: str) -> RecordingMatch:
    match = RecordingMatch.model_validate(edge.match)
    return match if edge.low_sha256 == audio_sha256 else seen_from_reference(match)
