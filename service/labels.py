"""A track's labels as they leave the service, in words that are the same in the API and in the feed."""

from schemas.labels import Confirmed, Detected, DetectedAi, TrackLabels
from schemas.verdict import Label
from service.store.labels import LabelView

_DECLARED = frozenset({Label.AI_DECLARED, Label.AI_DECLARED_PARTLY, Label.AI_DECLARED_ARTWORK})


def track_labels(view: LabelView) -> TrackLabels:
    """What was declared, what was detected and what a person confirmed, apart, and what stands of it all."""
    decided = view.judgement is not None or bool(view.decisions)
    return TrackLabels(
        track_id=view.track.id,
        revision=view.track.revision,
        declared=view.declared,
        detected=_detected(view),
        confirmed=_confirmed(view),
        labels=view.labels,
        action=view.action if decided else None,
        priority=view.priority,
        reasons=[rule.reason for rule in view.judgement.fired if rule.reason] if view.judgement else [],
        cases=[case.id for case in view.cases],
        deadline=view.deadline,
        model=view.evidence.ai.model if view.evidence else None,
        rule_set=view.judgement.rule_set if view.judgement else None,
    )


def _detected(view: LabelView) -> Detected:
    given = view.judgement.labels if view.judgement else []
    labels = [label for label in given if label not in _DECLARED]
    if view.evidence is None:
        return Detected(labels=labels)
    ai = DetectedAi(
        verdict=view.evidence.ai.verdict,
        probability=view.evidence.ai.probability,
        reasons=view.evidence.ai.reasons,
        segments=view.evidence.ai.segments,
        share_of_track=view.evidence.ai.share_of_track,
        longest_run_s=view.evidence.ai.longest_run_s,
        traces_follow_vocals=view.evidence.ai.traces_follow_vocals,
    )
    return Detected(labels=labels, ai=ai, provenance=view.evidence.provenance, truncated=view.evidence.truncated)


def _confirmed(view: LabelView) -> list[Confirmed]:
    """One entry a label, of the newest decision that speaks of it."""
    said: dict[str, Confirmed] = {}
    for decision in view.decisions:
        named = [(label, True) for label in decision.confirm_labels]
        named += [(label, False) for label in decision.reject_labels]
        for label, right in named:
            said[label] = Confirmed(
                label=label,
                confirmed=right,
                decision=decision.id,
                reason=decision.reason,
                policy_clause=decision.policy_clause,
                at=decision.decided_at,
            )
    return [said[label] for label in sorted(said)]
