"""A track's labels as they leave the service: what was declared, what was detected, what a person confirmed, apart."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from schemas.disclosure import Declaration, Facet, Level, complete
from schemas.evidence import AiSegment, AiVerdict, Evidence, Provenance
from schemas.review import DecisionOut, DecisionState, ReasonCode
from schemas.verdict import Action, Judgement, Label, Priority

_DECLARED = frozenset({Label.AI_DECLARED, Label.AI_DECLARED_PARTLY, Label.AI_DECLARED_ARTWORK})


class DetectedAi(BaseModel):
    """What the sound says about generation."""

    verdict: AiVerdict
    probability: float | None
    reasons: list[str]
    segments: list[AiSegment]


class Detected(BaseModel):
    """What analysis found, whatever was declared. Everything is missing as long as the audio was not analysed."""

    labels: list[str] = Field(description="Labels that rest on evidence rather than on the declaration alone.")
    ai: DetectedAi | None = None
    provenance: list[Provenance] = Field(default=[], description="Marks found in the file.")


class Confirmed(BaseModel):
    """A label on which a person decided."""

    label: str
    confirmed: bool = Field(description="False: the person found the label wrong, and it no longer stands.")
    decision: str
    reason: ReasonCode
    policy_clause: str
    at: datetime


class TrackLabels(BaseModel):
    """The answer of ``GET /v1/tracks/{id}/labels``, and an entry's content in the label feed."""

    track_id: str
    revision: int
    declared: dict[Facet, Level] = Field(description="Every facet, as its sender declared it.")
    detected: Detected
    confirmed: list[Confirmed] = Field(description="Labels that a person confirmed or found wrong.")
    labels: list[str] = Field(description="The labels that stand, sorted: given by the rules, corrected by people.")
    action: Action | None = Field(description="What holds for the track now; missing until it is decided.")
    priority: Priority | None = Field(description="How soon a person should look; missing where nobody needs to.")
    cases: list[str] = Field(description="Open cases that the track is in.")
    model: str | None = Field(description="Version of the model behind detected.ai.")
    rule_set: str | None = Field(description="Hash of the rules behind labels and action.")


def labels_of(
    track_id: str,
    revision: int,
    declaration: Declaration,
    evidence: Evidence | None,
    judgement: Judgement | None,
    decisions: Sequence[DecisionOut] = (),
    open_cases: Sequence[str] = (),
) -> TrackLabels:
    """Put together what is known of a track. Pure; ``decisions`` are those about the track, oldest first.

    People come after rules: a label that a standing decision rejects is gone, one that it confirms stands, and of
    several decisions on one label the newest counts. The action is that of the newest standing decision, EITHER of all,
    OR of the rules where nobody decided. While a case is open the rules' priority stays.
    """
    standing = [decision for decision in decisions if decision.state is DecisionState.STANDING]
    confirmed: dict[str, Confirmed] = {}
    for decision in standing:
        for label, right in _named(decision):
            confirmed[label] = Confirmed(
                label=label,
                confirmed=right,
                decision=decision.id,
                reason=decision.reason,
                policy_clause=decision.policy_clause,
                at=decision.decided_at,
            )
    given = set(judgement.labels) if judgement else set()
    for label, word in confirmed.items():
        if word.confirmed:
            given.add(label)
        else:
            given.discard(label)
    action = judgement.action if judgement else None
    if standing:
        action = standing[-1].action
    return TrackLabels(
        track_id=track_id,
        revision=revision,
        declared=complete(declaration),
        detected=_detected(evidence, judgement),
        confirmed=sorted(confirmed.values(), key=lambda word: word.label),
        labels=sorted(given),
        action=action,
        priority=judgement.priority if judgement and (open_cases or not standing) else None,
        cases=sorted(open_cases),
        model=evidence.ai.model if evidence else None,
        rule_set=judgement.rule_set if judgement else None,
    )


def _named(decision: DecisionOut) -> list[tuple[str, bool]]:
    return [(label, True) for label in decision.confirm_labels] + [(label, False) for label in decision.reject_labels]


def _detected(evidence: Evidence | None, judgement: Judgement | None) -> Detected:
    labels = [label for label in (judgement.labels if judgement else []) if label not in _DECLARED]
    if evidence is None:
        return Detected(labels=labels)
    ai = DetectedAi(
        verdict=evidence.ai.verdict,
        probability=evidence.ai.probability,
        reasons=evidence.ai.reasons,
        segments=evidence.ai.segments,
    )
    return Detected(labels=labels, ai=ai, provenance=evidence.provenance)
