"""What a sender says about a track: the metadata of ``POST /v1/tracks`` and of a row of ``manifest.jsonl``."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.disclosure import Facet, Level
from schemas.identifiers import Dpid, Isni, Isrc, Iswc, Upc

MAX_TITLE = 2_000
"""Longest title in characters. The longest real titles have about 1,000; what is longer is an attack or a mistake."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TITLE, strip_whitespace=True)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class Said(BaseModel):
    """Base of everything a sender says: unknown keys are kept (and warned of), never dropped."""

    model_config = ConfigDict(extra="allow", str_strip_whitespace=True)


class SenderTier(StrEnum):
    """How far the tenant vouches for a sender."""

    TRUSTED = "trusted"
    VERIFIED = "verified"
    UNVERIFIED = "unverified"


class Artist(Said):
    """A contributor as credited. ``role`` is a DDEX display-artist or contributor role."""

    name: Text
    role: ShortText = "MainArtist"
    artist_id: Token | None = Field(
        default=None, description="Store profile the sender claims; missing: a new profile."
    )
    isni: Isni | None = None


class Release(Said):
    """The product a track is delivered on."""

    title: Text | None = None
    upc: Upc | None = None
    label: ShortText | None = None
    type: ShortText | None = Field(
        default=None, description="DDEX release type, such as Single, EP, Album, Compilation."
    )
    release_date: date | None = None
    artist: ShortText | None = Field(default=None, description="Display artist of the release where it differs.")


class Sender(Said):
    """Who is behind the tenant's delivery: the account, label or sub-label at the distributor."""

    id: Token | None = None
    tier: SenderTier | None = None
    parent: Token | None = None
    dpid: Dpid | None = None
    payout_hash: Token | None = Field(
        default=None, description="Opaque token of the payout destination; only equality counts."
    )
    device_hash: Token | None = None
    ip: Token | None = None


class TrackMetadata(Said):
    """A track as its sender describes it, with the declaration of AI use. Every facet left out is UNDECLARED."""

    title: Text
    version: ShortText | None = None
    artists: list[Artist] = Field(min_length=1, max_length=200)
    isrc: Isrc | None = None
    iswc: Iswc | None = None
    release: Release = Field(default_factory=Release)
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = Field(
        default=None, description="ISO 639 code of the title and lyrics; zxx for none."
    )
    genre: ShortText | None = None
    p_line: ShortText | None = None
    explicit: bool | None = None
    sender: Sender = Field(default_factory=Sender)
    artist_key: Token | None = Field(default=None, description="The artist's own key, which vouches for the delivery.")
    declared_ai: dict[Facet, Level] = Field(default_factory=dict)
    client_reference: ShortText | None = None

    def main_artists(self) -> list[Artist]:
        """The artists the track is billed to; all of them where nobody is marked as a main artist."""
        return [artist for artist in self.artists if artist.role == "MainArtist"] or list(self.artists)


def unknown_keys(model: BaseModel, prefix: str = "") -> list[str]:
    """Dotted paths of the keys that this version does not know, in order of appearance. They are kept as sent."""
    found = [f"{prefix}{key}" for key in (model.model_extra or {})]
    for name in type(model).model_fields:
        value: Any = getattr(model, name)
        if isinstance(value, BaseModel):
            found += unknown_keys(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            for position, item in enumerate(value):
                if isinstance(item, BaseModel):
                    found += unknown_keys(item, f"{prefix}{name}[{position}].")
    return found
