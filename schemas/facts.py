"""Facts: the flat, typed record that rules are evaluated on.

Facts are grouped; a rule names one as ``group.field`` (``sender.tracks_24h``). A fact that is ``None`` is unknown: it
is left out of the evaluation, so that a condition on it is "not evaluable", never true. Every field states its meaning,
its unit and its *producer*: who computes it on live traffic. ``docs/facts.md`` is generated from here.

History facts go by order of acceptance, whatever the order of analysis, as of the judged track's own; group facts
(``recording.group_*``) look at all members known at the time of the judgement.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, get_args

from pydantic.fields import FieldInfo

from schemas.behaviour_facts import (
    BulkFacts,
    IdentifierFacts,
    ReputationFacts,
    RingFacts,
    VelocityFacts,
)
from schemas.catalogue import SenderTier
from schemas.disclosure import Level
from schemas.evidence import AiVerdict, Relation, Trust
from schemas.fact_group import FactGroup, Scalar, fact

__all__ = [
    "BulkFacts",
    "FactGroup",
    "Facts",
    "IdentifierFacts",
    "ReputationFacts",
    "RingFacts",
    "Scalar",
    "VelocityFacts",
    "fact",
    "fact_fields",
    "fact_values",
]

_DECLARED = "intake: the declaration"
_METADATA = "intake: the metadata"
_EVIDENCE = "analysis"
_MATCHES = "decide: fingerprint matches"
_HISTORY = "decide: the sender's history"
_TEXT = "decide: title and artist text"
_LISTS = "decide: title and artist against the operator's register; empty lists match nothing"
_CREDITS = "decide: credits against the operator's register of protected artists and senders' links"
_RIGHTS = "decide: recordings of the operator's register and of confirmed decisions, heard in the group"
_COUNTERS = "accept and decide: the behaviour counters of the sender and its ring"
_SENDER_REGISTER = "decide: the operator's register of senders"


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
    verdict: str | None = fact("What the sound says about generation.", producer=_EVIDENCE, values=AiVerdict)
    probability: float | None = fact("Calibrated likelihood that the recording was generated, 0-1.", producer=_EVIDENCE)
    share_of_track: float | None = fact(
        "Share of the track's time over which the likelihood is at least 0.5, 0-1.", producer=_EVIDENCE
    )
    vocal_probability: float | None = fact("Likelihood that the vocals were generated, 0-1.", producer="not produced")


class ProvenanceFacts(FactGroup):
    says_ai: bool | None = fact("A mark in the file says that it was generated, wholly or partly.", producer=_EVIDENCE)
    generator: str | None = fact("Generator named by the mark.", producer=_EVIDENCE)
    trust: str | None = fact("Highest trust of such a mark.", producer=_EVIDENCE, values=Trust)


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
    speech: float | None = fact(
        "Share of spoken word without music, 0-1; unknown where it cannot be told.", producer=_EVIDENCE
    )


class RecordingFacts(FactGroup):
    matches_earlier: bool | None = fact("The same recording was accepted before, from anybody.", producer=_MATCHES)
    other_artist_and_isrc: bool | None = fact(
        "It was accepted before under another ISRC and another artist: the signal; either alone is none.",
        producer=_MATCHES,
    )
    other_artist_isrc_unknown: bool | None = fact(
        "It was accepted before under another artist, and one of the two has no ISRC: leaving it out hides the signal.",
        producer=_MATCHES,
    )
    same_owner: bool | None = fact("The earlier recording came from the same sender.", producer=_MATCHES)
    relation: str | None = fact("How the earliest match is related.", producer=_MATCHES, values=Relation)
    speed_ratio: float | None = fact("Speed against the earliest match.", producer=_MATCHES)
    pitch_semitones: float | None = fact("Pitch against the earliest match, semitones.", producer=_MATCHES)
    overlap_s: float | None = fact("Seconds of this track that the earliest match covers.", producer=_MATCHES)
    group_tracks: int | None = fact("Tracks of this recording, this one included.", producer=_MATCHES)
    group_artists: int | None = fact("Different artists it was delivered under.", producer=_MATCHES)
    group_isrcs: int | None = fact("Different ISRCs it was delivered under.", producer=_MATCHES)
    group_senders: int | None = fact("Different senders that delivered it.", producer=_MATCHES)


class SenderFacts(FactGroup):
    tier: str | None = fact("How far the tenant vouches for the sender.", producer=_HISTORY, values=SenderTier)
    age_days: float | None = fact("Days since the sender was first known.", producer=_HISTORY)
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

    prior_tracks: int | None = fact("Tracks the sender delivered before its first one here.", producer=_SENDER_REGISTER)
    tracks_30d: int | None = fact("New recordings accepted in the 30 days up to this one.", producer=_COUNTERS)
    nb_surprise: float | None = fact(
        "-log10 of the negative-binomial probability of so many in 24 h, by the sender's own 28 days; needs 14 days.",
        producer=_COUNTERS,
    )
    tier_ratio: float | None = fact(
        "New recordings in 24 h over the busiest 1 % of days of an ordinary sender of the tier.", producer=_COUNTERS
    )
    cusum: float | None = fact(
        "Cumulative sum of the daily excess over the sender's own baseline (k 0.5); low and slow shows above 8.",
        producer=_COUNTERS,
    )
    hour_entropy: float | None = fact(
        "Evenness of uploads over the hours of the day, 0-1, over 7 days; needs 100 tracks on 3 days.",
        producer=_COUNTERS,
    )
    new_account: bool | None = fact("Known for less than 30 days.", producer=_COUNTERS)
    payout_changed_days: float | None = fact(
        "Days since the payout destination changed; unknown where it never did.", producer=_COUNTERS
    )
    device_changed_days: float | None = fact("Days since the device changed, likewise.", producer=_COUNTERS)
    contracts: list[str] | None = fact("Agreements of the sender with the platform.", producer=_SENDER_REGISTER)


class TextFacts(FactGroup):
    score: float | None = fact(
        "Likelihood, 0-1, that title and artist are of the search-term kind (sleep, rain, noise ...). Routes, "
        "never holds.",
        producer=_TEXT,
    )
    search_terms: int | None = fact("Different search terms of the functional kind in the title.", producer=_TEXT)
    generic_artist: bool | None = fact(
        "The artist's name is on a list of generic names that services refuse.", producer=_TEXT
    )
    medical_claim: bool | None = fact("The title promises to cure or treat.", producer=_TEXT)
    chart_title: bool | None = fact("The title equals a current chart title.", producer=_LISTS)
    playlist_title: bool | None = fact("Title or artist equals an editorial playlist's name.", producer=_LISTS)
    brand_term: bool | None = fact("Title or artist names a franchise.", producer=_LISTS)
    tribute_marker: bool | None = fact(
        "The title says that it is a cover, a karaoke version or a tribute.", producer=_TEXT
    )
    language: str | None = fact(
        "Language of the title, ISO 639-1; unknown for short titles and where it is not sure.", producer=_TEXT
    )


class ArtistKey(StrEnum):
    NONE = "none"
    RIGHT = "right"
    WRONG = "wrong"


class CreditsFacts(FactGroup):
    vouched: bool | None = fact(
        "The artist's key came along, or every profile claimed is one this sender has delivered to.", producer=_CREDITS
    )
    artist_key: str | None = fact(
        "An artist's key that came along: none, right (a credited artist's), or wrong (nobody's, or another artist's).",
        producer=_CREDITS,
        values=ArtistKey,
    )
    claims_unlinked: bool | None = fact(
        "A main artist's store profile is claimed that this sender has no link to, for a new recording.",
        producer=_CREDITS,
    )
    protected_main: bool | None = fact(
        "A protected artist is credited as main artist, by name and without a link.", producer=_CREDITS
    )
    protected_guest: bool | None = fact(
        "A protected artist is credited as guest or remixer, by name and without a link.", producer=_CREDITS
    )
    lookalike: str | None = fact(
        "How the main artist's name resembles a protected one: homoglyph, leet, misspelling; empty where it does not.",
        producer=_CREDITS,
    )
    star_title: bool | None = fact(
        "The title is that of a registered recording of the artist who is named or resembled.", producer=_CREDITS
    )
    voice_match: bool | None = fact(
        "The voice resembles (0.8 and up) a protected singer whom this sender has no link to.", producer="not produced"
    )
    artist_distance: float | None = fact(
        "Distance of the sound from what the claimed profile holds, 0-1; 0.4 is common, 0.7 rare.",
        producer="not produced",
    )


class RightsFacts(FactGroup):
    reference: str | None = fact(
        "Strongest registered recording in the sound: protected, confirmed_spam, catalogue, or none; noise and "
        "silence match nothing.",
        producer=_RIGHTS,
    )
    licensed: bool | None = fact("The sender owns or licenses that recording.", producer=_RIGHTS)
    overlap: float | None = fact("Share of this track that it covers, 0-1.", producer=_RIGHTS)
    unreleased: bool | None = fact("It is registered with a release date still to come.", producer=_RIGHTS)
    banned_payout: bool | None = fact("The payout destination is that of a banned sender.", producer=_RIGHTS)


class Facts(FactGroup):
    """All facts of one track at one moment. Stored with the verdict, so that any verdict can be replayed."""

    track: TrackFacts = TrackFacts()
    declared: DeclaredFacts = DeclaredFacts()
    ai: AiFacts = AiFacts()
    provenance: ProvenanceFacts = ProvenanceFacts()
    audio: AudioFacts = AudioFacts()
    recording: RecordingFacts = RecordingFacts()
    sender: SenderFacts = SenderFacts()
    text: TextFacts = TextFacts()
    credits: CreditsFacts = CreditsFacts()
    rights: RightsFacts = RightsFacts()
    identifiers: IdentifierFacts = IdentifierFacts()
    bulk: BulkFacts = BulkFacts()
    ring: RingFacts = RingFacts()
    reputation: ReputationFacts = ReputationFacts()
    velocity: VelocityFacts = VelocityFacts()

    def flat(self) -> dict[str, Scalar]:
        """The known facts by qualified name; unknown ones have no key."""
        return {
            f"{group}.{name}": (value.value if isinstance(value, Level) else value)
            for group in type(self).model_fields
            for name, value in vars(getattr(self, group)).items()
            if value is not None
        }


def _described() -> Iterator[tuple[str, FieldInfo, dict[str, Any]]]:
    for group, group_field in Facts.model_fields.items():
        model = group_field.annotation
        assert isinstance(model, type) and issubclass(model, FactGroup)
        for name, field in model.model_fields.items():
            extra = field.json_schema_extra
            yield f"{group}.{name}", field, dict(extra) if isinstance(extra, dict) else {}


def fact_fields() -> Iterator[tuple[str, Any, str, str]]:
    """Every fact there is: qualified name, Python type annotation, description, producer; in the order written."""
    for name, field, extra in _described():
        yield name, field.annotation, field.description or "", str(extra.get("producer", ""))


@cache
def fact_values() -> Mapping[str, tuple[str, ...]]:
    """The values a text fact can take, by its qualified name, for those facts that take a few only."""
    found: dict[str, tuple[str, ...]] = {}
    for name, field, extra in _described():
        if isinstance(values := extra.get("values"), list):
            found[name] = tuple(str(value) for value in values)
        elif isinstance(field.annotation, UnionType) and Level in get_args(field.annotation):
            found[name] = tuple(level.value for level in Level)
    return found
