"""The credits card: how a track was made, in sentences for listeners.

It holds what was declared and what a person confirmed, each under its own heading, and says plainly what nobody said.
What a machine suspects is not on it; where a tenant chose to publish detections, they have a heading of their own and
are worded as the finding of a machine (:class:`CreditsCard.detected`).
"""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from schemas.disclosure import Declaration, Facet, Level, level_of
from schemas.verdict import Label

_NAMES: dict[Facet, str] = {
    Facet.VOCALS: "Vocals",
    Facet.INSTRUMENTATION: "Instruments",
    Facet.COMPOSITION: "Composition",
    Facet.LYRICS: "Lyrics",
    Facet.POST_PRODUCTION: "Mixing and mastering",
    Facet.ARTWORK: "Artwork",
    Facet.VIDEO: "Video",
}
_LEVELS: dict[Level, str] = {
    Level.ALL: "made with AI",
    Level.PARTLY: "made in part with AI",
    Level.NONE: "made without AI",
}
_CONFIRMED: dict[Label, str] = {
    Label.AI_DETECTED: "A reviewer confirmed traces of AI generation in the sound.",
    Label.AI_MISMATCH: "A reviewer confirmed traces of AI generation in the sound that the declaration denies.",
    Label.AI_UNDECLARED: "A reviewer confirmed traces of AI generation in the sound that were not declared.",
    Label.AI_PROVENANCE: "A reviewer confirmed that the file itself names an AI generator.",
    Label.AI_DECLARED: "A reviewer confirmed the declared use of AI.",
    Label.AI_DECLARED_PARTLY: "A reviewer confirmed the declared use of AI.",
    Label.AI_DECLARED_ARTWORK: "A reviewer confirmed the declared use of AI in the artwork.",
}
_DETECTED: dict[Label, str] = {
    Label.AI_DETECTED: "Software found traces of AI generation in the sound. No person has confirmed it.",
    Label.AI_MISMATCH: "Software found traces of AI generation in the sound, which the declaration denies. "
    "No person has confirmed it.",
    Label.AI_UNDECLARED: "Software found traces of AI generation in the sound, on which there is no statement. "
    "No person has confirmed it.",
    Label.AI_PROVENANCE: "The file itself names an AI generator. No person has confirmed it.",
}


class CreditsLine(BaseModel):
    """One facet of the making and what its deliverer declared of it."""

    facet: Facet
    level: Level
    text: str = Field(examples=["Vocals: made in part with AI"])


class CreditsCard(BaseModel):
    """The public label of a track: ``GET /public/tracks/{id}`` answers it, and the embedded card shows it."""

    track_id: str
    title: str
    version: str | None = None
    artists: list[str]
    isrc: str | None = None
    declared: list[CreditsLine] = Field(description="What the artist or label declared; facets left open are not here.")
    undeclared: list[Facet] = Field(description="Facets that nobody made a statement on. Silence is not a denial.")
    confirmed: list[str] = Field(description="What a person confirmed, a sentence each.")
    detected: list[str] = Field(
        default=[],
        description="What analysis found, where the tenant publishes it and the time to reply has run out.",
    )


def declared_lines(declaration: Declaration) -> list[CreditsLine]:
    """A line for each facet that was declared, in the order of :class:`Facet`."""
    return [
        CreditsLine(facet=facet, level=level, text=f"{_NAMES[facet]}: {_LEVELS[level]}")
        for facet in Facet
        if (level := level_of(declaration, facet)) is not Level.UNDECLARED
    ]


def undeclared_facets(declaration: Declaration) -> list[Facet]:
    """Facets without a statement; the video only counts where somebody spoke of one, since most tracks have none."""
    return [facet for facet in Facet if level_of(declaration, facet) is Level.UNDECLARED and facet is not Facet.VIDEO]


def facet_name(facet: Facet) -> str:
    """The facet in a listener's words."""
    return _NAMES[facet]


def confirmed_sentences(confirmed: Iterable[str]) -> list[str]:
    """What the confirmed labels mean to a listener, each sentence once; labels about spam are not for the public."""
    return _sentences(_CONFIRMED, confirmed)


def detected_sentences(detected: Iterable[str]) -> list[str]:
    """What published findings of a machine mean to a listener: never a likelihood, and never as a fact."""
    found = set(detected)
    if found & {Label.AI_MISMATCH, Label.AI_UNDECLARED}:
        found.discard(Label.AI_DETECTED)
    return _sentences(_DETECTED, found)


def _sentences(by_label: dict[Label, str], labels: Iterable[str]) -> list[str]:
    said = set(labels)
    return list(dict.fromkeys(sentence for label, sentence in by_label.items() if label in said))
