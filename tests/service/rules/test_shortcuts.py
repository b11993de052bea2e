"""A shortcut gives the answer of the engine, or none; over made-up conditions and facts, known and unknown."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.verdict import Outcome
from service.rules import default_rule_set
from service.rules.engine import Language, fact_language
from service.rules.shortcuts import no_shortcut

TYPES: dict[str, type] = {
    "a.flag": bool,
    "b.flag": bool,
    "a.count": int,
    "b.count": int,
    "a.share": float,
    "b.share": float,
    "a.name": str,
    "b.name": str,
}
LANGUAGE = Language(TYPES)

whole_numbers = st.sampled_from([-(2**63), -1, 0, 1, 2, 30, 2**62, 2**63 - 1])
fractions = st.sampled_from([-1.5, -0.0, 0.0, 0.1, 0.5, 1.0, 3.5, 1e300, float("inf"), float("nan")])
texts = st.sampled_from(["", "NONE", "none", "Rain", "Rain Sounds", "雨", "é"])


def _named(*kinds: type) -> st.SearchStrategy[str]:
    return st.sampled_from([name for name, kind in TYPES.items() if kind in kinds])


def _written(value: float) -> str:
    return repr(value) if value not in (float("inf"),) and value == value else "1.0e308"


def _combined(inner: st.SearchStrategy[str], operators: list[str]) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, inner, st.sampled_from(operators), inner)


whole = st.recursive(
    _named(int) | whole_numbers.filter(lambda n: n > -(2**63)).map(str),
    lambda inner: _combined(inner, ["+", "-", "*", "/", "%"]),
    max_leaves=3,
)
fraction = st.recursive(
    _named(float) | fractions.map(_written) | _named(int).map("double({})".format),
    lambda inner: _combined(inner, ["+", "-", "*", "/"]),
    max_leaves=3,
)
text = _named(str) | texts.map("'{}'".format)
comparison = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
atom = st.one_of(
    _named(bool),
    st.builds("{} {} {}".format, whole, comparison, whole),
    st.builds("{} {} {}".format, fraction, comparison, fraction),
    st.builds("{} {} {}".format, text, comparison, text),
    st.builds("{} in [{}]".format, text, st.lists(texts.map("'{}'".format), min_size=1, max_size=3).map(", ".join)),
    st.builds("{}.{}({})".format, text, st.sampled_from(["startsWith", "endsWith", "contains", "matches"]), text),
    st.builds("size({}) {} {}".format, text, comparison, st.sampled_from(["0", "4"])),
    st.builds("{} == {}".format, _named(bool), st.sampled_from(["true", "false"])),
)
conditions = st.recursive(
    atom,
    lambda inner: st.one_of(
        st.builds("!({})".format, inner),
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["&&", "||"]), inner),
        st.builds("({}) ? ({}) : ({})".format, inner, inner, inner),
    ),
    max_leaves=5,
)
_VALUES: dict[type, st.SearchStrategy[Any]] = {bool: st.booleans(), int: whole_numbers, float: fractions, str: texts}
facts = st.fixed_dictionaries({}, optional={name: _VALUES[kind] for name, kind in TYPES.items()})


@given(conditions, st.lists(facts, min_size=1, max_size=4))
@settings(max_examples=300)
def test_a_shortcut_says_what_the_engine_says(expression: str, moments: list[dict[str, Any]]) -> None:
    condition = LANGUAGE.compile(expression)
    for values in moments:
        known = LANGUAGE.known(values)
        asked = condition.ask(known)
        expected = {Outcome.MATCH: True, Outcome.NO_MATCH: False, Outcome.NOT_EVALUABLE: None}[asked.outcome]
        assert condition.holds(known) is expected, (expression, values, asked)
        assert condition.evaluate(known).outcome is asked.outcome


def test_what_is_not_plainly_the_same_in_python_is_left_to_the_engine() -> None:
    for expression in ["a.name.matches('x')", "a.count / 2 == 1", "['x'].exists(x, x == a.name)", "size(a.name) > 1"]:
        assert LANGUAGE.compile(expression).shortcut is no_shortcut


def test_most_lines_of_the_packs_in_force_have_a_shortcut() -> None:
    lines = {line for rule in default_rule_set().rules for line in rule.when}
    without = [line for line in lines if fact_language().compile(line).shortcut is no_shortcut]
    assert len(without) < len(lines) / 4
