"""A track as the behaviour counters see it: one small row, complete enough to count everything again from rows."""

from dataclasses import dataclass
from datetime import datetime


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
    identity_changed: bool = False
    resubmitted: bool = False
