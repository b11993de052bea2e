"""The behaviour state machine as stored rows leave it just before a track: then the track is counted as in a replay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.catalogue import TrackMetadata
from schemas.evidence import Evidence
from schemas.facts import RecordingFacts, TextFacts
from schemas.review import ReasonCode
from service.facts.behaviour import Behaviour
from service.facts.counted import Counted
from service.facts.credits import Resembles
from service.facts.deliveries import Delivery, Heard
from service.facts.names import fold
from service.facts.recording import GroupMember, is_copy
from service.facts.register import SenderRecord
from service.facts.registry import ReferenceKind, ReferenceRecording, Registry
from service.facts.reputation import Reputation
from service.facts.senders import SenderState
from service.facts.slices import edges_db
from service.store.artworks import Artworks
from service.store.counters import Counters, is_named
from service.store.matches import MOST_MEMBERS, GroupSize, Matches
from service.store.references import References
from service.store.sightings import Sightings
from service.store.standing import reason_on_track, replaced, undone
from service.store.tables.decisions import Decision, DecisionTrack
from service.store.tables.evidence import EvidenceRow
from service.store.tables.recordings import Recording
from service.store.tables.senders import SenderRow
from service.store.tables.sightings import SightingRow
from service.store.tables.track_revisions import RevisionKind, TrackRevision
from service.store.tables.tracks import Track
from service.store.ties import Ties
from service.store.waveforms import Waveforms

MOST_UNDER_ISRC = 200
MOST_DECISIONS = 500

_SPAM = (ReasonCode.SPAM_CONFIRMED, ReasonCode.DUPLICATE_CONFIRMED, ReasonCode.IMPERSONATION_CONFIRMED)
_FINE = (
    ReasonCode.NOT_SPAM,
    ReasonCode.NO_IMPERSONATION,
    ReasonCode.METADATA_IN_ORDER,
    ReasonCode.LICENSED_OR_OWN_RECORDING,
    ReasonCode.REVIEWED_BENIGN,
)
"""What a decision says of the sender. Whether AI took part says nothing of spam: two questions, two answers."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the database: the operator's register, and what reads names and titles."""

    registry: Registry
    senders: dict[str, SenderRecord] | None
    """By the sender's id at its tenant; ``None``: nobody keeps such a list."""
    resembles: Resembles
    read_text: Callable[[str, str, Registry], TextFacts]


class Behaviours:
    def __init__(self, session: Session, known: Known) -> None:
        self._session = session
        self._known = known

    def count(self, track: Track, evidence: Evidence, *, pipeline: str) -> Counted:
        """The facts of a track as of its acceptance, whatever was analysed in which order, and what it counts for."""
        first, metadata, artwork, key = self._said(track)
        row = Sightings(self._session).of(track.id)
        group_key = Matches(self._session).group_key(track.audio_sha256)
        group = [
            member if is_named(member.sender_id) else replace(member, sender_id=None)
            for member in Matches(self._session).group_of(track)
        ]
        judged = next(member for member in group if member.track_id == track.id)
        others = [member for member in group if member.track_id != track.id]
        earlier = [member for member in others if member.accepted_seq < track.accepted_seq]
        matched = next((member.match for member in earlier if member.match is not None), None)
        reference = References(self._session).heard_in(track.audio_sha256, group_key)
        if reference is not None and reference[1] is not None:
            matched = reference[1]
        share = matched.overlap_s / evidence.duration_s if matched and evidence.duration_s else None
        registry = self._registry(track, group_key, others, reference[0] if reference else None)
        sender = self._sender(row, track, metadata)
        waveform = Waveforms(self._session).get(track.audio_sha256)
        head_db, tail_db = (edges_db(waveform.peaks) if waveform else None) or (None, None)
        delivery = Delivery(
            track_id=track.id,
            seq=track.accepted_seq,
            at=track.accepted_at,
            sender=sender,
            metadata=metadata,
            evidence=evidence,
            heard=Heard(
                recording=group_key,
                contains=group_key if matched else None,
                overlap=min(1.0, share) if share is not None else None,
                speech=evidence.audio.speech,
                cover=Artworks(self._session).pictures([artwork]).get(artwork or ""),
                head_db=head_db,
                tail_db=tail_db,
            ),
            revision=track.revision,
            key_sha256=key,
            known=Counters(self._session).file_known_before(track),
            anonymous=not is_named(row.sender_key),
            compared=True,
            renamed_from=frozenset(fold(artist.name) for artist in first.main_artists()),
            velocity=Counters(self._session).velocity(row),
        )
        behaviour = Behaviour(registry, resembles=self._known.resembles, read_text=self._read_text)
        behaviour.remember(
            group_key,
            [] if delivery.functional else others,
            isrc=track.isrc,
            under_isrc=self._under_isrc(track, pipeline),
            withdrawn=self._withdrawn(track, row, group_key),
            sender_id=sender.id,
        )
        copied = not delivery.functional and any(is_copy(judged, member) for member in earlier)
        self._join(behaviour, sender, row, group_key if copied else None, tenant_id=track.tenant_id)
        counted = behaviour.count(delivery)
        if len(group) < MOST_MEMBERS or delivery.functional:
            return counted
        recording = _in_full(counted.facts.recording, Matches(self._session).group_size(track.audio_sha256))
        return replace(counted, facts=counted.facts.model_copy(update={"recording": recording}))

    def _read_text(self, title: str, artist: str) -> TextFacts:
        return self._known.read_text(title, artist, self._known.registry)

    def _said(self, track: Track) -> tuple[TrackMetadata, TrackMetadata, str | None, str | None]:
        """What the sender said first, what it says now, the artwork, and the hash of the artist's key."""
        query = select(TrackRevision).where(
            TrackRevision.track_id == track.id, TrackRevision.revision.in_((1, track.revision))
        )
        rows = {row.revision: row for row in self._session.scalars(query)}
        latest = rows[track.revision]
        now = TrackMetadata.model_validate(latest.details)
        first = now if track.revision == 1 else TrackMetadata.model_validate(rows[1].details)
        return first, now, latest.artwork_sha256, latest.artist_key_sha256

    def _sender(self, row: SightingRow, track: Track, metadata: TrackMetadata) -> SenderState:
        said = metadata.sender
        stored = self._session.get(SenderRow, row.sender_key)
        listed = self._known.senders
        record = (listed or {}).get(said.id or "") or SenderRecord()
        unlisted = listed is None
        return SenderState(
            id=row.sender_key,
            name=record.name,
            tier=said.tier or record.tier,
            created_at=record.created_at or (stored.first_at if stored else None),
            parent=said.parent,
            dpid=said.dpid,
            payout=said.payout_hash,
            device=said.device_hash,
            ip=said.ip,
            prior_tracks=record.prior_tracks,
            links=None if unlisted else record.links,
            registrants=record.registrants,
            contracts=record.contracts,
            reputation=self._reputation(row, record),
            activity=Counters(self._session).activity(track.tenant_id, [row.sender_key], row),
            payout_changed_at=row.payout_changed_at,
            device_changed_at=row.device_changed_at,
        )

    def _join(
        self, behaviour: Behaviour, sender: SenderState, row: SightingRow, copied: str | None, *, tenant_id: str
    ) -> None:
        """Take over the ring that the track's sender is in with this track, and what the ring did before it."""
        behaviour.rings = rings = Ties(self._session).rings(tenant_id, sender.id, until=row.seq, copied=copied)
        ring = rings.ring_of(sender.id)
        others = ring - {sender.id}
        if others:
            query = select(SenderRow).where(SenderRow.sender_key.in_(sorted(others)))
            for other in self._session.scalars(query):
                behaviour.senders[other.sender_key] = SenderState(
                    id=other.sender_key, created_at=other.first_at, parent=other.parent, payout=other.payout
                )
        behaviour.senders[sender.id] = sender
        activity = Counters(self._session).activity(tenant_id, ring, row) if others else None
        behaviour.resume(ring, Sightings(self._session).before(row, ring), activity)

    def _registry(
        self, track: Track, group_key: str, others: Sequence[GroupMember], heard: ReferenceRecording | None
    ) -> Registry:
        """The register with those of its recordings that are in the track's group, told by ISRC and rightful sender;
        a reference that is ``heard`` in it, and a group whose first delivery was confirmed as spam, are more."""
        known = self._known.registry
        found = {}
        by_isrc = {recording.isrc: recording for recording in known.recordings.values() if recording.isrc}
        for member in others:
            reference = by_isrc.get(member.isrc)
            sender = (member.sender_id or "").partition("/")[2]
            if reference is not None and sender and sender in {reference.owner, reference.account}:
                found[group_key] = _among_senders(replace(reference, id=group_key, delivered=True), track.tenant_id)
        if heard is not None and (group_key not in found or heard.kind is ReferenceKind.CONFIRMED_SPAM):
            found[group_key] = _among_senders(heard, track.tenant_id)
        if others and self._is_spam(min(others, key=lambda member: member.accepted_seq).track_id):
            found[group_key] = ReferenceRecording(group_key, ReferenceKind.CONFIRMED_SPAM, delivered=True)
        return replace(known, recordings=found)

    def _is_spam(self, track_id: str) -> bool:
        """Whether the decision that stands last on a track confirms it as spam."""
        query = (
            select(reason_on_track())
            .select_from(Decision)
            .join(DecisionTrack, DecisionTrack.decision_id == Decision.id)
            .where(DecisionTrack.track_id == track_id, ~undone())
            .order_by(Decision.seq.desc())
        )
        return self._session.scalars(query.limit(1)).one_or_none() is ReasonCode.SPAM_CONFIRMED

    def _reputation(self, row: SightingRow, record: SenderRecord) -> Reputation:
        """Decisions on the sender's tracks that were made before this one was accepted, the latest 500."""
        reputation = Reputation(fine=record.confirmed_fine, spam=record.confirmed_spam)
        if record.confirmed_fine or record.confirmed_spam:
            reputation.at = record.created_at
        found = reason_on_track()
        query = (
            select(Decision.decided_at, found, func.count())
            .select_from(Decision)
            .join(DecisionTrack, DecisionTrack.decision_id == Decision.id)
            .join(SightingRow, SightingRow.track_id == DecisionTrack.track_id)
            .where(
                SightingRow.sender_key == row.sender_key,
                SightingRow.seq < row.seq,
                Decision.decided_at <= row.at,
                found.in_(_SPAM + _FINE),
                ~undone(),
                ~replaced(),
            )
            .group_by(Decision.seq, Decision.decided_at, found)
            .order_by(Decision.seq.desc())
            .limit(MOST_DECISIONS)
        )
        for decided_at, reason, tracks in reversed(self._session.execute(query).all()):
            spam = tracks if reason in _SPAM else 0
            reputation.decided(decided_at, spam=spam, fine=tracks - spam)
        return reputation

    def _under_isrc(self, track: Track, pipeline: str) -> list[tuple[str | None, str | None]]:
        """Recordings that were accepted under the track's ISRC before it, each with its sender; noise has none."""
        if track.isrc is None:
            return []
        group = func.coalesce(Recording.group_key, Track.audio_sha256)
        query = (
            select(group, SightingRow.sender_key, func.coalesce(EvidenceRow.functional, False))
            .select_from(Track)
            .join(SightingRow, SightingRow.track_id == Track.id)
            .outerjoin(Recording, Recording.audio_sha256 == Track.audio_sha256)
            .outerjoin(
                EvidenceRow, (EvidenceRow.audio_sha256 == Track.audio_sha256) & (EvidenceRow.pipeline == pipeline)
            )
            .where(Track.isrc == track.isrc, Track.accepted_seq < track.accepted_seq)
            .order_by(Track.accepted_seq)
        )
        rows = self._session.execute(query.limit(MOST_UNDER_ISRC))
        return [(None if functional else key, sender) for key, sender, functional in rows]

    def _withdrawn(self, track: Track, row: SightingRow, group_key: str) -> list[str | None]:
        """ISRCs under which the same sender withdrew this recording before it delivered it as this track."""
        query = (
            select(Track.isrc)
            .join(TrackRevision, (TrackRevision.track_id == Track.id) & (TrackRevision.revision == Track.revision))
            .where(
                Matches(self._session).in_group(track.audio_sha256),
                Track.sender_key == row.sender_key,
                Track.accepted_seq < row.seq,
                TrackRevision.kind == RevisionKind.WITHDRAWAL,
                TrackRevision.created_at <= row.at,
            )
            .order_by(Track.accepted_seq)
        )
        return list(self._session.scalars(query.limit(MOST_UNDER_ISRC)))


def _in_full(recording: RecordingFacts, size: GroupSize) -> RecordingFacts:
    """Counts of a group of which only the first members were compared."""
    return recording.model_copy(
        update={"group_tracks": size.tracks, "group_isrcs": size.isrcs, "group_senders": size.senders}
    )


def _among_senders(reference: ReferenceRecording, tenant_id: str) -> ReferenceRecording:
    """A reference whose owner and licensees are known by the keys of their accounts at a tenant as well."""
    rightful = {reference.owner, reference.account, *reference.licensed_to} - {None}
    keys = frozenset(f"{tenant_id}/{sender}" for sender in rightful)
    return replace(reference, licensed_to=reference.licensed_to | keys)
