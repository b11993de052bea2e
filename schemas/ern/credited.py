"""Who is written as a contributor of a recording: the disclosure facet by facet, and everybody who is credited.

A credit under a role that stands for a facet carries what is declared of that facet. Where a facet is generated as a
whole, generative AI stands alone on it, and where the whole recording is (``ContainsAI`` All), it stands alone on the
recording: that is DDEX's rule (R2), and people beside it would be read as "in part". Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.catalogue import Artist, TrackMetadata
from schemas.disclosure import Facet, Level, level_of
from schemas.ern.disclosure import MUSIC_FACETS, contains_ai_of
from schemas.ern.roles import ROLE_OF_FACET, facets_of

DISPLAYED = ("MainArtist", "FeaturedArtist", "Artist", "Brand")
"""Roles of those who are billed (``DisplayArtistRole``); every other role makes a contributor."""


@dataclass(frozen=True, slots=True)
class Credited:
    """One contributor in one role. ``name`` is missing for generative AI; UNDECLARED makes no statement."""

    name: str | None
    role: str
    level: Level


def display_artists(metadata: TrackMetadata) -> list[tuple[str, str]]:
    """Name and display role of everybody who is billed, each once; somebody always is the main artist."""
    main = metadata.main_artists()
    billed = [(artist.name, "MainArtist") for artist in main]
    billed += [(artist.name, artist.role) for artist in metadata.artists if artist.role in DISPLAYED]
    return list(dict.fromkeys(billed))


def contributors(metadata: TrackMetadata) -> list[Credited]:
    """Everybody to be written, so that reading them gives the declaration again."""
    declaration = metadata.declared_ai
    alone = contains_ai_of(declaration) is Level.ALL
    people = [] if alone else list(dict.fromkeys(_people(metadata)))
    spoken = {facet for person in people for facet in facets_of(person.role) if person.level is not Level.UNDECLARED}
    stated: list[Credited] = []
    for facet in MUSIC_FACETS:
        level = level_of(declaration, facet)
        if level is Level.ALL:
            stated.append(Credited(None, ROLE_OF_FACET[facet], level))
        elif level is not Level.UNDECLARED and facet not in spoken:
            stated.append(Credited(metadata.main_artists()[0].name, ROLE_OF_FACET[facet], level))
    return [*stated, *people]


def _people(metadata: TrackMetadata) -> Iterator[Credited]:
    for artist in metadata.artists:
        if artist.role in DISPLAYED:
            continue
        facets = facets_of(artist.role)
        levels = {level_of(metadata.declared_ai, facet) for facet in facets} or {Level.UNDECLARED}
        if len(levels) == 1 and Level.ALL not in levels:
            yield Credited(artist.name, artist.role, levels.pop())
        else:
            yield from _by_facet(artist, facets, metadata)


def _by_facet(artist: Artist, facets: Sequence[Facet], metadata: TrackMetadata) -> Iterator[Credited]:
    """One role for several facets that differ: the plain role of each that is not generated as a whole."""
    for facet in facets:
        level = level_of(metadata.declared_ai, facet)
        if level is not Level.ALL:
            yield Credited(artist.name, ROLE_OF_FACET[facet], level)
