"""Which facet of the making a contributor's role stands for (DDEX allowed value set ``ContributorRole``).

ERN has no element for a facet: a contributor's *role* says what was generated. Roles that are outside the allowed
values but common in the wild (Producer, Singer, Rapper, Songwriter) are mapped as well; DDEX wants them as
``UserDefined``. A role that is missing here says nothing about a facet, and is warned of where AI is declared on it.
"""

from schemas.disclosure import Facet

_V, _I, _C, _L, _P = (
    Facet.VOCALS,
    Facet.INSTRUMENTATION,
    Facet.COMPOSITION,
    Facet.LYRICS,
    Facet.POST_PRODUCTION,
)

FACETS_OF_ROLE: dict[str, tuple[Facet, ...]] = {
    **dict.fromkeys(
        ("Vocalist", "LeadVocalist", "BackgroundVocalist", "FeaturedVocalist", "Choir", "ChoirMember", "Rap", "Voice"),
        (_V,),
    ),
    **dict.fromkeys(("Singer", "Rapper", "Narrator", "SpokenWord"), (_V,)),
    **dict.fromkeys(
        (
            *("Musician", "StudioMusician", "PrimaryMusician", "Soloist", "Performer", "AssociatedPerformer"),
            *("Programmer", "Orchestra", "Band", "Ensemble", "Instrumentalist", "InstrumentalSoloist", "Accompanist"),
        ),
        (_I,),
    ),
    **dict.fromkeys(("Composer", "Arranger", "MusicArranger", "Author", "Adapter"), (_C,)),
    **dict.fromkeys(("Lyricist", "SubLyricist", "Librettist"), (_L,)),
    **dict.fromkeys(("ComposerLyricist", "Songwriter", "Writer"), (_C, _L)),
    **dict.fromkeys(
        (
            *(
                "StudioProducer",
                "PostProducer",
                "CoProducer",
                "Producer",
                "Mixer",
                "MixingEngineer",
                "MasteringEngineer",
            ),
            *("Remixer", "ImmersiveMixingEngineer", "ImmersiveMasteringEngineer", "VocalProducer", "VocalEngineer"),
        ),
        (_P,),
    ),
}

NOT_ALLOWED = frozenset(
    {
        *("Accompanist", "Band", "FeaturedVocalist", "InstrumentalSoloist", "Instrumentalist", "Producer", "Rap"),
        *("Rapper", "Singer", "Songwriter", "SpokenWord", "Voice", "Writer"),
    }
)
"""Roles of :data:`FACETS_OF_ROLE` that are in the wild and outside DDEX's allowed values (version 9)."""

ROLE_OF_FACET: dict[Facet, str] = {
    Facet.VOCALS: "Vocalist",
    Facet.INSTRUMENTATION: "Musician",
    Facet.COMPOSITION: "Composer",
    Facet.LYRICS: "Lyricist",
    Facet.POST_PRODUCTION: "PostProducer",
}
"""The role a facet is written under: the plainest allowed value, and one that reads back as that facet alone."""


def is_allowed(role: str) -> bool:
    """Whether a role is surely one of DDEX's allowed values; any other is written as ``UserDefined``."""
    return role in FACETS_OF_ROLE and role not in NOT_ALLOWED


def facets_of(role: str) -> tuple[Facet, ...]:
    """The facets a role stands for; none where it stands for no facet of the music."""
    return FACETS_OF_ROLE.get(role.replace(" ", ""), ())
