"""What may be told to the outside: what was declared, corrected by what a person confirmed, and, where a tenant chose
that, what analysis found and nobody replied to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

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


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """What became of the request for a declaration that told an uploader of a finding.

    ``told`` are the labels whose publication it announced, found in the audio that the track still has; empty where it
    announced nothing. ``settled`` says that its outcome took effect, ``taken_back`` that a person undid that.
    """

    told: Collection[str]
    due_at: datetime
    settled: bool
    answered: bool
    taken_back: bool = False


def published_detections(
    asked: AskedAbout | None,
    standing: Collection[str],
    *,
    allowed: bool,
    admitted: bool,
    appealed: bool,
    reviewed: bool,
    now: datetime,
) -> list[str]:
    """Labels that rest on analysis alone and may be shown to the public, sorted; none at all until everything holds:

    the tenant publishes detections (``allowed``); the uploader was told of this label and of its publication; the time
    to reply ran out and what was announced for that took effect; and nobody replied: no declaration, in time or late,
    no open appeal (``appealed``), no person who decided on the track (``reviewed``: from then on what they confirmed is
    shown, under its own heading). What the declaration admits (``admitted``) needs no finding beside it.

    :param standing: labels that stand on the track now
    """
    if asked is None or not allowed or admitted or appealed or reviewed:
        return []
    if asked.answered or asked.taken_back or not asked.settled or asked.due_at > now:
        return []
    return sorted(CONFIRMS_AI.intersection(asked.told, standing))
