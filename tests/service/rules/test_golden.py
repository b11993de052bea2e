"""The same conditions on the same facts come out the same in two implementations of CEL and in plain Python.

``cel_expr_python`` is young. ``celpy`` shares no code with it, and neither does Python; where all three agree, the
answer is the language's and not the library's.
"""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import celpy
import pytest
import yaml
from celpy import celtypes

from schemas.facts import Scalar, fact_values
from schemas.verdict import Outcome
from service.rules import default_rule_set
from service.rules.engine import fact_language
from service.rules.program import rules_function

Row = tuple[str, dict[str, Scalar], str]
GOLDEN: list[Row] = [
    (condition, facts, outcome)
    for condition, facts, outcome in yaml.safe_load((Path(__file__).parent / "golden.yaml").read_text("utf-8"))
]
_CEL_TYPE: dict[type, Callable[[Any], Any]] = {
    bool: celtypes.BoolType,
    int: celtypes.IntType,
    float: celtypes.DoubleType,
    str: celtypes.StringType,
    list: lambda texts: celtypes.ListType([celtypes.StringType(text) for text in texts]),
}


def ours(condition: str, facts: Mapping[str, Scalar]) -> Outcome:
    """What the engine says, which must be what its translation says, on its own and among other rules."""
    compiled = fact_language().compile(condition)
    outcome = compiled.ask(facts).outcome
    assert compiled.evaluate(facts).outcome is outcome
    together = rules_function([[compiled]], fact_language().types)(facts)
    assert together == {Outcome.MATCH: ([0], []), Outcome.NO_MATCH: ([], []), Outcome.NOT_EVALUABLE: ([], [0])}[outcome]
    return outcome


class SecondImplementation:
    """celpy, each condition parsed once."""

    def __init__(self) -> None:
        self._environment = celpy.Environment()
        self._programs: dict[str, Any] = {}

    def outcome(self, condition: str, facts: Mapping[str, Scalar]) -> Outcome:
        if condition not in self._programs:
            self._programs[condition] = self._environment.program(self._environment.compile(condition))
        types = fact_language().types
        context = {name: _CEL_TYPE[types[name]](value) for name, value in facts.items()}
        try:
            answer = self._programs[condition].evaluate(context)
        except celpy.CELEvalError:
            return Outcome.NOT_EVALUABLE
        return Outcome.MATCH if answer else Outcome.NO_MATCH


@pytest.fixture(scope="module")
def second() -> SecondImplementation:
    return SecondImplementation()


@pytest.mark.parametrize(("condition", "facts", "outcome"), GOLDEN)
def test_golden_rows_come_out_as_written_on_both_implementations(
    condition: str, facts: dict[str, Scalar], outcome: str, second: SecondImplementation
) -> None:
    assert ours(condition, facts) == outcome
    assert second.outcome(condition, facts) == outcome


PLAIN: dict[str, Callable[[dict[str, Any]], bool]] = {
    'ai.verdict == "likely_ai"': lambda f: f["ai.verdict"] == "likely_ai",
    "ai.probability >= 0.5 && declared.audible_denied": lambda f: (
        f["ai.probability"] >= 0.5 and f["declared.audible_denied"]
    ),
    "declared.music_all || declared.music_partly": lambda f: f["declared.music_all"] or f["declared.music_partly"],
    "!declared.audible_admitted && !declared.audible_denied": lambda f: (
        not f["declared.audible_admitted"] and not f["declared.audible_denied"]
    ),
    'declared.vocals in ["PARTLY", "ALL"] || declared.lyrics == "ALL"': lambda f: (
        f["declared.vocals"] in ["PARTLY", "ALL"] or f["declared.lyrics"] == "ALL"
    ),
    "audio.duration_s >= 30.0 && audio.duration_s <= 35.0": lambda f: 30.0 <= f["audio.duration_s"] <= 35.0,
    "sender.short_24h * 2 >= sender.tracks_24h": lambda f: f["sender.short_24h"] * 2 >= f["sender.tracks_24h"],
    "sender.surge_z >= 3.5 && sender.tracks_24h >= 30": lambda f: (
        f["sender.surge_z"] >= 3.5 and f["sender.tracks_24h"] >= 30
    ),
    'sender.tier == "trusted" ? sender.tracks_24h > 500 : sender.tracks_24h > 20': lambda f: (
        f["sender.tracks_24h"] > (500 if f["sender.tier"] == "trusted" else 20)
    ),
    'track.title.startsWith("Rain") && size(track.title) > 6': lambda f: (
        f["track.title"].startswith("Rain") and len(f["track.title"]) > 6
    ),
    "audio.noise > 0.5 != (audio.silence_ratio > 0.9)": lambda f: (
        (f["audio.noise"] > 0.5) != (f["audio.silence_ratio"] > 0.9)
    ),
}


def made_up(kind: type, values: tuple[str, ...], rng: random.Random) -> Scalar:
    """A value of a fact: often at the edges, where implementations differ."""
    if kind is bool:
        return rng.random() < 0.5
    if kind is int:
        return rng.choice([0, 1, 5, 10, 20, 29, 30, 501, 100_000])
    if kind is float:
        return rng.choice([0.0, 0.25, 0.5, 0.9, 0.97, 1.0, 3.5, 30.0, 31.7, 35.0, 180.0, -1.5])
    if kind is list:
        return rng.sample(["a", "b", "c"], rng.randint(0, 3))
    return rng.choice(values or ("Rain", "Rain Sounds 3", "Sommerregen", "雨の音", "", "Träume — für Elise"))


def made_up_facts(names: list[str], seed: int) -> dict[str, Scalar]:
    rng = random.Random(seed)
    types, values = fact_language().types, fact_values()
    return {name: made_up(types[name], values.get(name, ()), rng) for name in names}


@pytest.mark.parametrize("condition", PLAIN)
def test_plain_python_agrees_with_both_implementations(condition: str, second: SecondImplementation) -> None:
    names = list(fact_language().compile(condition).facts)
    for seed in range(60):
        facts = made_up_facts(names, seed)
        expected = Outcome.MATCH if PLAIN[condition](facts) else Outcome.NO_MATCH
        assert ours(condition, facts) is expected, facts
        assert second.outcome(condition, facts) is expected, facts


def test_every_line_of_the_default_pack_agrees_with_the_second_implementation(second: SecondImplementation) -> None:
    lines = {line for rule in default_rule_set().rules for line in rule.when}
    for line in sorted(lines):
        names = list(fact_language().compile(line).facts)
        for seed in range(12):
            facts = made_up_facts(names, seed)
            if seed % 3 == 0:  # one of them unknown
                facts.pop(names[seed % len(names)])
            assert ours(line, facts) is second.outcome(line, facts), (line, facts)
