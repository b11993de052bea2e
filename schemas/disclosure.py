"""What an artist says about the use of AI in a track: one level for each facet of its making."""

from enum import StrEnum


class Facet(StrEnum):
    """A part of the making of a track that can be generated on its own.

    The first three are what a listener hears, and so what evidence from the sound can bear on; the others can be
    contradicted by provenance alone.
    """

    VOCALS = "VOCALS"
    INSTRUMENTATION = "INSTRUMENTATION"
    COMPOSITION = "COMPOSITION"
    LYRICS = "LYRICS"
    POST_PRODUCTION = "POST_PRODUCTION"
    ARTWORK = "ARTWORK"
    VIDEO = "VIDEO"


class Level(StrEnum):
    """How much of a facet was generated. ``UNDECLARED`` is the absence of a statement and is never read as ``NONE``."""

    UNDECLARED = "UNDECLARED"
    NONE = "NONE"
    PARTLY = "PARTLY"
    ALL = "ALL"


AUDIBLE_FACETS = (Facet.VOCALS, Facet.INSTRUMENTATION, Facet.POST_PRODUCTION)
"""The facets that evidence from the sound bears on, taken together: no detector tells them apart reliably."""

Declaration = dict[Facet, Level]
"""A level for each facet. A facet that is missing is ``UNDECLARED``."""


def level_of(declaration: Declaration, facet: Facet) -> Level:
    """The declared level of a facet; ``UNDECLARED`` where the declaration is silent."""
    return declaration.get(facet, Level.UNDECLARED)


def complete(declaration: Declaration) -> Declaration:
    """The same declaration with every facet spelled out, in the order of :class:`Facet`."""
    return {facet: level_of(declaration, facet) for facet in Facet}


def admits_ai(level: Level) -> bool:
    """Whether the level says that AI was used."""
    return level in (Level.PARTLY, Level.ALL)


def admits_audible_ai(declaration: Declaration) -> bool:
    """Whether AI is declared, partly or fully, for anything that can be heard: that satisfies evidence."""
    return any(admits_ai(level_of(declaration, facet)) for facet in AUDIBLE_FACETS)


def denies_audible_ai(declaration: Declaration) -> bool:
    """Whether every audible facet is declared ``NONE``: all that evidence from the sound can contradict."""
    return all(level_of(declaration, facet) is Level.NONE for facet in AUDIBLE_FACETS)
