from datetime import UTC, datetime

from schemas.disclosure import Facet, Level
from schemas.labels import labels_of
from schemas.review import DecisionOut, DecisionState, ReasonCode
from schemas.verdict import Action, Judgement, Priority

JUDGED = Judgement(rule_set="r1", labels=["ai_declared", "ai_detected"], action=Action.QUEUE, priority=Priority.P2)
DENIED = {Facet.VOCALS: Level.NONE}


def decision(number: int, **changes: object) -> DecisionOut:
    fields: dict[str, object] = {
        "id": f"dec_{number}",
        "case_id": "cas_1",
        "action": Action.LABEL,
        "policy_clause": "AI-2",
        "reason": ReasonCode.AI_CONFIRMED,
        "note": "",
        "message": "",
        "confirm_labels": [],
        "reject_labels": [],
        "decided_by": "ada",
        "decided_at": datetime(2026, 12, 1, 12, number, tzinfo=UTC),
        "state": DecisionState.STANDING,
        "supersedes": None,
    }
    return DecisionOut.model_validate(fields | changes)


def test_before_a_verdict_only_the_declaration_is_known() -> None:
    labels = labels_of("trk_1", 1, DENIED, None, None)
    assert labels.declared[Facet.VOCALS] is Level.NONE
    assert labels.declared[Facet.LYRICS] is Level.UNDECLARED
    assert (labels.action, labels.labels, labels.model, labels.detected.ai) == (None, [], None, None)


def test_the_rules_speak_where_nobody_decided() -> None:
    labels = labels_of("trk_1", 1, DENIED, None, JUDGED, open_cases=["cas_2", "cas_1"])
    assert labels.labels == ["ai_declared", "ai_detected"]
    assert labels.detected.labels == ["ai_detected"]
    assert (labels.action, labels.priority, labels.cases) == (Action.QUEUE, Priority.P2, ["cas_1", "cas_2"])


def test_a_rejected_label_is_gone_and_a_confirmed_one_stands() -> None:
    decided = decision(1, reject_labels=["ai_detected"], confirm_labels=["duplicate_recording"], action=Action.HOLD)
    labels = labels_of("trk_1", 1, DENIED, None, JUDGED, [decided])
    assert labels.labels == ["ai_declared", "duplicate_recording"]
    assert labels.detected.labels == ["ai_detected"]
    assert [(word.label, word.confirmed) for word in labels.confirmed] == [
        ("ai_detected", False),
        ("duplicate_recording", True),
    ]
    assert (labels.action, labels.priority) == (Action.HOLD, None)


def test_the_newest_decision_on_a_label_counts() -> None:
    decided = [decision(1, reject_labels=["ai_detected"]), decision(2, confirm_labels=["ai_detected"])]
    labels = labels_of("trk_1", 1, DENIED, None, JUDGED, decided)
    assert "ai_detected" in labels.labels
    assert [word.decision for word in labels.confirmed] == ["dec_2"]


def test_what_was_undone_or_superseded_counts_for_nothing() -> None:
    for state in (DecisionState.UNDONE, DecisionState.SUPERSEDED):
        decided = decision(1, reject_labels=["ai_detected"], action=Action.BLOCK, state=state)
        assert labels_of("trk_1", 1, DENIED, None, JUDGED, [decided]) == labels_of("trk_1", 1, DENIED, None, JUDGED)


def test_an_open_case_keeps_the_priority_of_the_rules() -> None:
    assert labels_of("trk_1", 1, DENIED, None, JUDGED, [decision(1)], ["cas_9"]).priority is Priority.P2
    assert labels_of("trk_1", 1, DENIED, None, JUDGED, [decision(1)]).priority is None
