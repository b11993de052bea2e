"""Spotify's AI credits: contributor and role, for roles that are fully generated.

Only a role that is *fully* AI is credited; a partly generated one has no credit, and there is no free text
(Spotify provider support, "AI credits on Spotify", April 2026).
"""

from pydantic import BaseModel

from schemas.disclosure import Declaration, Facet, Level, level_of

CREDIT_ROLES: dict[Facet, str] = {
    Facet.VOCALS: "Vocalist",
    Facet.INSTRUMENTATION: "Instrumentalist",
    Facet.COMPOSITION: "Composer",
    Facet.LYRICS: "Lyricist",
    Facet.POST_PRODUCTION: "Producer",
}


class AiCredit(BaseModel):
    """One credit: the role, and that AI filled it."""

    role: str
    contributor: str = "AI"


def ai_credits(declaration: Declaration) -> list[AiCredit]:
    """The credits of a declaration, one for each facet of the music that is declared ALL."""
    return [AiCredit(role=role) for facet, role in CREDIT_ROLES.items() if level_of(declaration, facet) is Level.ALL]
