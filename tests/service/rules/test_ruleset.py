"""What a rule set makes of facts: labels, the strongest action, the trace, and a hash that says which rules it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.facts import AiFacts, DeclaredFacts, Facts, SenderFacts
from schemas.verdict import Action, ConditionTrace, Judgement, Outcome, Priority, RuleStatus, RuleTrace
from service.rules import PackRefused, RuleSet, default_rule_set, load_pack
from tests.service.rules.packs import pack, rule, rule_set

SEEN = Facts(declared=DeclaredFacts(music_all=True))
QUEUE = "{action: queue, priority: %s, queue: somewhere, case: track}"


def test_labels_of_all_rules_come_together_sorted_and_once() -> None:
    rules = rule_set(rule("one", then="{labels: [b, a]}"), rule("two", then="{labels: [c, b]}"))
    assert rules.judge(SEEN).labels == ["a", "b", "c"]


def test_a_label_makes_the_action_at_least_label() -> None:
    judgement = rule_set(rule("one")).judge(SEEN)
    assert (judgement.action, judgement.priority) == (Action.LABEL, None)


def test_a_rule_without_effects_is_information_and_no_action() -> None:
    judgement = rule_set(rule("one", then="{}")).judge(SEEN)
    assert (judgement.action, judgement.labels) == (Action.NONE, [])
    assert [trace.rule for trace in judgement.fired] == ["one"]


def test_the_priority_is_the_most_urgent_among_the_strongest_actions() -> None:
    hold = "{action: hold, priority: P3, queue: holds, case: track}"
    queue = rule("queue", then=QUEUE % "P0")
    held = rule(
        "hold",
        when="sender.tracks_24h > 1",
        then=hold,
        given="{sender.tracks_24h: 2}",
        other="{sender.tracks_24h: 1}",
    )
    busy = SEEN.model_copy(update={"sender": SenderFacts(tracks_24h=2)})
    judgement = rule_set(queue, held).judge(busy)
    assert (judgement.action, judgement.priority) == (Action.HOLD, Priority.P3)
    judgement = rule_set(rule("later", then=QUEUE % "P3"), rule("sooner", then=QUEUE % "P1")).judge(SEEN)
    assert (judgement.action, judgement.priority) == (Action.QUEUE, Priority.P1)
    assert [trace.rule for trace in judgement.fired] == ["sooner", "later"]


def test_what_fired_is_told_in_the_same_order_without_the_trace() -> None:
    rules = rule_set(
        rule("b", then=QUEUE % "P3"),
        rule("a", then=QUEUE % "P3"),
        rule("c", then=QUEUE % "P1"),
        rule("label", then="{labels: [x]}"),
        rule("watched", then=QUEUE % "P0", status=RuleStatus.SHADOW),
    )
    assert [fired.id for fired in rules.assess(SEEN).fired()] == ["c", "a", "b", "label"]
    assert [trace.rule for trace in rules.judge(SEEN).fired] == ["c", "a", "b", "label"]


def test_shadow_rules_are_recorded_and_touch_nothing() -> None:
    judgement = rule_set(rule("watched", then=QUEUE % "P0", status=RuleStatus.SHADOW)).judge(SEEN)
    assert (judgement.action, judgement.labels, judgement.fired) == (Action.NONE, [], [])
    assert [trace.rule for trace in judgement.shadow] == ["watched"]


@pytest.mark.parametrize("status", [RuleStatus.DRAFT, RuleStatus.RETIRED])
def test_drafts_and_retired_rules_are_not_evaluated(status: RuleStatus) -> None:
    judgement = rule_set(rule("asleep", status=status)).judge(SEEN)
    assert (judgement.fired, judgement.shadow, judgement.not_evaluable) == ([], [], [])


def test_the_trace_has_each_line_with_the_values_it_saw() -> None:
    rules = rule_set(
        rule(
            "traced",
            when='ai.probability >= 0.5 && ai.verdict == "likely_ai"\n      - declared.music_all',
            given="{ai.probability: 0.9, ai.verdict: likely_ai, declared.music_all: true}",
            reason="'{ai.probability:.0%} of {sender.tracks_24h}'",
        )
    )
    facts = SEEN.model_copy(update={"ai": AiFacts(probability=0.914, verdict="likely_ai")})
    trace = rules.judge(facts).fired[0]
    assert trace.reason == "91% of unknown"
    assert [line.outcome for line in trace.conditions] == [Outcome.MATCH, Outcome.MATCH]
    assert trace.conditions[0].values == {"ai.probability": 0.914, "ai.verdict": "likely_ai"}


def test_an_unknown_fact_makes_a_rule_not_evaluable_and_says_which_fact() -> None:
    judgement = rule_set(rule("one")).judge(Facts())
    assert judgement.action is Action.NONE
    assert judgement.not_evaluable[0].conditions[0].unknown == ["declared.music_all"]


def test_a_line_that_is_false_decides_whatever_else_is_unknown() -> None:
    two_lines = rule(
        "two", when="declared.music_all\n      - declared.music_partly", other="{declared.music_all: false}"
    )
    two_lines = two_lines.replace(
        "{declared.music_all: true}", "{declared.music_all: true, declared.music_partly: true}"
    )
    judgement = rule_set(two_lines).judge(Facts(declared=DeclaredFacts(music_partly=False)))
    assert (judgement.fired, judgement.not_evaluable) == ([], [])


def test_a_line_that_fails_while_running_says_what_went_wrong() -> None:
    divided = rule(
        "divided",
        when="sender.tracks_7d / (sender.tracks_24h - 7) > 2",
        given="{sender.tracks_7d: 30, sender.tracks_24h: 8}",
        other="{sender.tracks_7d: 1, sender.tracks_24h: 8}",
    )
    judgement = rule_set(divided).judge(Facts(sender=SenderFacts(tracks_7d=30, tracks_24h=7)))
    line = judgement.not_evaluable[0].conditions[0]
    assert (line.outcome, line.unknown, line.error) == (Outcome.NOT_EVALUABLE, [], "divide by zero")


def test_a_judgement_survives_being_stored() -> None:
    judgement = default_rule_set().judge(Facts(ai=AiFacts(verdict="likely_ai", probability=0.97)))
    assert Judgement.model_validate_json(judgement.model_dump_json()) == judgement


def test_the_order_of_packs_and_rules_changes_nothing() -> None:
    one, two = pack(rule("b"), rule("a"), name="one"), pack(rule("c"), name="two")
    forward, backward = RuleSet([one, two]), RuleSet([two, one])
    assert forward.hash == backward.hash
    assert forward.judge(SEEN) == backward.judge(SEEN)


def test_the_hash_changes_with_what_a_judgement_depends_on_and_with_nothing_else() -> None:
    plain = rule_set(rule("one")).hash
    assert rule_set(rule("one", reason="Otherwise.")).hash != plain
    assert rule_set(rule("one", then="{labels: [other]}")).hash != plain
    assert rule_set(rule("one", status=RuleStatus.SHADOW)).hash != plain
    assert rule_set(rule("one"), rule("two")).hash != plain
    assert rule_set(rule("one"), rule("idea", status=RuleStatus.DRAFT)).hash == plain
    assert rule_set(rule("one", other="{declared.music_all: false, ai.probability: 0.1}")).hash == plain


def test_two_packs_with_a_rule_of_one_id_are_refused() -> None:
    with pytest.raises(PackRefused, match="'same' stands in"):
        RuleSet([pack(rule("same"), name="one"), pack(rule("same"), name="two")])


def test_two_packs_may_share_a_clause_but_not_word_it_differently() -> None:
    one, two = pack(rule("a"), name="one"), pack(rule("b"), name="two")
    assert set(RuleSet([one, two]).clauses) == {"TEST-1"}
    reworded = two.pack.model_copy(update={"policies": [two.pack.policies[0].model_copy(update={"text": "Else."})]})
    with pytest.raises(PackRefused, match="worded differently"):
        RuleSet([one, type(two)(reworded, two.rules, two.source)])


@given(st.lists(st.sampled_from(["P0", "P1", "P2", "P3", None]), min_size=1, max_size=5))
def test_the_priority_is_missing_exactly_for_none_and_label(priorities: list[str | None]) -> None:
    rules = [
        rule(f"rule-{number}", then=QUEUE % priority if priority else "{labels: [seen]}")
        for number, priority in enumerate(priorities)
    ]
    judgement = rule_set(*rules).judge(SEEN)
    assert (judgement.priority is None) == (judgement.action in (Action.NONE, Action.LABEL))


def test_a_rule_set_can_be_built_again_from_its_packs_as_they_are_stored() -> None:
    rules = default_rule_set()
    stored = [loaded.pack.model_dump_json() for loaded in rules.packs]
    assert RuleSet(load_pack(text) for text in stored).hash == rules.hash


def test_a_trace_put_together_unvalidated_is_valid_and_in_the_order_of_its_schema() -> None:
    rules = rule_set(
        rule("one", then=QUEUE % "P1", reason="Seen {declared.music_all}."),
        rule("two", when="sender.tracks_24h > 3", given="{sender.tracks_24h: 4}", other="{sender.tracks_24h: 3}"),
        rule("three", status=RuleStatus.SHADOW),
    )
    for facts in (SEEN, Facts(), Facts(sender=SenderFacts(tracks_24h=9))):
        judgement = rules.judge(facts)
        again = Judgement.model_validate_json(judgement.model_dump_json())
        assert again == judgement
        assert again.model_dump_json() == judgement.model_dump_json()
        assert Judgement.model_validate(judgement.model_dump(), strict=True) == judgement
        for trace in (*judgement.fired, *judgement.shadow, *judgement.not_evaluable):
            assert list(vars(trace)) == list(RuleTrace.model_fields)
            assert all(list(vars(line)) == list(ConditionTrace.model_fields) for line in trace.conditions)


def test_the_trace_is_the_same_whenever_it_is_written_out() -> None:
    rules = default_rule_set()
    evaluated = rules.evaluate(Facts(ai=AiFacts(verdict="likely_ai", probability=0.97)).flat())
    assert evaluated.judgement() == evaluated.judgement() == rules.judge_flat(evaluated.values)
