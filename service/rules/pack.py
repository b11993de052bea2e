"""A policy pack: clauses, and rules that enforce them, as data in a YAML file.

This is the form alone; :mod:`service.rules.checks` says whether a pack may be used.
"""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.facts import Scalar
from schemas.verdict import Action, CaseScope, Outcome, Priority, RuleStatus

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", max_length=64)]
"""Lower case with hyphens or underscores."""
ClauseId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", max_length=32)]
"""Upper case with hyphens, such as ``AI-2``."""
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Entry(BaseModel):
    """Base of everything in a pack: a key that nobody knows is a mistake, not an extra."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Clause(Entry):
    """A clause of the policy, as it is quoted to the sender."""

    clause: ClauseId
    title: Sentence
    text: Sentence


class Effects(Entry):
    """What follows where a rule matches."""

    labels: list[Name] = []
    action: Action = Action.NONE
    priority: Priority | None = None
    queue: Name | None = None
    case: CaseScope | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        routed = self.action.rank >= Action.QUEUE.rank
        if routed and (self.priority is None or self.queue is None or self.case is None):
            raise ValueError(f"action {self.action.value} needs a priority, a queue and a case")
        if not routed and (self.priority or self.queue or self.case):
            raise ValueError("priority, queue and case belong to the actions queue, hold and block")
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("a label stands twice")
        return self

    @property
    def at_least(self) -> Action:
        """The action, which is at least ``label`` where the rule puts a label on."""
        return Action.LABEL if self.labels and self.action is Action.NONE else self.action


class Expectation(StrEnum):
    """What a test expects of its rule."""

    MATCH = "match"
    NO = "no"
    UNKNOWN = "unknown"

    @property
    def outcome(self) -> Outcome:
        return _OUTCOMES[self]


_OUTCOMES = {
    Expectation.MATCH: Outcome.MATCH,
    Expectation.NO: Outcome.NO_MATCH,
    Expectation.UNKNOWN: Outcome.NOT_EVALUABLE,
}


class RuleTest(Entry):
    """An example that must come out as said before the pack may be used. Facts that are not given are unknown."""

    given: dict[str, Scalar]
    expect: Expectation
    because: Sentence | None = None


class Rule(Entry):
    """Where every line of ``when`` is true, ``then`` follows, for the stated reason, under the stated clause."""

    id: Name
    version: Annotated[int, Field(ge=1)] = 1
    status: RuleStatus = RuleStatus.DRAFT
    policy: ClauseId
    when: Annotated[list[Line], Field(min_length=1, max_length=20)]
    then: Effects = Effects()
    reason: Sentence
    note: Sentence | None = None
    tests: list[RuleTest] = []


class Pack(Entry):
    """A set of rules that belong together, with the clauses they enforce."""

    pack: Name
    version: Annotated[int, Field(ge=1)] = 1
    title: Sentence
    source: Sentence | None = Field(default=None, description="Where a destination's rules are published.")
    as_of: str | None = Field(default=None, description="Date at which the source was read, ISO 8601.")
    policies: Annotated[list[Clause], Field(min_length=1)]
    rules: list[Rule]

    def clause(self, name: str) -> Clause | None:
        return next((clause for clause in self.policies if clause.clause == name), None)


def as_text(value: Any) -> str:
    """A value as it is quoted in a message or a reason: short, with decimals that can be read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e6 else f"{value:.0f}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
