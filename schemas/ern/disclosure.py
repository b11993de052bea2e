"""From ERN's AI elements to a declaration, and the rules the schema states in prose but does not enforce.

R1: ``AiContribution`` is by default ``All`` for ``SpecialContributor`` GenerativeAI; for anybody else it may only be
``None`` or ``Partly``. R2: a resource with ``ContainsAI`` All lists generative AI alone. R3: a resource with
``ContainsAI`` None has no contributor whose contribution is Partly or All.
(ERN 4.3.1 and 4.3.2, documentation of ``Contributor/AiContribution`` and ``SoundRecording/ContainsAI``.)
"""

from schemas.disclosure import AUDIBLE_FACETS, Declaration, Facet, Level, admits_ai, complete, level_of
from schemas.ern.message import ErnContributor, WarningCode
from schemas.ern.roles import facets_of

GENERATIVE_AI = "GenerativeAI"
MUSIC_FACETS = (Facet.VOCALS, Facet.INSTRUMENTATION, Facet.COMPOSITION, Facet.LYRICS, Facet.POST_PRODUCTION)

Finding = tuple[WarningCode, str]


def level_of_value(value: str | None) -> Level:
    """The level of an ERN value. Absent is undeclared and never none; an unknown value is undeclared too."""
    return {"All": Level.ALL, "Partly": Level.PARTLY, "None": Level.NONE}.get(value or "", Level.UNDECLARED)


def effective(contributor: ErnContributor) -> Level:
    """A contributor's AI contribution with the default of R1."""
    if contributor.special == GENERATIVE_AI and contributor.ai_contribution is Level.UNDECLARED:
        return Level.ALL
    return contributor.ai_contribution


def facet_levels(contributors: list[ErnContributor]) -> Declaration:
    """The level of each facet that a contributor speaks of.

    ALL where everybody on the facet is generated, PARTLY where somebody's contribution is generated in part or beside
    people, NONE where everybody on it says so. People who say nothing leave the facet undeclared.
    """
    voices: dict[Facet, list[Level]] = {}
    for contributor in contributors:
        for role in contributor.roles:
            for facet in facets_of(role):
                voices.setdefault(facet, []).append(effective(contributor))
    declaration: Declaration = {}
    for facet, levels in voices.items():
        if all(level is Level.ALL for level in levels):
            declaration[facet] = Level.ALL
        elif any(admits_ai(level) for level in levels):
            declaration[facet] = Level.PARTLY
        elif all(level is Level.NONE for level in levels):
            declaration[facet] = Level.NONE
    return declaration


def declaration_of(contains_ai: Level, contributors: list[ErnContributor]) -> tuple[Declaration, list[Finding]]:
    """What a recording's ``ContainsAI`` and contributors declare together, with what contradicts itself.

    ``ContainsAI`` All or None speaks for every facet of the music that no contributor speaks for. Partly speaks of no
    facet: where no contributor says which, it is read as PARTLY for what can be heard, since it is said of the sound
    recording.
    """
    stated = facet_levels(contributors)
    findings = consistency(contains_ai, contributors)
    declaration = dict(stated)
    if contains_ai in (Level.ALL, Level.NONE):
        for facet in MUSIC_FACETS:
            declaration.setdefault(facet, contains_ai)
    elif contains_ai is Level.PARTLY and not any(admits_ai(level) for level in stated.values()):
        for facet in AUDIBLE_FACETS:
            if level_of(stated, facet) is not Level.NONE:
                declaration[facet] = Level.PARTLY
        findings.append((WarningCode.NO_FACET, "ContainsAI is Partly, but no contributor's role says which part"))
    return complete(declaration), findings


def consistency(contains_ai: Level, contributors: list[ErnContributor]) -> list[Finding]:
    """What breaks R1, R2 or R3, and AI contributions under a role that stands for no facet."""
    findings: list[Finding] = []
    for contributor in contributors:
        name = contributor.name or contributor.party_reference or contributor.special or "a contributor"
        level = effective(contributor)
        if contributor.special != GENERATIVE_AI and level is Level.ALL:
            findings.append(
                (WarningCode.R1_AI_CONTRIBUTION, f"AiContribution All is for generative AI alone, not {name}")
            )
        if contributor.special == GENERATIVE_AI and level is not Level.ALL:
            findings.append(
                (
                    WarningCode.R1_AI_CONTRIBUTION,
                    f"generative AI is listed with AiContribution {level.title()}, not All",
                )
            )
        if contains_ai is Level.ALL and contributor.special != GENERATIVE_AI:
            findings.append(
                (WarningCode.R2_ALL_WITH_PEOPLE, f"ContainsAI is All, but {name} is listed as a contributor")
            )
        if contains_ai is Level.NONE and admits_ai(level):
            findings.append(
                (WarningCode.R3_NONE_WITH_AI, f"ContainsAI is None, but {name} has AiContribution {level.title()}")
            )
        if admits_ai(level) and not any(facets_of(role) for role in contributor.roles):
            roles = ", ".join(contributor.roles) or "no role"
            findings.append(
                (WarningCode.NO_FACET, f"AI is declared for {name} under {roles}, which stands for no facet")
            )
    return findings


def contains_ai_of(declaration: Declaration) -> Level:
    """The ``ContainsAI`` of a recording that carries this declaration: All and None only where every facet of the music
    says so, Partly where any admits AI, and no statement otherwise."""
    levels = [level_of(declaration, facet) for facet in MUSIC_FACETS]
    if all(level is Level.ALL for level in levels):
        return Level.ALL
    if all(level is Level.NONE for level in levels):
        return Level.NONE
    return Level.PARTLY if any(admits_ai(level) for level in levels) else Level.UNDECLARED
