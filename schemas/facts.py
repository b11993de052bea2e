"""Facts: the flat, typed record that rules are evaluated on.

Facts are grouped; a rule names one as ``group.field`` (``sender.tracks_24h``). A fact that is ``None`` is unknown: it
is left out of the evaluation, so that a condition on it is "not evaluable", never true. Every field states its meaning,
its unit and its *producer*: who computes it on live traffic. ``docs/facts.md`` is generated from here.

History facts go by order of acceptance, whatever the order of analysis, as of the judged track's own; group facts
(``recording.group_*``) look at all members known at the time of the judgement.
"""

from collections.abc import Iterator
from types import UnionType
from typing import Any, get_args

from pydantic.fields import FieldInfo

from schemas.catalogue import SenderTier
from schemas.disclosure import Level
from schemas.evidence import AiVerdict, Relation, Trust
from schemas.fact_group import FactGroup, Scalar, fact

__all__ = ["FactGroup", "Facts", "Scalar", "fact", "fact_fields", "fact_values"]

_DECLARED = "intake: the declaration"
_METADATA = "intake: the metadata"
_EVIDENCE = "analysis"
_MATCHES = "decide: fingerprint matches"
_HISTORY = "decide: the sender's history"
_TEXT = "simulate: title and artist text; not yet on live traffic"
_CREDITS = "simulate: credits against the registry of protected artists; not yet on live traffic"
_RIGHTS = "simulate: matches with registered references; not yet on live traffic"
_COUNTERS = "simulate: the behaviour counters of the sender and its ring; not yet on live traffic"


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
    share_of_track: float | None = fact("Share of the segments at or over probability 0.5, 0-1.", producer=_EVIDENCE)
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

    prior_tracks: int | None = fact("Tracks the sender delivered before its first one here.", producer=_COUNTERS)
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
    contracts: list[str] | None = fact("Agreements of the sender with the platform.", producer=_COUNTERS)


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
    chart_title: bool | None = fact("The title equals a current chart title.", producer=_TEXT)
    playlist_title: bool | None = fact("Title or artist equals an editorial playlist's name.", producer=_TEXT)
    brand_term: bool | None = fact("Title or artist names a franchise.", producer=_TEXT)
    tribute_marker: bool | None = fact(
        "The title says that it is a cover, a karaoke version or a tribute.", producer=_TEXT
    )


class CreditsFacts(FactGroup):
    vouched: bool | None = fact(
        "The artist's key came along, or every profile claimed is one this sender has delivered to.", producer=_CREDITS
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


class IdentifierFacts(FactGroup):
    isrc_recordings: int | None = fact(
        "Different recordings delivered under this ISRC, this one included; noise apart.", producer=_COUNTERS
    )
    isrc_of_another: bool | None = fact(
        "The ISRC is known for another recording of another sender.", producer=_COUNTERS
    )
    foreign_registrant: bool | None = fact(
        "A new recording under a registrant's code that is known to belong to somebody else.", producer=_COUNTERS
    )


class BulkFacts(FactGroup):
    """Statistics of what a sender, or the ring it belongs to, delivered in the last 30 days (at most 1,000 tracks)."""

    tracks: int | None = fact("Tracks delivered, redeliveries apart; the base of the shares.", producer=_COUNTERS)
    artists: int | None = fact("Different main artists among them.", producer=_COUNTERS)
    payable_share: float | None = fact("Share that lasts 30 s and more: shorter ones earn nothing.", producer=_COUNTERS)
    short_share: float | None = fact("Share that lasts 30 to 35 s.", producer=_COUNTERS)
    slices: int | None = fact(
        "Tracks of 30 to 35 s that are noise, silence, loops, speech or named by search terms.", producer=_COUNTERS
    )
    short_surprise: float | None = fact(
        "-log10 of the binomial probability of so many such tracks by the tier's baseline.", producer=_COUNTERS
    )
    two_minute_share: float | None = fact(
        "Share that lasts 120 to 125 s, just over a payment limit.", producer=_COUNTERS
    )
    two_minute_surprise: float | None = fact("-log10 of the probability of so many, likewise.", producer=_COUNTERS)
    length_spread: float | None = fact(
        "Spread of the lengths: interquartile range over the median.", producer=_COUNTERS
    )
    functional_share: float | None = fact("Share that is noise or silence.", producer=_COUNTERS)
    loop_share: float | None = fact("Share that is an exact repetition or a steady tone.", producer=_COUNTERS)
    speech_share: float | None = fact("Share that is mostly speech.", producer=_COUNTERS)
    numbered_share: float | None = fact("Share whose title is a number on a stem that repeats.", producer=_COUNTERS)
    numbered_artists: float | None = fact("Share whose artist is a number on a stem that repeats.", producer=_COUNTERS)
    title_overlap: float | None = fact("How far the titles draw on the same few words, 0-1.", producer=_COUNTERS)
    search_share: float | None = fact("Share whose titles are made of search terms.", producer=_COUNTERS)
    generic_share: float | None = fact("Share under a generic artist name.", producer=_COUNTERS)
    medical: int | None = fact("Tracks whose title promises to cure or treat.", producer=_COUNTERS)
    borrowed_titles: int | None = fact(
        "Tracks titled as an editorial playlist or a franchise.",
        producer=_COUNTERS,
    )
    borrowed_share: float | None = fact("Share of such tracks.", producer=_COUNTERS)
    chart_titles: int | None = fact(
        "Tracks titled as a current hit that neither say they are covers nor credit who wrote them.", producer=_COUNTERS
    )
    ai_hidden: int | None = fact("Likely generated tracks for which no audible AI is declared.", producer=_COUNTERS)
    ai_hidden_share: float | None = fact("Share of such tracks.", producer=_COUNTERS)
    ai_admitted_share: float | None = fact("Share for which audible AI is declared.", producer=_COUNTERS)
    unlinked_share: float | None = fact(
        "Share by main artists whom nothing links to the sender; unknown where it has no links at all.",
        producer=_COUNTERS,
    )
    linked_share: float | None = fact(
        "Share by main artists whom a profile or a key links to the sender.", producer=_COUNTERS
    )
    profile_claims: int | None = fact(
        "Different store profiles claimed without a link, for new recordings.", producer=_COUNTERS
    )
    far_claims: int | None = fact(
        "Tracks on such profiles whose sound is far (0.6 and up) from what the profile holds.", producer=_COUNTERS
    )
    protected_names: int | None = fact("Different protected artists credited without a link.", producer=_COUNTERS)
    lookalikes: int | None = fact("Different protected artists whose names are imitated.", producer=_COUNTERS)
    copies: int | None = fact(
        "Tracks whose recording was accepted before under another ISRC and another artist.", producer=_COUNTERS
    )
    copied_senders: int | None = fact("Different other senders whose recordings were copied.", producer=_COUNTERS)
    protected_matches: int | None = fact(
        "Tracks that contain protected recordings without a licence.", producer=_COUNTERS
    )
    shared_cover_artists: int | None = fact(
        "Artists, each on another release, under this track's cover.", producer=_COUNTERS
    )
    isrc_reused: int | None = fact("Tracks under an ISRC that stands for another recording.", producer=_COUNTERS)
    foreign_isrcs: int | None = fact("New recordings under a foreign registrant's code.", producer=_COUNTERS)
    language_mismatch: int | None = fact(
        "Tracks sung in another language than declared (confidence 0.8 and up).", producer=_COUNTERS
    )
    identity_changes: int | None = fact(
        "Different artists that accepted tracks were given afterwards in place of others.", producer=_COUNTERS
    )
    resubmitted: int | None = fact(
        "Tracks whose recording was withdrawn twice or more and delivered again under another ISRC.",
        producer=_COUNTERS,
    )


class RingFacts(FactGroup):
    """Accounts joined by typed, weighted evidence: judged as one. A sender on its own is a ring of one."""

    accounts: int | None = fact("Accounts joined.", producer=_COUNTERS)
    young_share: float | None = fact("Share of them known for less than 60 days.", producer=_COUNTERS)
    shared: list[str] | None = fact("What joins them: payout, device, network, cover, recording.", producer=_COUNTERS)
    tracks_24h: int | None = fact("New recordings of all together in 24 hours.", producer=_COUNTERS)
    tracks_7d: int | None = fact("New recordings of all together in 7 days.", producer=_COUNTERS)
    banned_payout: bool | None = fact("One of them is paid to a banned destination.", producer=_COUNTERS)


class ReputationFacts(FactGroup):
    """Beta-binomial estimate from confirmed decisions, decaying by 2 % a week."""

    reviewed: float | None = fact("Decayed count of tracks that people decided on.", producer=_COUNTERS)
    spam_mean: float | None = fact("Expected share of spam.", producer=_COUNTERS)
    spam_low: float | None = fact("Lower end of its 95 % interval.", producer=_COUNTERS)
    spam_high: float | None = fact("Upper end of its 95 % interval.", producer=_COUNTERS)
    established: bool | None = fact(
        "Trusted tier, or long known with a large catalogue or many good decisions, and never much spam; false while "
        "the account looks taken over.",
        producer=_COUNTERS,
    )
    taken_over: bool | None = fact(
        "Payout and device changed together within 14 days on an account of 90 days or more.", producer=_COUNTERS
    )


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


def fact_values() -> dict[str, tuple[str, ...]]:
    """The values a text fact can take, by its qualified name, for those facts that take a few only."""
    found: dict[str, tuple[str, ...]] = {}
    for name, field, extra in _described():
        if isinstance(values := extra.get("values"), list):
            found[name] = tuple(str(value) for value in values)
        elif isinstance(field.annotation, UnionType) and Level in get_args(field.annotation):
            found[name] = tuple(level.value for level in Level)
    return found
