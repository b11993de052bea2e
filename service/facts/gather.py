"""One record of facts from everything that is known of a track at the moment of judgement."""

from collections.abc import Sequence

from schemas.catalogue import TrackMetadata
from schemas.evidence import Evidence
from schemas.facts import AiFacts, AudioFacts, Facts, ProvenanceFacts, RecordingFacts, SenderFacts, TrackFacts
from service.facts.declared import declared_facts
from service.facts.evidence import ai_facts, audio_facts, provenance_facts
from service.facts.history import SenderHistory, sender_facts
from service.facts.recording import GroupMember, recording_facts


def gather(
    metadata: TrackMetadata,
    evidence: Evidence | None,
    *,
    revision: int = 1,
    judged: GroupMember | None = None,
    group: Sequence[GroupMember] = (),
    history: SenderHistory | None = None,
) -> Facts:
    """The facts of one revision of one track. What is not given stays unknown, never false.

    ``judged`` is the track itself as a member of its recording's group and ``group`` the other members (empty for a
    recording that nobody delivered before). ``history`` is the sender's, ending with this track's acceptance.
    """
    return Facts(
        track=track_facts(metadata, revision),
        declared=declared_facts(metadata.declared_ai),
        ai=ai_facts(evidence) if evidence else AiFacts(),
        provenance=provenance_facts(evidence.provenance) if evidence else ProvenanceFacts(),
        audio=audio_facts(evidence) if evidence else AudioFacts(),
        recording=recording_facts(judged, group) if judged else RecordingFacts(),
        sender=sender_facts(history) if history else SenderFacts(),
    )


def track_facts(metadata: TrackMetadata, revision: int) -> TrackFacts:
    return TrackFacts(
        title=metadata.title,
        artist=metadata.main_artists()[0].name,
        isrc=metadata.isrc,
        release_type=metadata.release.type.lower() if metadata.release.type else None,
        language=metadata.language,
        revision=revision,
    )
