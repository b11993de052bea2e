"""A translated condition gives the answer of the engine; over made-up conditions and facts, known and unknown."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.verdict import Outcome
from service.rules import PACKS, load_pack
from service.rules.compiled import all_of
from service.rules.engine import Language
from service.rules.program import rules_function

TYPES: dict[str, type] = {
    "a.flag": bool,
    "b.flag": bool,
    "a.count": int,
    "b.count": int,
    "a.share": float,
    "b.share": float,
    "a.name": str,
    "b.name": str,
    "a.tags": list,
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
    st.builds("size({}) {} {}".format, text | st.just("a.tags"), comparison, st.sampled_from(["0", "4"])),
    st.builds("{} in a.tags".format, text),
    st.builds("{} in [{}]".format, whole, st.lists(whole_numbers.map(str), min_size=1, max_size=3).map(", ".join)),
    st.builds("{} == {}".format, _named(bool), st.sampled_from(["true", "false", "b.flag", "(a.count > 1)"])),
    st.builds("({} > {}) == ({} || {})".format, whole, whole, _named(bool), _named(bool)),
    st.builds("({} ? {} : {}) > {}".format, _named(bool), whole, whole, whole),
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
_VALUES: dict[type, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: whole_numbers,
    float: fractions,
    str: texts,
    list: st.lists(texts, max_size=3),
}
facts = st.fixed_dictionaries({}, optional={name: _VALUES[kind] for name, kind in TYPES.items()})


@given(st.lists(conditions, min_size=1, max_size=3), st.lists(facts, min_size=1, max_size=4))
@settings(max_examples=400)
def test_a_translation_says_what_the_engine_says(expressions: list[str], moments: list[dict[str, Any]]) -> None:
    lines = [LANGUAGE.compile(expression) for expression in expressions]
    together = rules_function([lines, *([line] for line in lines)], TYPES)
    for values in moments:
        asked = [line.ask(values) for line in lines]
        for line, said in zip(lines, asked, strict=True):
            expected = {Outcome.MATCH: True, Outcome.NO_MATCH: False, Outcome.NOT_EVALUABLE: None}[said.outcome]
            assert line.holds(values) is expected, (line.expression, values, said)
            evaluated = line.evaluate(values)
            assert evaluated.outcome is said.outcome
            unknown = any(name not in values for name in line.facts)
            assert evaluated.error == said.error or unknown
        outcomes = [all_of([said.outcome for said in asked]), *(said.outcome for said in asked)]
        matched, undecided = together(values)
        assert matched == [index for index, said in enumerate(outcomes) if said is Outcome.MATCH]
        assert undecided == [index for index, said in enumerate(outcomes) if said is Outcome.NOT_EVALUABLE]


def test_what_is_not_plainly_the_same_in_python_is_left_to_the_engine() -> None:
    for expression in ["a.name.matches('x')", "a.count / 2 == 1", "['x'].exists(x, x == a.name)", "a.count % 2 == 1"]:
        assert LANGUAGE.compile(expression).translated is None


def test_every_line_of_the_packs_that_come_with_earmark_is_translated() -> None:
    for path in sorted(PACKS.glob("**/*.yaml")):
        for ready in load_pack(path).rules:
            assert all(line.translated for line in ready.conditions), ready.rule.id


def test_texts_of_a_condition_are_never_code() -> None:
    hostile = 'x\') or exit(\'\\n""" {values} \\\\'
    written = json.dumps(hostile)
    condition = LANGUAGE.compile(f"a.name == {written} || a.name.contains({written}) || a.name in [{written}, 'y']")
    assert condition.translated is not None
    for value in (hostile, "x", "y"):
        assert condition.translated({"a.name": value}) is (condition.ask({"a.name": value}).outcome is Outcome.MATCH)


def test_a_choice_in_the_question_of_a_choice_stays_short() -> None:
    nested = "a.flag"
    for _ in range(8):
        nested = f"({nested}) ? b.flag : a.count > 1"
    condition = LANGUAGE.compile(nested)
    assert condition.holds({"a.flag": True, "b.flag": True, "a.count": 0}) is True
