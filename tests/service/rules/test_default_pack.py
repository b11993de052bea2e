"""The default policy, case by case, as the design words it."""

from typing import Any

import pytest

from schemas.disclosure import Facet, Level
from schemas.facts import (
    AiFacts,
    AudioFacts,
    BulkFacts,
    Facts,
    ProvenanceFacts,
    RecordingFacts,
    ReputationFacts,
    SenderFacts,
)
from schemas.verdict import Action, CaseScope, Judgement, Priority
from service.facts.declared import declared_facts
from service.rules import default_rule_set

AUDIBLE = ("VOCALS", "INSTRUMENTATION", "POST_PRODUCTION")
ALL_FACETS = tuple(facet.value for facet in Facet)
QUIET_SENDER = SenderFacts(tier="verified", age_days=400.0, tracks_24h=1, functional_24h=0, short_24h=0)
NEW_RECORDING = RecordingFacts(matches_earlier=False, other_artist_and_isrc=False, group_tracks=1)


def facts(declared: dict[str, str] | None = None, **groups: Any) -> Facts:
    """Facts of an ordinary, wholly known track; groups given by name replace the ordinary ones."""
    ordinary: dict[str, Any] = {
        "declared": declared_facts({Facet(facet): Level(level) for facet, level in (declared or {}).items()}),
        "ai": AiFacts(verdict="no_evidence", probability=0.02),
        "provenance": ProvenanceFacts(says_ai=False),
        "audio": AudioFacts(duration_s=180.0, noise=0.1, silence_ratio=0.0, functional=False),
        "recording": NEW_RECORDING,
        "sender": QUIET_SENDER,
    }
    return Facts(**{**ordinary, **groups})


def judge(declared: dict[str, str] | None = None, **groups: Any) -> Judgement:
    return default_rule_set().judge(facts(declared, **groups))


LIKELY = AiFacts(verdict="likely_ai", probability=0.97)
SUNO = ProvenanceFacts(says_ai=True, generator="suno", trust="unsigned")
NONE_AT_ALL = dict.fromkeys(ALL_FACETS, "NONE")
ALL_OF_IT = dict.fromkeys(ALL_FACETS, "ALL")


@pytest.mark.parametrize(
    ("declared", "groups", "labels", "action", "priority"),
    [
        ({}, {}, [], "none", None),
        (NONE_AT_ALL, {}, [], "none", None),
        ({"POST_PRODUCTION": "PARTLY"}, {}, ["ai_declared_partly"], "label", None),
        ({**NONE_AT_ALL, "ARTWORK": "ALL"}, {}, ["ai_declared_artwork"], "label", None),
        ({"VIDEO": "PARTLY"}, {}, ["ai_declared_artwork"], "label", None),
        (ALL_OF_IT, {}, ["ai_declared"], "label", None),
        ({"LYRICS": "ALL", "VOCALS": "PARTLY"}, {}, ["ai_declared"], "label", None),
        (ALL_OF_IT, {"ai": LIKELY}, ["ai_declared", "ai_detected"], "label", None),
        (NONE_AT_ALL, {"ai": LIKELY}, ["ai_detected", "ai_mismatch"], "queue", "P2"),
        (dict.fromkeys(AUDIBLE, "NONE"), {"ai": LIKELY}, ["ai_detected", "ai_mismatch"], "queue", "P2"),
        ({}, {"ai": LIKELY}, ["ai_detected", "ai_undeclared"], "label", None),
        ({"VOCALS": "NONE"}, {"ai": LIKELY}, ["ai_detected", "ai_undeclared"], "label", None),
        ({"LYRICS": "ALL"}, {"ai": LIKELY}, ["ai_declared", "ai_detected", "ai_undeclared"], "label", None),
        ({"INSTRUMENTATION": "PARTLY"}, {"ai": LIKELY}, ["ai_declared_partly", "ai_detected"], "label", None),
        (NONE_AT_ALL, {"provenance": SUNO}, ["ai_mismatch", "ai_provenance"], "queue", "P2"),
        (
            NONE_AT_ALL,
            {"provenance": SUNO, "ai": LIKELY},
            ["ai_detected", "ai_mismatch", "ai_provenance"],
            "queue",
            "P2",
        ),
        ({}, {"provenance": SUNO}, ["ai_provenance"], "label", None),
        ({"COMPOSITION": "NONE"}, {"provenance": SUNO}, ["ai_mismatch", "ai_provenance"], "queue", "P3"),
        ({"VOCALS": "ALL", "LYRICS": "NONE"}, {"provenance": SUNO}, ["ai_declared", "ai_provenance"], "label", None),
        (ALL_OF_IT, {"provenance": SUNO}, ["ai_declared", "ai_provenance"], "label", None),
        (NONE_AT_ALL, {"ai": AiFacts(verdict="inconclusive", probability=0.6)}, [], "none", None),
    ],
)
def test_declaration_against_evidence(
    declared: dict[str, str], groups: dict[str, Any], labels: list[str], action: str, priority: str | None
) -> None:
    judgement = judge(declared, **groups)
    assert (judgement.labels, judgement.action, judgement.priority) == (labels, action, priority)


def test_over_declared_is_information_and_nothing_more() -> None:
    judgement = judge(ALL_OF_IT)
    rules = {trace.rule: trace for trace in judgement.fired}
    assert rules["ai-over-declared"].action is Action.NONE
    assert "no evidence" in rules["ai-over-declared"].reason
    assert judgement.action is Action.LABEL


def test_the_same_recording_under_another_isrc_and_artist_is_one_case_for_the_recording() -> None:
    again = RecordingFacts(matches_earlier=True, other_artist_and_isrc=True, relation="same_recording", overlap_s=60.0)
    judgement = judge(recording=again)
    assert judgement.labels == ["duplicate_recording"]
    assert (judgement.action, judgement.priority) == (Action.QUEUE, Priority.P2)
    assert judgement.fired[0].case_scope is CaseScope.RECORDING


def test_leaving_the_isrc_out_does_not_hide_a_repeated_recording() -> None:
    again = RecordingFacts(matches_earlier=True, other_artist_and_isrc=False, other_artist_isrc_unknown=True)
    judgement = judge(recording=again)
    assert judgement.labels == ["duplicate_recording"]
    assert (judgement.action, judgement.priority) == (Action.QUEUE, Priority.P3)


def test_the_same_recording_again_by_its_owner_is_left_alone() -> None:
    again = RecordingFacts(matches_earlier=True, other_artist_and_isrc=False, same_owner=True, group_tracks=44)
    assert judge(recording=again).action is Action.NONE


def test_one_noise_track_is_labelled_and_the_tenth_of_ten_goes_to_a_person_as_one_case_of_the_sender() -> None:
    noise = AudioFacts(duration_s=90.0, noise=0.9, silence_ratio=0.0, functional=True)
    alone = judge(audio=noise)
    assert (alone.labels, alone.action) == (["functional_audio"], Action.LABEL)
    ten = SenderFacts(tracks_24h=10, functional_24h=10, short_24h=0)
    bulk = judge(audio=noise, sender=ten, bulk=BulkFacts(releases=10))
    assert (bulk.action, bulk.priority) == (Action.QUEUE, Priority.P3)
    assert bulk.fired[0].case_scope is CaseScope.SENDER
    titled = BulkFacts(releases=1, numbered_share=0.0, search_share=0.0, generic_share=0.0, short_share=0.0)
    assert judge(audio=noise, sender=ten, bulk=titled).action is Action.LABEL, "an album of field recordings"


def test_tracks_just_long_enough_to_be_paid_go_to_a_person_in_bulk_alone() -> None:
    short = AudioFacts(duration_s=31.0, noise=0.1, silence_ratio=0.0, functional=False)
    assert judge(audio=short, sender=SenderFacts(tracks_24h=2, short_24h=1, functional_24h=0)).action is Action.NONE
    many = SenderFacts(tracks_24h=12, short_24h=12, functional_24h=0, tier="verified", age_days=40.0)
    bulk = judge(audio=short, sender=many, reputation=ReputationFacts(established=False))
    assert (bulk.action, bulk.priority) == (Action.QUEUE, Priority.P2)
    library = many.model_copy(update={"age_days": 1_100.0})
    own_names = BulkFacts(linked_share=1.0)
    assert judge(audio=short, sender=library, bulk=own_names, reputation=ReputationFacts(established=False)).action is (
        Action.NONE
    ), "spots of thirty seconds"


@pytest.mark.parametrize("surge", [3.5, 6.0, 50.0])
def test_a_surge_is_looked_at_and_never_more(surge: float) -> None:
    sender = SenderFacts(surge_z=surge, tracks_24h=3_000, functional_24h=0, short_24h=0)
    judgement = judge(sender=sender, bulk=BulkFacts(releases=40))
    assert (judgement.action, judgement.priority) == (Action.QUEUE, Priority.P3)


def test_nothing_known_means_nothing_follows() -> None:
    judgement = default_rule_set().judge(Facts())
    assert judgement.action is Action.NONE
    assert judgement.fired == []
    assert {trace.rule for trace in judgement.not_evaluable} == {rule.id for rule in default_rule_set().rules}
