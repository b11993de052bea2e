"""What no set of facts may ever bring about, over made-up facts: known, unknown, contradictory and extreme."""

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.disclosure import Facet, Level
from schemas.facts import Facts, Scalar, fact_fields, fact_values
from schemas.verdict import Action, Outcome, RuleStatus
from service.facts.declared import declared_facts
from service.rules import PACKS, RuleSet, load_pack
from service.rules.checks import not_produced
from service.rules.compiled import run_tests
from service.rules.engine import plain_type
from service.rules.pack import Expectation

_BY_TYPE: dict[type, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(0, 1_000_000),
    float: st.floats(-1e6, 1e6) | st.sampled_from([0.0, 0.5, 1.0, 31.0]),
    str: st.text(max_size=20),
    list: st.lists(st.text(max_size=5), max_size=3),
}


def _strategy(name: str, annotation: object) -> st.SearchStrategy[Scalar]:
    values = fact_values().get(name)
    return st.sampled_from(values) if values else _BY_TYPE[plain_type(annotation)]


any_facts: st.SearchStrategy[dict[str, Scalar]] = st.fixed_dictionaries(
    {}, optional={name: _strategy(name, annotation) for name, annotation, _, _ in fact_fields()}
)
ai_facts: st.SearchStrategy[dict[str, Scalar]] = st.fixed_dictionaries(
    {}, optional={n: _strategy(n, a) for n, a, _, _ in fact_fields() if n.startswith(("ai.", "provenance."))}
)
text_facts: st.SearchStrategy[dict[str, Scalar]] = st.fixed_dictionaries(
    {}, optional={n: _strategy(n, a) for n, a, _, _ in fact_fields() if n.startswith(("text.", "track."))}
)
EVERYTHING = RuleSet(load_pack(path) for path in sorted(PACKS.glob("*.yaml")))
"""All packs of our own together, whichever are in force."""

DEFAULT = RuleSet([load_pack(PACKS / "default.yaml")])
"""The pack that knows no imposture: there, a generated voice under a protected name is the second signal."""

declarations = st.dictionaries(st.sampled_from(list(Facet)), st.sampled_from(list(Level)))


@given(any_facts)
@settings(max_examples=150)
def test_every_judgement_keeps_the_house_rules(values: dict[str, Scalar]) -> None:
    judgement = EVERYTHING.judge_flat(values)
    assert judgement.labels == sorted(set(judgement.labels))
    assert (judgement.priority is None) == (judgement.action in (Action.NONE, Action.LABEL))
    assert judgement.action.rank >= (Action.LABEL.rank if judgement.labels else 0)
    for trace in judgement.fired:
        assert trace.action.rank <= judgement.action.rank
        assert trace.reason
        assert all(line.outcome is Outcome.MATCH and not line.error for line in trace.conditions)
    for trace in judgement.not_evaluable:
        assert any(line.unknown or line.error for line in trace.conditions)
    assert EVERYTHING.judge_flat(dict(reversed(values.items()))) == judgement


@given(ai_facts, declarations)
@settings(max_examples=150)
def test_ai_likelihood_alone_never_goes_beyond_queue(values: dict[str, Scalar], declared: dict[Facet, Level]) -> None:
    facts = {**values, **Facts(declared=declared_facts(declared)).flat()}
    assert EVERYTHING.judge_flat(facts).action.rank <= Action.QUEUE.rank


@given(any_facts, ai_facts)
@settings(max_examples=150)
def test_ai_evidence_added_to_anything_adds_no_hold_and_no_block(
    values: dict[str, Scalar], evidence: dict[str, Scalar]
) -> None:
    without = {name: value for name, value in values.items() if not name.startswith(("ai.", "provenance."))}
    before = DEFAULT.judge_flat(without).action
    after = DEFAULT.judge_flat({**without, **evidence}).action
    assert after.rank <= max(before.rank, Action.QUEUE.rank)


@given(ai_facts, text_facts, declarations)
@settings(max_examples=150)
def test_ai_likelihood_and_text_together_never_go_beyond_queue(
    values: dict[str, Scalar], texts: dict[str, Scalar], declared: dict[Facet, Level]
) -> None:
    facts = {**values, **texts, **Facts(declared=declared_facts(declared)).flat()}
    assert EVERYTHING.judge_flat(facts).action.rank <= Action.QUEUE.rank


@given(text_facts)
@settings(max_examples=150)
def test_text_alone_never_holds(values: dict[str, Scalar]) -> None:
    assert EVERYTHING.judge_flat(values).action.rank <= Action.QUEUE.rank


@given(any_facts, st.floats(0, 1))
@settings(max_examples=150)
def test_the_text_classifier_s_score_added_to_anything_adds_no_hold(values: dict[str, Scalar], score: float) -> None:
    without = {name: value for name, value in values.items() if name != "text.score"}
    before = EVERYTHING.judge_flat(without).action
    after = EVERYTHING.judge_flat({**without, "text.score": score}).action
    assert after.rank <= max(before.rank, Action.QUEUE.rank)


@given(any_facts)
@settings(max_examples=60)
def test_taking_facts_away_never_makes_a_rule_fire(values: dict[str, Scalar]) -> None:
    full = {trace.rule for trace in EVERYTHING.judge_flat(values).fired}
    for name in list(values)[:5]:
        fewer = {other: value for other, value in values.items() if other != name}
        assert {trace.rule for trace in EVERYTHING.judge_flat(fewer).fired} <= full


def test_every_live_rule_that_routes_is_shown_to_fire_on_facts_that_are_produced() -> None:
    blind = not_produced()
    for path in sorted(PACKS.glob("**/*.yaml")):
        for ready in load_pack(path).rules:
            if ready.rule.status is not RuleStatus.LIVE or ready.rule.then.at_least.rank < Action.QUEUE.rank:
                continue
            seen = [
                run.passed
                for run in run_tests(ready)
                if run.test.expect is Expectation.MATCH and not blind & set(run.test.given)
            ]
            assert any(seen), ready.rule.id


def test_numbers_that_are_none_do_not_disturb() -> None:
    judgement = EVERYTHING.judge_flat({"sender.surge_z": math.nan, "sender.tracks_24h": 1_000})
    assert judgement.action is Action.NONE
