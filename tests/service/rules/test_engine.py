"""The language as the rest of the room sees it."""

import pytest

from schemas.disclosure import Level
from schemas.verdict import Outcome
from service.rules.engine import MAX_CONDITION, ConditionRefused, Language, fact_language, plain_type
from service.rules.problems import Position

LANGUAGE = Language({"a.flag": bool, "a.count": int, "a.share": float, "a.name": str, "a.tags": list})


def faults_of(expression: str) -> list[tuple[str, Position]]:
    with pytest.raises(ConditionRefused) as refused:
        LANGUAGE.compile(expression)
    return [(fault.message, fault.position) for fault in refused.value.faults]


def test_a_condition_knows_the_facts_it_reads_in_order_of_appearance() -> None:
    condition = LANGUAGE.compile('a.share > 0.5 && (a.flag || "x" in a.tags) && a.name != "a.count"')
    assert condition.facts == ("a.share", "a.flag", "a.tags", "a.name")


def test_a_variable_of_a_macro_is_no_fact() -> None:
    assert LANGUAGE.compile("a.tags.exists(a, a.startsWith('x'))").facts == ("a.tags",)


def test_every_fault_is_reported_with_its_place() -> None:
    assert faults_of("a.coutn > 3 && b.flag") == [
        ("unknown name 'a.coutn'", Position(1, 1)),
        ("unknown name 'b.flag'", Position(1, 16)),
    ]
    assert faults_of('a.flag &&\n  a.name == "é" && a.nome > 3') == [("unknown name 'a.nome'", Position(2, 20))]


@pytest.mark.parametrize(
    "expression",
    [
        "a.count",
        "a.share > 1",
        "a.flag = true",
        "a.flag and true",
        "(" * 40 + "a.flag" + ")" * 40,
        "",
        "null == a.name",
    ],
)
def test_what_is_no_typed_truth_value_is_refused(expression: str) -> None:
    assert faults_of(expression)


def test_a_condition_has_a_longest_length() -> None:
    assert faults_of("a.flag || " * (MAX_CONDITION // 10) + "a.flag")


def test_none_is_never_true_and_what_fails_is_not_evaluable() -> None:
    for expression, error in [("a.count % 0 == 1", "modulus by zero"), ("a.count * a.count > 0", "integer overflow")]:
        evaluation = LANGUAGE.compile(expression).evaluate({"a.count": 2**62})
        assert (evaluation.outcome, evaluation.error) == (Outcome.NOT_EVALUABLE, error)


def test_work_without_end_is_broken_off() -> None:
    condition = LANGUAGE.compile("a.tags.exists(x, a.tags.exists(y, x + y == 'z'))")
    evaluation = condition.evaluate({"a.tags": ["x"] * 2_000})
    assert (evaluation.outcome, evaluation.error) == (
        Outcome.NOT_EVALUABLE,
        "the condition runs over too many combinations",
    )


def test_every_fact_of_the_schema_has_a_type() -> None:
    types = fact_language().types
    assert types["ai.probability"] is float
    assert types["sender.tracks_24h"] is int
    assert types["declared.vocals"] is str
    assert plain_type(Level | None) is str
    assert plain_type(list[str] | None) is list
    with pytest.raises(TypeError):
        plain_type(dict[str, int])
