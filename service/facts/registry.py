"""What the platform knows before a track comes in: protected artists and recordings, confirmed spam, lists of names."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from service.facts.names import fold


class ReferenceKind(StrEnum):
    """A registered recording, strongest first."""

    CONFIRMED_SPAM = "confirmed_spam"
    PROTECTED = "protected"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True)
class ReferenceRecording:
    """A recording that is known by its fingerprint."""

    id: str
    kind: ReferenceKind
    title: str | None = None
    artist: str | None = None
    artist_id: str | None = None
    isrc: str | None = None
    p_line: str | None = None
    owner: str | None = None
    account: str | None = None
    release_date: date | None = None
    licensed_to: frozenset[str] = frozenset()
    unmatchable: bool = False
    """Noise or silence: its fingerprint matches every other noise or silence and proves nothing."""
    delivered: bool = False
    """It is among the accepted tracks itself, so that the group has it already."""


@dataclass
class Registry:
    """References by what they are looked up by."""

    recordings: dict[str, ReferenceRecording] = field(default_factory=dict)
    artist_by_name: dict[str, str] = field(default_factory=dict)
    """Folded name of a protected artist to its id."""
    artist_names: dict[str, str] = field(default_factory=dict)
    artist_keys: dict[str, str] = field(default_factory=dict)
    """SHA-256 of an artist's key to the artist's id."""
    star_titles: dict[str, set[str]] = field(default_factory=dict)
    """Artist id to the folded titles of its registered recordings."""
    banned_payouts: set[str] = field(default_factory=set)
    registrant_owner: dict[str, str] = field(default_factory=dict)
    chart_titles: set[str] = field(default_factory=set)
    playlist_titles: set[str] = field(default_factory=set)
    brand_terms: list[str] = field(default_factory=list)

    def protect_artist(self, artist_id: str, name: str) -> None:
        self.artist_by_name[fold(name)] = artist_id
        self.artist_names[artist_id] = name

    def artist_of_key(self, sha256: str) -> str | None:
        """Whose key this is. Every hash is compared, each in constant time: how long it takes tells nothing."""
        found = None
        for known, artist_id in self.artist_keys.items():
            if hmac.compare_digest(known, sha256):
                found = artist_id
        return found

    def add_recording(self, recording: ReferenceRecording) -> None:
        self.recordings[recording.id] = recording
        if recording.kind is ReferenceKind.PROTECTED and recording.artist_id and recording.title:
            self.star_titles.setdefault(recording.artist_id, set()).add(fold(recording.title))

    def add_names(self, kind: str, names: Iterable[str]) -> None:
        """Take over a list of ``chart_titles``, ``playlist_titles`` or ``brand_terms``."""
        if kind == "chart_titles":
            self.chart_titles |= {fold(name) for name in names}
        elif kind == "playlist_titles":
            self.playlist_titles |= {fold(name) for name in names}
        else:
            self.brand_terms += list(names)
