"""Facts: the flat, typed record that rules are evaluated on.

Facts are grouped; a rule names one as ``group.field`` (``sender.tracks_24h``). A fact that is ``None`` is unknown: it
is left out of the evaluation, so that a condition on it is "not evaluable", never true. Every field states its meaning,
its unit and its *producer*: who computes it on live traffic. ``docs/facts.md`` is generated from here.

All history facts are computed over tracks in order of acceptance, whatever the order of analysis, and as of the
acceptance of the judged track where they count something in time; group facts (``recording.group_*``) look at all
members known at the time of the judgement.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.disclosure import Level

Scalar = bool | int | float | str | list[str]


def fact(description: str, *, producer: str) -> Any:
    """A fact that may be unknown. ``producer`` names who computes it, or ``not produced``."""
    return Field(default=None, description=description, json_schema_extra={"producer": producer})


class FactGroup(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_DECLARED = "intake: the declaration"
_METADATA = "intake: the metadata"
_EVIDENCE = "analysis"
_MATCHES = "decide: fingerprint matches"
_HISTORY = "decide: the sender's history"


class TrackFacts(FactGroup):
    title: str | None = fact("Title as delivered.", producer=_METADATA)
    artist: str | None = fact("First main artist as credited.", producer=_METADATA)
    isrc: str | None = fact("ISRC, compact.", producer=_METADATA)
    release_type: str | None = fact("DDEX release type, lower case.", producer=_METADATA)
    language: str | None = fact("Declared language.", producer=_METADATA)
    revision: int | None = fact("Revision of the track, from 1.", producer=_METADATA)


class DeclaredFacts(FactGroup):
    vocals: Level | None = fact("Declared level of AI in the vocals.", producer=_DECLARED)
    instrumentation: Level | None = fact("Declared level of AI in the instrumentation.", producer=_DECLARED)
    composition: Level | None = fact("Declared level of AI in the composition.", producer=_DECLARED)
    lyrics: Level | None = fact("Declared level of AI in the lyrics.", producer=_DECLARED)
    post_production: Level | None = fact("Declared level of AI in mixing and mastering.", producer=_DECLARED)
    artwork: Level | None = fact("Declared level of AI in the artwork.", producer=_DECLARED)
    video: Level | None = fact("Declared level of AI in the video.", producer=_DECLARED)
    audible_denied: bool | None = fact(
        "Vocals, instrumentation and post-production are all declared NONE.", producer=_DECLARED
    )
    audible_admitted: bool | None = fact("PARTLY or ALL is declared for one of the audible facets.", producer=_DECLARED)
    music_all: bool | None = fact(
        "ALL is declared for a facet of the music (artwork and video apart).", producer=_DECLARED
    )
    music_partly: bool | None = fact("PARTLY is the highest level declared for the music.", producer=_DECLARED)
    artwork_only: bool | None = fact("AI is declared for artwork or video and for nothing else.", producer=_DECLARED)


class AiFacts(FactGroup):
    verdict: str | None = fact("likely_ai, inconclusive or no_evidence.", producer=_EVIDENCE)
    probability: float | None = fact("Calibrated likelihood that the recording was generated, 0-1.", producer=_EVIDENCE)
    share_of_track: float | None = fact("Share of the segments at or over probability 0.5, 0-1.", producer=_EVIDENCE)
    vocal_probability: float | None = fact("Likelihood that the vocals were generated, 0-1.", producer="not produced")


class ProvenanceFacts(FactGroup):
    says_ai: bool | None = fact("A mark in the file says that it was generated, wholly or partly.", producer=_EVIDENCE)
    generator: str | None = fact("Generator named by the mark.", producer=_EVIDENCE)
    trust: str | None = fact(
        "Highest trust of such a mark: trusted, unsigned, untrusted, tampered.", producer=_EVIDENCE
    )


class AudioFacts(FactGroup):
    duration_s: float | None = fact("Duration in seconds.", producer=_EVIDENCE)
    noise: float | None = fact(
        "Stationary noise-likeness, 0-1; music mostly under 0.4, noise above 0.5.", producer=_EVIDENCE
    )
    silence_ratio: float | None = fact("Share of the track that is silent, 0-1.", producer=_EVIDENCE)
    loop: float | None = fact("Self-similarity, 0-1; exact repetition above about 0.95.", producer=_EVIDENCE)
    loudness_lufs: float | None = fact("Integrated loudness, LUFS.", producer=_EVIDENCE)
    bandwidth_hz: float | None = fact("Bandwidth, Hz.", producer=_EVIDENCE)
    truncated: bool | None = fact("The file broke off while it was decoded.", producer=_EVIDENCE)
    functional: bool | None = fact("Noise or silence rather than music.", producer=_EVIDENCE)


class RecordingFacts(FactGroup):
    matches_earlier: bool | None = fact("The same recording was accepted before, from anybody.", producer=_MATCHES)
    other_artist_and_isrc: bool | None = fact(
        "It was accepted before under another ISRC and another artist: the signal; either alone is none.",
        producer=_MATCHES,
    )
    same_owner: bool | None = fact("The earlier recording came from the same sender.", producer=_MATCHES)
    relation: str | None = fact("identical, same_recording or transformed, of the earliest match.", producer=_MATCHES)
    speed_ratio: float | None = fact("Speed against the earliest match.", producer=_MATCHES)
    pitch_semitones: float | None = fact("Pitch against the earliest match, semitones.", producer=_MATCHES)
    overlap_s: float | None = fact("Seconds of this track that the earliest match covers.", producer=_MATCHES)
    group_tracks: int | None = fact("Tracks of this recording, this one included.", producer=_MATCHES)
    group_artists: int | None = fact("Different artists it was delivered under.", producer=_MATCHES)
    group_isrcs: int | None = fact("Different ISRCs it was delivered under.", producer=_MATCHES)
    group_senders: int | None = fact("Different senders that delivered it.", producer=_MATCHES)


class SenderFacts(FactGroup):
    tier: str | None = fact("trusted, verified or unverified.", producer=_HISTORY)
    age_days: float | None = fact("Days since the sender's first accepted track.", producer=_HISTORY)
    tracks_1h: int | None = fact("New recordings accepted in the hour up to this one, it included.", producer=_HISTORY)
    tracks_24h: int | None = fact(
        "New recordings accepted in the 24 hours up to this one, it included.", producer=_HISTORY
    )
    tracks_7d: int | None = fact(
        "New recordings accepted in the 7 days up to this one, it included.", producer=_HISTORY
    )
    history_days: int | None = fact("Days of history before the last 24 hours, at most 28.", producer=_HISTORY)
    surge_z: float | None = fact(
        "z of log(1 + new recordings in 24 h) against the sender's own 28 days before; needs 14 days.",
        producer=_HISTORY,
    )
    functional_24h: int | None = fact("Noise or silent tracks among those of the last 24 hours.", producer=_HISTORY)
    short_24h: int | None = fact("Tracks of 30 to 35 s among those of the last 24 hours.", producer=_HISTORY)


class Facts(FactGroup):
    """All facts of one track at one moment. Stored with the verdict, so that any verdict can be replayed."""

    track: TrackFacts = TrackFacts()
    declared: DeclaredFacts = DeclaredFacts()
    ai: AiFacts = AiFacts()
    provenance: ProvenanceFacts = ProvenanceFacts()
    audio: AudioFacts = AudioFacts()
    recording: RecordingFacts = RecordingFacts()
    sender: SenderFacts = SenderFacts()

    def flat(self) -> dict[str, Scalar]:
        """The known facts by qualified name; unknown ones have no key."""
        return {
            f"{group}.{name}": (value.value if isinstance(value, Level) else value)
            for group in type(self).model_fields
            for name, value in getattr(self, group)
            if value is not None
        }


def fact_fields() -> Iterator[tuple[str, Any, str, str]]:
    """Every fact there is: qualified name, Python type annotation, description, producer; in the order written."""
    for group, group_field in Facts.model_fields.items():
        model = group_field.annotation
        assert isinstance(model, type) and issubclass(model, FactGroup)
        for name, field in model.model_fields.items():
            extra = field.json_schema_extra
            producer = str(extra["producer"]) if isinstance(extra, dict) else ""
            yield f"{group}.{name}", field.annotation, field.description or "", producer
