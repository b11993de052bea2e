"""A rule ready for evaluation, and its own tests run on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.facts import Scalar
from schemas.verdict import Outcome
from service.rules.engine import Condition
from service.rules.pack import Rule, RuleTest, as_text

SAID = {Outcome.MATCH: "match", Outcome.NO_MATCH: "no", Outcome.NOT_EVALUABLE: "unknown"}
"""Outcomes in the words of a pack's tests."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its conditions ready for evaluation."""

    rule: Rule
    conditions: tuple[Condition, ...]

    def outcomes(self, facts: Mapping[str, Scalar]) -> list[Outcome]:
        """The outcome of every line, in order. Unknown facts have no key."""
        return [condition.evaluate(facts).outcome for condition in self.conditions]


def all_of(outcomes: list[Outcome]) -> Outcome:
    """Three-valued *and* over the lines: one that is false decides, else one that is unknown leaves it open."""
    if Outcome.NO_MATCH in outcomes:
        return Outcome.NO_MATCH
    return Outcome.NOT_EVALUABLE if Outcome.NOT_EVALUABLE in outcomes else Outcome.MATCH


@dataclass(frozen=True, slots=True)
class TestRun:
    """One test of a rule as it came out."""

    __test__ = False  # not a test class of ours, whatever its name

    rule: str
    number: int
    test: RuleTest
    outcome: Outcome
    lines: tuple[tuple[str, Outcome], ...]

    @property
    def passed(self) -> bool:
        return self.outcome is self.test.expect.outcome

    def given(self) -> str:
        return ", ".join(f"{name}={as_text(value)}" for name, value in self.test.given.items()) or "nothing"

    def why(self) -> str:
        """What each line of the rule said."""
        return "; ".join(f"{expression} is {SAID[outcome]}" for expression, outcome in self.lines)


def run_tests(ready: CompiledRule) -> Iterator[TestRun]:
    """Every test of a rule, run. The facts they give must be of the right types."""
    for index in range(len(ready.rule.tests)):
        yield run_test(ready, index)


def run_test(ready: CompiledRule, index: int) -> TestRun:
    test = ready.rule.tests[index]
    outcomes = ready.outcomes(test.given)
    lines = tuple(zip((c.expression for c in ready.conditions), outcomes, strict=True))
    return TestRun(ready.rule.id, index + 1, test, all_of(outcomes), lines)
