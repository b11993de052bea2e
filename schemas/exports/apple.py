"""Apple Music transparency tags.

Four tags (Apple Music, 4 March 2026): Artwork, Track, Composition (which includes lyrics) and Music Video, each set
where AI generated a material portion of that part. No tag means no statement; Apple reads omission as none.
"""

from enum import StrEnum

from schemas.disclosure import Declaration, Facet, admits_ai, admits_audible_ai, level_of


class AppleTag(StrEnum):
    ARTWORK = "Artwork"
    TRACK = "Track"
    COMPOSITION = "Composition"
    MUSIC_VIDEO = "Music Video"


def apple_tags(declaration: Declaration) -> list[AppleTag]:
    """The tags that a declaration asks for, in Apple's order. PARTLY counts: a declared part is a material one."""
    asked = {
        AppleTag.ARTWORK: admits_ai(level_of(declaration, Facet.ARTWORK)),
        AppleTag.TRACK: admits_audible_ai(declaration),
        AppleTag.COMPOSITION: any(
            admits_ai(level_of(declaration, facet)) for facet in (Facet.COMPOSITION, Facet.LYRICS)
        ),
        AppleTag.MUSIC_VIDEO: admits_ai(level_of(declaration, Facet.VIDEO)),
    }
    return [tag for tag, wanted in asked.items() if wanted]
