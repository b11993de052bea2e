"""A track as the behaviour counters see it: one small row, complete enough to count everything again from rows."""

from dataclasses import dataclass
from datetime import datetime

from schemas.disclosure import admits_audible_ai
from schemas.evidence import AiVerdict
from schemas.facts import Facts
from service.facts.credits import FAR_FROM_PROFILE, CreditFindings
from service.facts.deliveries import Delivery
from service.facts.history import SHORT_S, TWO_MINUTES_S
from service.facts.recording import GroupMember
from service.facts.registry import ReferenceKind
from service.facts.slices import texture_of
from service.facts.titles import counted_stem

LOOPED = 0.95
SPOKEN = 0.5
SURE_OF_LANGUAGE = 0.8
SEARCH_TERMS = 2
"""So many different search terms make a title one of search terms."""
NO_LANGUAGE = "zxx"
WRITERS = frozenset({"Composer", "Author", "Lyricist", "ComposerLyricist", "SongWriter"})
"""A cover version credits those who wrote the song."""
UNKNOWN_SENDER = "?"

_MARKS = (
    "functional",
    "looped",
    "spoken",
    "ai_hidden",
    "ai_admitted",
    "claim",
    "protected",
    "lookalike",
    "copied_from",
    "protected_match",
    "search",
    "generic",
    "medical",
    "borrowed",
    "chart_title",
    "isrc_reused",
    "foreign_isrc",
    "other_language",
    "identity_changed",
    "resubmitted",
    "returned_renamed",
    "texture",
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One delivery of a sender, redeliveries apart. What is unknown counts as not being so."""

    at: datetime
    track_id: str
    sender_id: str
    title: str
    artist: str
    """First main artist as credited."""
    upc: str | None = None
    cover: str | None = None
    duration_s: float | None = None
    functional: bool = False
    looped: bool = False
    spoken: bool = False
    ai_hidden: bool = False
    """Likely generated, and no audible AI is declared."""
    ai_admitted: bool = False
    linked: bool = False
    """A profile link or the artist's key joins the main artist to the sender."""
    claim: str | None = None
    """Store profile claimed for a new recording without a link."""
    far: bool = False
    protected: frozenset[str] = frozenset()
    """Protected artists credited without a link."""
    lookalike: str | None = None
    """Protected artist whose name the main artist's imitates."""
    copied_from: str | None = None
    """Sender of the earlier recording under another artist and ISRC; ``?`` where that sender is unknown."""
    protected_match: bool = False
    search: bool = False
    generic: bool = False
    medical: bool = False
    borrowed: bool = False
    """Titled as a playlist or a franchise."""
    chart_title: bool = False
    isrc_reused: bool = False
    foreign_isrc: bool = False
    other_language: bool = False
    identity_changed: str | None = None
    """The artist that took another's place after acceptance, folded."""
    resubmitted: bool = False
    returned_renamed: bool = False
    """The sender took the recording back before, and delivers it again under another artist and ISRC."""
    texture: tuple[int, ...] = ()
    """Long-term spectrum of what may be a piece of a longer recording (:mod:`service.facts.slices`)."""


def sighting_of(
    delivery: Delivery,
    facts: Facts,
    credits: CreditFindings,
    *,
    copied_from: GroupMember | None,
    resubmitted: bool,
    returned_renamed: bool = False,
    identity_changed: str | None = None,
) -> Sighting:
    """What the counters keep of a delivery. ``copied_from``: the earlier track whose recording this one copies."""
    metadata, heard, text, identifiers = delivery.metadata, delivery.heard, facts.text, facts.identifiers
    likely = delivery.evidence is not None and delivery.evidence.ai.verdict is AiVerdict.LIKELY_AI
    admitted = admits_audible_ai(metadata.declared_ai)
    certain = heard.language_confidence is not None and heard.language_confidence >= SURE_OF_LANGUAGE
    writers = any(artist.role in WRITERS for artist in metadata.artists)
    distant = heard.artist_distance is not None and heard.artist_distance >= FAR_FROM_PROFILE
    return Sighting(
        at=delivery.at,
        track_id=delivery.track_id,
        sender_id=delivery.sender.id,
        title=metadata.title,
        artist=metadata.main_artists()[0].name,
        upc=metadata.release.upc,
        cover=heard.cover,
        duration_s=delivery.duration_s,
        functional=delivery.functional,
        looped=(facts.audio.loop or 0.0) >= LOOPED,
        spoken=(heard.speech or 0.0) >= SPOKEN,
        ai_hidden=likely and not admitted,
        ai_admitted=admitted,
        linked=credits.linked,
        claim=credits.claim,
        far=credits.claim is not None and distant,
        protected=credits.protected,
        lookalike=credits.imitated,
        copied_from=None if copied_from is None else copied_from.sender_id or UNKNOWN_SENDER,
        protected_match=facts.rights.reference == ReferenceKind.PROTECTED.value and not facts.rights.licensed,
        search=(text.search_terms or 0) >= SEARCH_TERMS,
        generic=bool(text.generic_artist),
        medical=bool(text.medical_claim),
        borrowed=bool(text.playlist_title or text.brand_term),
        chart_title=bool(text.chart_title) and not text.tribute_marker and not writers,
        isrc_reused=(identifiers.isrc_recordings or 1) > 1,
        foreign_isrc=bool(identifiers.foreign_registrant),
        other_language=_differs(metadata.language, heard.language if certain else text.language),
        identity_changed=identity_changed,
        resubmitted=resubmitted,
        returned_renamed=returned_renamed,
        texture=texture_of(
            delivery.duration_s,
            delivery.evidence.audio.long_term_spectrum_db if delivery.evidence else (),
            heard.head_db,
            heard.tail_db,
        ),
    )


def is_like_its_batch(sighting: Sighting) -> bool:
    """Whether a track shows by itself any of what batches are judged by: length, sound, names, recording.

    A song like any other that comes on the same day is no part of the batch for its date alone.
    """
    return (
        any(getattr(sighting, mark) for mark in _MARKS)
        or any(low <= (sighting.duration_s or 0.0) <= high for low, high in (SHORT_S, TWO_MINUTES_S))
        or counted_stem(sighting.title) is not None
        or counted_stem(sighting.artist) is not None
    )


def _differs(declared: str | None, heard: str | None) -> bool:
    if declared is None or heard is None or declared == NO_LANGUAGE:
        return False
    return declared.split("-")[0].lower() != heard.split("-")[0].lower()
