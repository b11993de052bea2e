"""The declaration that a translation is made from: what was declared, corrected by what a person confirmed."""

from collections.abc import Iterable

from schemas.disclosure import AUDIBLE_FACETS, Declaration, Level, admits_audible_ai, complete
from schemas.verdict import Label

CONFIRMS_AI = frozenset({Label.AI_DETECTED, Label.AI_MISMATCH, Label.AI_UNDECLARED, Label.AI_PROVENANCE})
"""Labels that say, once a person confirmed them, that generation can be heard in the recording."""


def published_declaration(declared: Declaration, confirmed: Iterable[str]) -> Declaration:
    """Every facet with the level that may be told to the outside.

    It is the declared level, with one exception: where a person confirmed that the sound was generated, and nothing
    that can be heard was declared so, the audible facets become PARTLY. Nobody can tell them apart by ear, and
    "partly, in what can be heard" is what ERN reads from ``ContainsAI`` Partly without a contributor. What a machine
    suspects changes nothing here.
    """
    said = complete(declared)
    if admits_audible_ai(said) or not CONFIRMS_AI.intersection(confirmed):
        return said
    return said | dict.fromkeys(AUDIBLE_FACETS, Level.PARTLY)
