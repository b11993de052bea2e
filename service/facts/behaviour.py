"""The behaviour of senders as a pure state machine: deliveries come in, one record of facts each comes out.

The state knows no database and no clock: every time is a time of acceptance. On live traffic and in a replay the same
code counts, so that a rule sees the same values. What it needs again after a restart are rows: the sightings of 30 days
(:class:`~service.facts.sightings.Sighting`), the hourly counts and the attributes of senders.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas.catalogue import SenderTier, TrackMetadata
from schemas.facts import Facts, TextFacts, VelocityFacts
from service.facts.activity import Activity
from service.facts.baselines import DEFAULT_BASELINES, Baselines
from service.facts.bulk import NOTHING_YET, BulkState
from service.facts.counted import Counted, counted_ring, counted_sender
from service.facts.credits import CreditFindings, Resembles, credit_findings
from service.facts.deliveries import Delivery
from service.facts.gather import gather
from service.facts.groups import GROUPING_OVERLAP, RecordingGroups
from service.facts.identifiers import IsrcBook
from service.facts.names import fold
from service.facts.recording import GroupMember, is_copy, is_returned_renamed, other_isrc
from service.facts.registry import ReferenceKind, ReferenceRecording, Registry
from service.facts.rights import may_use, names_artist, references_heard, rights_facts
from service.facts.rings import Rings, Tie
from service.facts.senders import SenderState, network_of
from service.facts.sightings import Sighting, sighting_of
from service.facts.velocity import Velocity, keys_counted, keys_shown

RESUBMITTED = 2
"""Withdrawals after which another ISRC is no correction any more."""


@dataclass(slots=True)
class _Crew:
    """Counters of a ring that is judged as one."""

    bulk: BulkState
    activity: Activity


class Behaviour:
    """Everything that was counted so far."""

    def __init__(
        self,
        registry: Registry,
        *,
        baselines: Baselines = DEFAULT_BASELINES,
        resembles: Resembles = lambda name: None,
        read_text: Callable[[str, str], TextFacts] = lambda title, artist: TextFacts(),
    ) -> None:
        self.registry = registry
        self.rings = Rings()
        self.senders: dict[str, SenderState] = {}
        self._baselines = baselines
        self._resembles = resembles
        self._read_text = read_text
        self._groups = RecordingGroups()
        self._isrcs = IsrcBook()
        self._bulks: dict[str, BulkState] = {}
        self._crews: dict[frozenset[str], _Crew] = {}
        self._sighted: dict[str, Sighting] = {}
        self._withdrawn: dict[tuple[str, str], list[str | None]] = {}
        self._velocity = Velocity()
        for reference in registry.recordings.values():
            self._isrcs.enter(reference.isrc, reference.id, reference.account or reference.owner)

    def add_sender(self, sender: SenderState) -> None:
        """Make a sender and what it shares with others known before its first delivery."""
        self.senders[sender.id] = sender
        self._show(sender)

    def _show(self, sender: SenderState) -> None:
        for tie, value in (
            (Tie.PAYOUT, sender.payout),
            (Tie.DEVICE, sender.device),
            (Tie.NETWORK, network_of(sender.ip)),
        ):
            self.rings.show(sender.id, tie, value, parent=sender.parent)

    def remember_days(self, sender: SenderState, first_upload: datetime, daily: list[int]) -> None:
        """Take over what a sender delivered on the days before its first upload here, oldest first."""
        sender.activity.remember(first_upload, daily)
        self._velocity.remember(keys_shown(sender), first_upload, daily)

    def resume(self, ring: frozenset[str], sightings: Iterable[Sighting], activity: Activity | None = None) -> None:
        """Take over what a ring, or a sender on its own, did so far: from stored rows, in order of acceptance."""
        bulk = BulkState.of(sightings)
        if len(ring) > 1:
            self._crews[ring] = _Crew(bulk, activity or Activity())
        else:
            self._bulks[next(iter(ring))] = bulk

    def remember(
        self,
        recording: str,
        members: Iterable[GroupMember] = (),
        *,
        isrc: str | None = None,
        under_isrc: Iterable[tuple[str | None, str | None]] = (),
        withdrawn: Iterable[str | None] = (),
        sender_id: str = "",
    ) -> None:
        """Take over what is known of a delivery's recording: who delivered it before, which recordings bear its ISRC
        (each with its sender; ``None`` for noise), and under which ISRCs the sender withdrew it."""
        self._groups.enter(recording, members)
        for other, sender in under_isrc:
            self._isrcs.recordings.setdefault(isrc or "", {})
            self._isrcs.enter(isrc, other, sender)
        if taken_back := list(withdrawn):
            self._withdrawn[sender_id, self._groups.find(recording)] = taken_back

    def deliver(self, delivery: Delivery) -> Facts:
        """Count a new delivery and return its facts, itself included."""
        return self.count(delivery).facts

    def count(self, delivery: Delivery) -> Counted:
        """Count a new delivery, itself included in its facts."""
        self._show(delivery.sender)
        functional = delivery.functional
        references = self._references(delivery, functional=functional)
        judged = delivery.member()
        earlier = self._join_group(delivery, judged, references, functional=functional)
        recording = delivery.heard.recording
        isrc = delivery.metadata.isrc
        redelivered = self._is_redelivery(isrc, recording, functional=functional)
        new = not self._isrcs.knows(isrc) and not delivery.known
        fresh = new and not earlier
        velocity = delivery.velocity
        if velocity is None:
            keys = keys_counted(delivery.metadata, delivery.sender)
            velocity = self._velocity.count(keys, delivery.at, new=new)
        if not functional:
            self._isrcs.enter(isrc, recording or delivery.track_id, delivery.sender.id)
        elif not self._isrcs.knows(isrc) and isrc is not None:
            self._isrcs.recordings[isrc] = {}
        credits = self._credits(delivery, judged, earlier, references)
        facts = self._own_facts(delivery, judged, earlier, references, credits, fresh=fresh, functional=functional)
        if fresh:
            self._count_fresh(delivery, functional=functional)
        sighting = None
        if not redelivered:
            sighting = self._sighting(delivery, facts, credits, judged, earlier)
            self._sight(delivery, sighting)
        ring = self.rings.ring_of(delivery.sender.id)
        return Counted(self._with_counters(facts, delivery, velocity), fresh, sighting, ring)

    def revise(self, delivery: Delivery, before: TrackMetadata) -> Facts:
        """Facts of a track whose metadata was changed, audio unchanged: nothing new is counted but the change."""
        functional = delivery.functional
        references = self._references(delivery, functional=functional)
        judged = delivery.member()
        recording = delivery.heard.recording
        members = self._groups.members(recording) if recording is not None and not functional else []
        earlier = [member for member in members if member.accepted_seq < delivery.seq]
        credits = self._credits(delivery, judged, earlier, references)
        facts = self._own_facts(delivery, judged, earlier, references, credits, fresh=False, functional=functional)
        seen = self._sighted.get(delivery.track_id)
        if seen is not None:
            delivery = replace(delivery, renamed_from=frozenset(_main_names(before)))
            fresh = self._sighting(delivery, facts, credits, judged, earlier)
            changed = fresh.identity_changed or seen.identity_changed
            self._correct(seen, replace(fresh, at=seen.at, identity_changed=changed))
        return self._with_counters(facts, delivery)

    def withdraw(self, sender_id: str, recording: str | None, isrc: str | None) -> None:
        """A sender took a track back. Delivered again under another ISRC it counts as resubmitted."""
        if recording is not None:
            self._groups.withdraw(recording, sender_id, isrc)
            self._withdrawn.setdefault((sender_id, self._groups.find(recording)), []).append(isrc)

    def _references(self, delivery: Delivery, *, functional: bool) -> list[ReferenceRecording]:
        ids = [found for found in (delivery.heard.recording, delivery.heard.contains) if found is not None]
        return references_heard(self.registry, ids, functional=functional)

    def _may_use(self, reference: ReferenceRecording, delivery: Delivery) -> bool:
        """Owner names count for senders that somebody vouches for: anybody can call an account after a label."""
        sender = delivery.sender
        parent = self.senders.get(sender.parent or "")
        vouched = sender.tier in (SenderTier.TRUSTED, SenderTier.VERIFIED)
        named = (
            {party.name for party in (sender, parent) if party is not None and party.name} if vouched else set[str]()
        )
        return may_use(reference, sender, named)

    def _join_group(
        self, delivery: Delivery, judged: GroupMember, references: list[ReferenceRecording], *, functional: bool
    ) -> list[GroupMember]:
        """Enter the track into its recording's group and return the members accepted before it, with its match."""
        heard = delivery.heard
        if functional or heard.recording is None:
            return []
        contains = heard.contains if (heard.overlap is None or heard.overlap >= GROUPING_OVERLAP) else None
        for reference in references:
            if reference.kind is ReferenceKind.CONFIRMED_SPAM or reference.delivered:
                continue
            if not self._may_use(reference, delivery):
                self._enter_reference(reference)
            elif reference.id == contains and reference.account != delivery.sender.id:
                contains = None  # a licence: those who hold one are no copies of each other
        if contains is not None:
            self._groups.join(heard.recording, contains)
        earlier = [m for m in self._groups.members(heard.recording) if m.accepted_seq < delivery.seq]
        if not delivery.compared:
            earlier = [replace(member, match=delivery.match()) for member in earlier[:1]] + earlier[1:]
        self._groups.enter(heard.recording, [judged])
        return earlier

    def _enter_reference(self, reference: ReferenceRecording) -> None:
        if any(member.track_id == reference.id for member in self._groups.members(reference.id)):
            return
        artists = frozenset({fold(reference.artist)}) if reference.artist else frozenset[str]()
        member = GroupMember(reference.id, -1, artists, reference.isrc, reference.account, reference.p_line)
        self._groups.enter(reference.id, [member])

    def _is_redelivery(self, isrc: str | None, recording: str | None, *, functional: bool) -> bool:
        if not self._isrcs.knows(isrc):
            return False
        if functional or recording is None:
            return True
        found = self._groups.find(recording)
        return any(self._groups.find(other) == found for other in self._isrcs.recordings[isrc or ""])

    def _credits(
        self,
        delivery: Delivery,
        judged: GroupMember,
        earlier: list[GroupMember],
        references: list[ReferenceRecording],
    ) -> CreditFindings:
        heard = delivery.heard
        known = any(member.artists & judged.artists and not other_isrc(member, judged) for member in earlier)
        rightful = [reference for reference in references if self._may_use(reference, delivery)]
        return credit_findings(
            delivery.metadata,
            links=delivery.sender.links,
            registry=self.registry,
            resembles=self._resembles,
            known_recording=known or any(names_artist(delivery.metadata, reference) for reference in rightful),
            voice_of=heard.voice_of,
            voice_similarity=heard.voice_similarity,
            artist_distance=heard.artist_distance,
            has_key=delivery.has_key,
            key_sha256=delivery.key_sha256,
        )

    def _own_facts(
        self,
        delivery: Delivery,
        judged: GroupMember,
        earlier: list[GroupMember],
        references: list[ReferenceRecording],
        credits: CreditFindings,
        *,
        fresh: bool,
        functional: bool,
    ) -> Facts:
        """All facts but those that counters give."""
        metadata, sender, heard = delivery.metadata, delivery.sender, delivery.heard
        members = self._groups.members(heard.recording) if heard.recording is not None and not functional else []
        matched = {member.track_id: member for member in earlier}
        facts = gather(
            metadata,
            delivery.evidence,
            revision=delivery.revision,
            judged=judged,
            group=[matched.get(member.track_id, member) for member in members],
        )
        unlicensed = [reference for reference in references if not self._may_use(reference, delivery)]
        reference = next(iter(unlicensed or references), None)
        owners = " ".join(filter(None, (metadata.p_line, metadata.release.label)))
        heard_only: dict[str, Any] = {}
        if heard.vocal_probability is not None:
            heard_only["ai"] = facts.ai.model_copy(update={"vocal_probability": heard.vocal_probability})
        if heard.speech is not None:
            heard_only["audio"] = facts.audio.model_copy(update={"speech": heard.speech})
        return facts.model_copy(
            update={
                **heard_only,
                "text": self._read_text(_full_title(metadata), metadata.main_artists()[0].name),
                "credits": credits.facts,
                "rights": rights_facts(
                    reference,
                    licensed=not unlicensed and bool(references),
                    overlap=heard.overlap if reference is not None and reference.id == heard.contains else None,
                    on=delivery.at.date(),
                    banned_payout=sender.payout in self.registry.banned_payouts,
                ),
                "identifiers": self._isrcs.facts(
                    metadata.isrc,
                    None if functional else (heard.recording or delivery.track_id),
                    sender=sender.id,
                    fresh=fresh,
                    own_registrants=sender.registrants,
                    registrant_owner=self.registry.registrant_owner,
                    owners_named=owners,
                    same=self._groups.find,
                ),
            }
        )

    def _sighting(
        self, delivery: Delivery, facts: Facts, credits: CreditFindings, judged: GroupMember, earlier: list[GroupMember]
    ) -> Sighting:
        recording = delivery.heard.recording
        withdrawn = self._withdrawn.get((delivery.sender.id, self._groups.find(recording)), []) if recording else []
        named = _main_names(delivery.metadata)
        renamed = delivery.renamed_from is not None and named.isdisjoint(delivery.renamed_from)
        return sighting_of(
            delivery,
            facts,
            credits,
            copied_from=next((member for member in earlier if is_copy(judged, member)), None),
            resubmitted=len(withdrawn) >= RESUBMITTED and delivery.metadata.isrc not in withdrawn,
            returned_renamed=any(is_returned_renamed(judged, member) for member in earlier),
            identity_changed=min(named) if renamed else None,
        )

    def _count_fresh(self, delivery: Delivery, *, functional: bool) -> None:
        duration = delivery.duration_s
        delivery.sender.activity.add(delivery.at, duration_s=duration, functional=functional)
        crew = self._crews.get(self.rings.ring_of(delivery.sender.id))
        if crew is not None:
            crew.activity.add(delivery.at, duration_s=duration, functional=functional)

    def _sight(self, delivery: Delivery, sighting: Sighting) -> None:
        sender = delivery.sender
        self._sighted[delivery.track_id] = sighting
        self.rings.show(sender.id, Tie.COVER, sighting.cover, parent=sender.parent)
        if sighting.copied_from is not None and delivery.heard.recording is not None:
            root = self._groups.find(delivery.heard.recording)
            self.rings.show(sender.id, Tie.RECORDING, root, parent=sender.parent)
        if delivery.metadata.isrc is not None:
            self.rings.show(sender.id, Tie.REGISTRANT, delivery.metadata.isrc[:5], parent=sender.parent)
        self._bulks.setdefault(sender.id, BulkState()).add(sighting)
        crew = self._crews.get(self.rings.ring_of(sender.id))
        if crew is not None:
            crew.bulk.add(sighting)

    def _correct(self, old: Sighting, new: Sighting) -> None:
        self._sighted[new.track_id] = new
        self._bulks[old.sender_id].replace(old, new)
        crew = self._crews.get(self.rings.ring_of(old.sender_id))
        if crew is not None:
            crew.bulk.replace(old, new)

    def _crew(self, ring: frozenset[str]) -> _Crew:
        """Counters of a ring, put together from its members' when it first shows."""
        crew = self._crews.get(ring)
        if crew is None:
            sightings = [seen for member in ring if member in self._bulks for seen in self._bulks[member].sightings]
            activity = Activity()
            for member in ring:
                if member in self.senders:
                    activity = activity.merged(self.senders[member].activity)
            bulk = BulkState.of(sorted(sightings, key=lambda seen: seen.at))
            crew = self._crews[ring] = _Crew(bulk, activity)
        return crew

    def _with_counters(self, facts: Facts, delivery: Delivery, velocity: VelocityFacts | None = None) -> Facts:
        sender, at = delivery.sender, delivery.at
        ring = self.rings.ring_of(sender.id)
        crew = self._crew(ring) if len(ring) > 1 else None
        bulk = crew.bulk if crew else self._bulks.get(sender.id)
        baseline = self._baselines[sender.tier or SenderTier.UNVERIFIED]
        return facts.model_copy(
            update={
                "sender": counted_sender(sender, at, baseline.daily_p99),
                "ring": counted_ring(
                    [self.senders[member] for member in ring if member in self.senders],
                    crew.activity if crew else sender.activity,
                    at,
                    accounts=len(ring),
                    shared=self.rings.ties_within(ring),
                    banned=self.registry.banned_payouts,
                    busy_day=baseline.daily_p99,
                ),
                "reputation": sender.reputation_facts(at),
                "velocity": velocity or facts.velocity,
                "bulk": bulk.facts(
                    baseline,
                    cover=delivery.heard.cover,
                    has_links=None if sender.links is None else bool(sender.links),
                )
                if bulk
                else NOTHING_YET,
            }
        )


def _full_title(metadata: TrackMetadata) -> str:
    return f"{metadata.title} ({metadata.version})" if metadata.version else metadata.title


def _main_names(metadata: TrackMetadata) -> set[str]:
    return {fold(artist.name) for artist in metadata.main_artists()}
