"""What comes in: an accepted track with all that was found in it."""

from dataclasses import dataclass, field
from datetime import datetime

from schemas.catalogue import TrackMetadata
from schemas.evidence import Evidence, RecordingMatch, Relation
from schemas.facts import VelocityFacts
from service.facts.evidence import is_functional
from service.facts.recording import GroupMember
from service.facts.senders import SenderState

CHANGED_SPEED = 0.005
CHANGED_PITCH = 0.2
"""From these on, in ratio and semitones, a match is a changed copy."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What matching and further analysis found beyond the evidence record. What is ``None`` is unknown."""

    recording: str | None = None
    """Equal for the same recording."""
    contains: str | None = None
    """Another recording that this one contains, perhaps modified."""
    overlap: float | None = None
    """Share of this track that it covers."""
    speed_ratio: float = 1.0
    pitch_semitones: float = 0.0
    speech: float | None = None
    vocal_probability: float | None = None
    """Likelihood that the vocals were generated."""
    cover: str | None = None
    language: str | None = None
    language_confidence: float | None = None
    voice_of: str | None = None
    voice_similarity: float | None = None
    artist_distance: float | None = None
    head_db: float | None = None
    tail_db: float | None = None
    """Level of the first and the last moments against the median of the track."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An accepted track: who delivered what, when, and what was found in it."""

    track_id: str
    seq: int
    at: datetime
    sender: SenderState
    metadata: TrackMetadata
    evidence: Evidence | None = None
    heard: Heard = field(default_factory=Heard)
    has_key: bool = False
    """The artist's own key is known to have come along."""
    revision: int = 1
    key_sha256: str | None = None
    """Hash of a key that came along, to be looked up."""
    known: bool = False
    """The very file was accepted before, from anybody: no new recording, noise included."""
    anonymous: bool = False
    """The tenant named no sender: what it delivers is not for that reason by one owner."""
    compared: bool = False
    """The members of the group say themselves how this track matches them."""
    velocity: VelocityFacts | None = None
    """Counts by key as acceptance kept them; ``None``: to be counted here."""
    renamed_from: frozenset[str] | None = None
    """Folded main artists the track was accepted under, where that was not under those of today."""

    @property
    def functional(self) -> bool:
        """Noise or silence: its fingerprints match each other and prove nothing."""
        audio = self.evidence.audio if self.evidence else None
        return audio is not None and is_functional(audio.noise, audio.silence_ratio)

    @property
    def duration_s(self) -> float | None:
        return self.evidence.duration_s if self.evidence else None

    def member(self) -> GroupMember:
        """The track as a member of its recording's group."""
        sender_id = None if self.anonymous else self.sender.id
        return GroupMember.of(self.track_id, self.seq, self.metadata, sender_id=sender_id)

    def match(self) -> RecordingMatch:
        """How the track matches the recording it equals or contains, as far as is known."""
        heard = self.heard
        changed = abs(heard.speed_ratio - 1) > CHANGED_SPEED or abs(heard.pitch_semitones) > CHANGED_PITCH
        share = 1.0 if heard.overlap is None else min(1.0, max(0.0, heard.overlap))
        return RecordingMatch(
            relation=Relation.TRANSFORMED if changed else Relation.SAME_RECORDING,
            overlap_s=share * (self.duration_s or 0.0),
            speed_ratio=heard.speed_ratio,
            pitch_semitones=heard.pitch_semitones,
            score=share,
        )
