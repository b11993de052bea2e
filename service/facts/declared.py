"""Facts of the declaration: what the sender says about the use of AI, facet by facet and summed up."""

from schemas.disclosure import (
    Declaration,
    Facet,
    Level,
    admits_ai,
    admits_audible_ai,
    complete,
    denies_audible_ai,
    level_of,
)
from schemas.facts import DeclaredFacts

MUSIC_FACETS = (
    Facet.VOCALS,
    Facet.INSTRUMENTATION,
    Facet.COMPOSITION,
    Facet.LYRICS,
    Facet.POST_PRODUCTION,
)
"""The facets of the music itself; artwork and video are its dress."""


def declared_facts(declaration: Declaration) -> DeclaredFacts:
    """All facts of a declaration. A facet left out is ``UNDECLARED``, which neither admits nor denies anything."""
    levels = complete(declaration)
    music = [level_of(declaration, facet) for facet in MUSIC_FACETS]
    dress = [level_of(declaration, facet) for facet in (Facet.ARTWORK, Facet.VIDEO)]
    music_all = Level.ALL in music
    return DeclaredFacts(
        **{facet.value.lower(): level for facet, level in levels.items()},
        audible_denied=denies_audible_ai(declaration),
        audible_admitted=admits_audible_ai(declaration),
        music_all=music_all,
        music_partly=not music_all and Level.PARTLY in music,
        artwork_only=any(map(admits_ai, dress)) and not any(map(admits_ai, music)),
    )
