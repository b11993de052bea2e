"""One scenario, event by event, through intake, counters, grouping and rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.catalogue import SenderTier, TrackMetadata
from schemas.facts import Facts, TextFacts
from service.facts.behaviour import Behaviour
from service.facts.credits import Resembles
from service.facts.deliveries import Delivery, Heard
from service.facts.registry import Registry
from service.facts.senders import SenderState
from service.rules import RuleSet
from service.simulation.cases import Standing
from service.simulation.evidence import evidence_of, heard_of, produced_only
from service.simulation.lines import (
    AccountLine,
    AccountUpdateLine,
    AnyLine,
    EvidenceLine,
    ReferenceLine,
    ScenarioError,
    ScenarioLine,
    UploadLine,
)
from service.simulation.world import baselines_of, register, sender_of

ReadText = Callable[[str, str, Registry], TextFacts]
ProtectNames = Callable[[Registry], Resembles]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What stands at the scenario's end."""

    scenario: str
    standing: Standing
    uploads: int
    rejected: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Track:
    """A track that was accepted: enough to revise or withdraw it."""

    delivery: Delivery
    withdrawn: bool = False


class _World:
    """State of one replay; nothing is shared between scenarios."""

    def __init__(
        self, rules: RuleSet, read_text: ReadText, protect_names: ProtectNames, *, only_produced: bool
    ) -> None:
        self._rules = rules
        self._read_text = read_text
        self._protect_names = protect_names
        self._only_produced = only_produced
        self._registry = Registry()
        self._senders: dict[str, SenderState] = {}
        self._histories: dict[str, list[int]] = {}
        self._behaviour: Behaviour | None = None
        self._seen_keys: set[tuple[str, str]] = set()
        self._tracks: dict[tuple[str, str], _Track] = {}
        self.scenario: ScenarioLine | None = None
        self.standing = Standing()
        self.uploads = 0
        self.rejected: list[str] = []

    def take(self, line: AnyLine) -> None:
        if isinstance(line, ScenarioLine):
            self.scenario = line
        elif isinstance(line, ReferenceLine):
            register(line, self._registry)
        elif isinstance(line, AccountLine):
            self._senders[line.id] = sender_of(line)
            self._histories[line.id] = line.daily_history or []
        elif isinstance(line, AccountUpdateLine):
            changes = line.changes
            self._sender(line.account).now_uses(
                line.at, payout=changes.payout_hash, device=changes.device_hash, ip=changes.ip
            )
        elif self.scenario is not None and line.at <= self.scenario.now:
            self.uploads += 1
            self._upload(line)

    def behaviour(self) -> Behaviour:
        """The state machine, made when the references and accounts are complete."""
        if self._behaviour is None:
            if self.scenario is None:
                raise ScenarioError("the first line has to be of type 'scenario'")
            registry = self._registry
            self._behaviour = Behaviour(
                registry,
                baselines=baselines_of(self.scenario.baseline),
                resembles=self._protect_names(registry),
                read_text=lambda title, artist: self._read_text(title, artist, registry),
            )
            for sender in self._senders.values():
                self._behaviour.add_sender(sender)
        return self._behaviour

    def _sender(self, account: str) -> SenderState:
        sender = self._senders.get(account)
        if sender is None:
            sender = self._senders[account] = SenderState(id=account, tier=SenderTier.UNVERIFIED)
            if self._behaviour is not None:
                self._behaviour.add_sender(sender)
        return sender

    def _upload(self, line: UploadLine) -> None:
        sender = self._sender(line.account)
        behaviour = self.behaviour()
        history = self._histories.pop(line.account, None)
        if history:
            behaviour.remember_days(sender, line.at, history)
        if line.kind == "takedown":
            self._withdraw(line)
            return
        if line.idempotency_key is not None:
            key = (line.account, line.idempotency_key)
            if key in self._seen_keys:
                return
            self._seen_keys.add(key)
        try:
            metadata = intake(line, sender)
        except ValidationError as error:
            first = error.errors()[0]
            self.rejected.append(f"{line.at:%Y-%m-%dT%H:%M:%SZ} {'.'.join(map(str, first['loc']))}: {first['msg']}")
            return
        if line.kind == "update":
            self._revise(line, sender, metadata)
            return
        seen = line.evidence or EvidenceLine()
        seen = produced_only(seen) if self._only_produced else seen
        number = len(self._tracks) + 1
        duration = _number((line.track or {}).get("duration_s"))
        delivery = Delivery(
            track_id=f"track-{number}",
            seq=number,
            at=line.at,
            sender=sender,
            metadata=metadata,
            evidence=evidence_of(seen, duration, number),
            heard=heard_of(seen),
            has_key=bool(seen.artist_key),
        )
        self._tracks[_key(line, metadata.isrc, number)] = _Track(delivery)
        self._judge(delivery, behaviour.deliver(delivery))

    def _judge(self, delivery: Delivery, facts: Facts) -> None:
        self.standing.put(delivery.track_id, delivery.sender.id, self._rules.assess(facts))

    def _revise(self, line: UploadLine, sender: SenderState, metadata: TrackMetadata) -> None:
        found = self._find(line, metadata.isrc) or self._live_already(line, sender, metadata.isrc)
        if found is None:
            self.rejected.append(f"{line.at:%Y-%m-%dT%H:%M:%SZ} update of a track that is not there")
            return
        before = found.delivery
        found.delivery = Delivery(
            track_id=before.track_id,
            seq=before.seq,
            at=line.at,
            sender=sender,
            metadata=metadata if line.declared_ai is not None else _with_declaration(metadata, before.metadata),
            evidence=before.evidence,
            heard=before.heard,
            has_key=before.has_key or bool(line.evidence and line.evidence.artist_key),
            revision=before.revision + 1,
        )
        self._judge(found.delivery, self.behaviour().revise(found.delivery, before.metadata))

    def _live_already(self, line: UploadLine, sender: SenderState, isrc: str | None) -> _Track | None:
        """The track of a catalogue recording that this sender delivered before the first event."""
        heard = line.evidence.recording_id if line.evidence else None
        live = self._registry.recordings.get(heard or self._catalogued(isrc, sender.id) or "")
        if live is None or live.account != sender.id or live.title is None or live.artist is None:
            return None
        main = {"name": live.artist, "role": "MainArtist", "artist_id": live.artist_id}
        described = {"title": live.title, "artists": [main], "isrc": live.isrc, "p_line": live.p_line}
        metadata = TrackMetadata.model_validate({**described, "release": {}, "sender": {"id": sender.id}})
        number = len(self._tracks) + 1
        track = _Track(Delivery(f"track-{number}", number, line.at, sender, metadata, heard=Heard(recording=live.id)))
        self._tracks[_key(line, live.isrc, number)] = track
        return track

    def _withdraw(self, line: UploadLine) -> None:
        track = line.track or {}
        isrc = track.get("isrc")
        found = self._find(line, isrc)
        recording = found.delivery.heard.recording if found else self._catalogued(isrc, line.account)
        if found is not None:
            found.withdrawn = True
            self.standing.withdraw(found.delivery.track_id)
        self.behaviour().withdraw(line.account, recording, isrc)

    def _catalogued(self, isrc: str | None, account: str) -> str | None:
        return next(
            (r.id for r in self._registry.recordings.values() if isrc and r.isrc == isrc and r.account == account), None
        )

    def _find(self, line: UploadLine, isrc: str | None) -> _Track | None:
        """The track that an update or a takedown is about, the latest where several fit."""
        upc = (line.release or {}).get("upc")
        recording = line.evidence.recording_id if line.evidence else None
        best: _Track | None = None
        for track in reversed(self._tracks.values()):
            delivery = track.delivery
            if delivery.sender.id != line.account or track.withdrawn:
                continue
            if recording is not None and delivery.heard.recording != recording:
                continue
            if isrc is not None and delivery.metadata.isrc != isrc:
                continue
            if upc is None or delivery.metadata.release.upc == upc:
                return track
            best = best or track
        return best


def intake(line: UploadLine, sender: SenderState) -> TrackMetadata:
    """The upload as ``POST /v1/tracks`` validates it. Raises :class:`pydantic.ValidationError`."""
    track = dict(line.track or {})
    track.pop("duration_s", None)
    return TrackMetadata.model_validate(
        {
            **track,
            "release": line.release or {},
            "declared_ai": line.declared_ai or {},
            "sender": {"id": sender.id, "tier": sender.tier, "parent": sender.parent, "payout_hash": sender.payout},
        }
    )


def _with_declaration(metadata: TrackMetadata, before: TrackMetadata) -> TrackMetadata:
    return metadata.model_copy(update={"declared_ai": before.declared_ai})


def _key(line: UploadLine, isrc: str | None, number: int) -> tuple[str, str]:
    return line.account, f"{isrc or ''}/{number}"


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None


def replay(
    lines: Iterable[AnyLine],
    rules: RuleSet,
    *,
    read_text: ReadText,
    protect_names: ProtectNames,
    only_produced: bool = False,
) -> Outcome:
    """Replay one scenario. ``only_produced`` leaves out evidence that no part of the pipeline finds yet."""
    world = _World(rules, read_text, protect_names, only_produced=only_produced)
    for line in in_order(lines):
        world.take(line)
    if world.scenario is None:
        raise ScenarioError("no line of type 'scenario'")
    world.standing.settle(world.behaviour().rings.ring_of)
    return Outcome(world.scenario.id, world.standing, world.uploads, world.rejected)


def in_order(lines: Iterable[AnyLine]) -> list[AnyLine]:
    """Scenario, references and accounts first; then events by time, equal times as they stand in the file."""
    before: list[AnyLine] = []
    events: list[tuple[datetime, AnyLine]] = []
    for line in lines:
        if isinstance(line, AccountUpdateLine | UploadLine):
            events.append((line.at, line))
        else:
            before.append(line)
    return before + [line for _, line in sorted(events, key=lambda event: event[0])]
