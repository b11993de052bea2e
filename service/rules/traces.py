"""The trace of a rule written out: what each line says, which facts it saw, and what follows.

A trace is made of values that are known to be of the right types: the rule was validated when its pack was read, and
the facts when they were gathered. So its models are put together without validating them again, which would take most
of the time of a judgement; a test holds that what is put together is valid all the same.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from schemas.facts import Scalar
from schemas.verdict import ConditionTrace, Judgement, Outcome, RuleStatus, RuleTrace
from service.rules.compiled import CompiledRule
from service.rules.engine import Condition, Evaluation
from service.rules.reasons import Template

Model = TypeVar("Model", bound=BaseModel)
_set = object.__setattr__


def built(model: type[Model], fields: dict[str, Any]) -> Model:
    """A model from all of its fields, in their order, unvalidated: ``model_construct`` without its search for defaults.

    The set of fields given is that of all fields, shared by the instances of a model.
    """
    made = model.__new__(model)
    _set(made, "__dict__", fields)
    _set(made, "__pydantic_fields_set__", _FIELDS[model])
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made


_FIELDS: dict[type[BaseModel], set[str]] = {
    model: set(model.model_fields) for model in (ConditionTrace, RuleTrace, Judgement)
}


class PreparedRule:
    """An active rule with what its trace repeats every time."""

    def __init__(self, ready: CompiledRule) -> None:
        self.ready = ready
        self.rule = ready.rule
        self.live = ready.rule.status is RuleStatus.LIVE
        self._reason = Template(ready.rule.reason)
        self.facts: frozenset[str] = frozenset(
            [*self._reason.facts, *(name for line in ready.conditions for name in line.facts)]
        )
        then = ready.rule.then
        self._labels = sorted(then.labels)
        self._before: dict[str, Any] = {
            "rule": self.rule.id,
            "version": self.rule.version,
            "status": self.rule.status,
        }
        self._after: dict[str, Any] = {
            "action": then.at_least,
            "priority": then.priority,
            "queue": then.queue,
            "case_scope": then.case,
            "policy": self.rule.policy,
        }

    def matched(self, values: Mapping[str, Scalar]) -> RuleTrace:
        """What is kept of the rule where it matched: every line did."""
        lines = [_line(condition, _MATCHED, values) for condition in self.ready.conditions]
        return self._written(Outcome.MATCH, lines, self._reason.filled(values))

    def undecided(self, values: Mapping[str, Scalar]) -> RuleTrace:
        """What is kept of the rule where it could not be evaluated, with what each line said."""
        lines = [_line(condition, condition.evaluate(values), values) for condition in self.ready.conditions]
        return self._written(Outcome.NOT_EVALUABLE, lines, "")

    def _written(self, outcome: Outcome, lines: list[ConditionTrace], reason: str) -> RuleTrace:
        fields = {
            **self._before,
            "outcome": outcome,
            "conditions": lines,
            "labels": [*self._labels],
            **self._after,
            "reason": reason,
        }
        return built(RuleTrace, fields)


_MATCHED = Evaluation(Outcome.MATCH)


def _line(condition: Condition, evaluation: Evaluation, values: Mapping[str, Scalar]) -> ConditionTrace:
    known: dict[str, Scalar] = {}
    unknown: list[str] = []
    for name in condition.facts:
        if name in values:
            known[name] = values[name]
        else:
            unknown.append(name)
    fields = {
        "expression": condition.expression,
        "outcome": evaluation.outcome,
        "values": known,
        "unknown": unknown,
        "error": evaluation.error,
    }
    return built(ConditionTrace, fields)
