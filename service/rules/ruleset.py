"""All rules in force together, and the judgement they give: a pure function of facts."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.facts import Facts, Scalar
from schemas.verdict import Action, ConditionTrace, Judgement, Outcome, RuleStatus, RuleTrace
from service.rules.compiled import CompiledRule
from service.rules.engine import Activation, Condition, Evaluation, fact_language
from service.rules.loading import LoadedPack
from service.rules.pack import Clause, Rule
from service.rules.problems import PackRefused, Problem
from service.rules.reasons import fill, slots

SEMANTICS = 1
"""Raised whenever the same rules would judge the same facts differently, so that the hash changes with it."""


class RuleSet:
    """The live and shadow rules of some packs. Drafts and retired rules are carried but not evaluated."""

    def __init__(self, packs: Iterable[LoadedPack]) -> None:
        """Raises :class:`PackRefused` where two packs have a rule of one id or word one clause differently."""
        self.packs: tuple[LoadedPack, ...] = tuple(packs)
        _check_together(self.packs)
        every = sorted((rule for pack in self.packs for rule in pack.rules), key=lambda ready: ready.rule.id)
        self.rules: tuple[Rule, ...] = tuple(ready.rule for ready in every)
        self._active = [_Prepared(ready) for ready in every if ready.rule.status in _ACTIVE]
        self._language = fact_language()
        self._needed = frozenset(name for prepared in self._active for name in prepared.facts)
        self.hash: str = _hash([prepared.rule for prepared in self._active], self.clauses)

    @property
    def clauses(self) -> dict[str, Clause]:
        """Policy clauses by their id."""
        return {clause.clause: clause for pack in self.packs for clause in pack.pack.policies}

    def judge(self, facts: Facts) -> Judgement:
        """Labels, action and the trace that says why. The same facts always give the same judgement."""
        return self.judge_flat(facts.flat())

    def judge_flat(self, values: Mapping[str, Scalar]) -> Judgement:
        """The same from facts by qualified name, unknown ones left out, as they are stored with a verdict."""
        known = {name: value for name, value in values.items() if name in self._needed}
        evaluations = _Evaluations(self._language.activation(known))
        fired: list[RuleTrace] = []
        shadow: list[RuleTrace] = []
        not_evaluable: list[RuleTrace] = []
        for prepared in self._active:
            outcome = prepared.outcome(evaluations)
            if outcome is Outcome.NO_MATCH:
                continue
            trace = prepared.trace(outcome, evaluations, known)
            if outcome is Outcome.NOT_EVALUABLE:
                not_evaluable.append(trace)
            else:
                (fired if prepared.rule.status is RuleStatus.LIVE else shadow).append(trace)
        fired.sort(key=_strongest_first)
        action = fired[0].action if fired else Action.NONE
        return Judgement.model_construct(
            rule_set=self.hash,
            labels=sorted({label for trace in fired for label in trace.labels}),
            action=action,
            priority=fired[0].priority if fired else None,
            fired=fired,
            shadow=shadow,
            not_evaluable=not_evaluable,
        )


_ACTIVE = (RuleStatus.LIVE, RuleStatus.SHADOW)
_LEAST_URGENT = "P9"


def _strongest_first(trace: RuleTrace) -> tuple[int, str, str]:
    return (-trace.action.rank, trace.priority or _LEAST_URGENT, trace.rule)


class _Evaluations:
    """Outcome of each condition on one set of facts; a line that stands in several rules is evaluated once."""

    def __init__(self, activation: Activation) -> None:
        self._activation = activation
        self._known: dict[str, Evaluation] = {}

    def of(self, condition: Condition) -> Evaluation:
        found = self._known.get(condition.expression)
        if found is None:
            found = self._known[condition.expression] = condition.evaluate(self._activation)
        return found


class _Prepared:
    """An active rule with what its trace repeats every time."""

    def __init__(self, ready: CompiledRule) -> None:
        self.rule = ready.rule
        self.conditions = ready.conditions
        named = [name for _, name, _ in slots(ready.rule.reason)]
        self.facts: frozenset[str] = frozenset([*named, *(name for c in ready.conditions for name in c.facts)])
        then = ready.rule.then
        self._fixed: dict[str, Any] = {
            "rule": self.rule.id,
            "version": self.rule.version,
            "status": self.rule.status,
            "labels": sorted(then.labels),
            "action": then.at_least,
            "priority": then.priority,
            "queue": then.queue,
            "case_scope": then.case,
            "policy": self.rule.policy,
        }

    def outcome(self, evaluations: _Evaluations) -> Outcome:
        """Three-valued *and*: one line that is false decides, whatever else is unknown."""
        outcome = Outcome.MATCH
        for condition in self.conditions:
            said = evaluations.of(condition).outcome
            if said is Outcome.NO_MATCH:
                return said
            if said is Outcome.NOT_EVALUABLE:
                outcome = said
        return outcome

    def trace(self, outcome: Outcome, evaluations: _Evaluations, known: Mapping[str, Scalar]) -> RuleTrace:
        lines = [_line(condition, evaluations.of(condition), known) for condition in self.conditions]
        reason = fill(self.rule.reason, known) if outcome is Outcome.MATCH else ""
        return RuleTrace.model_construct(outcome=outcome, conditions=lines, reason=reason, **self._fixed)


def _line(condition: Condition, evaluation: Evaluation, known: Mapping[str, Scalar]) -> ConditionTrace:
    return ConditionTrace.model_construct(
        expression=condition.expression,
        outcome=evaluation.outcome,
        values={name: known[name] for name in condition.facts if name in known},
        unknown=[name for name in condition.facts if name not in known],
        error=evaluation.error,
    )


def _check_together(packs: Sequence[LoadedPack]) -> None:
    owners: dict[str, str] = {}
    clauses: dict[str, tuple[Clause, str]] = {}
    for loaded in packs:
        for ready in loaded.rules:
            if ready.rule.id in owners:
                message = f"the rule '{ready.rule.id}' stands in {owners[ready.rule.id]} too"
                raise PackRefused(loaded.source, [Problem(message, hint="give every rule an id of its own")])
        owners.update({ready.rule.id: loaded.source for ready in loaded.rules})
        for clause in loaded.pack.policies:
            if clause.clause in clauses and clauses[clause.clause][0] != clause:
                message = f"the clause '{clause.clause}' is worded differently in {clauses[clause.clause][1]}"
                raise PackRefused(loaded.source, [Problem(message, hint="word it the same or give it another id")])
            clauses[clause.clause] = (clause, loaded.source)


def _hash(active: Sequence[Rule], clauses: Mapping[str, Clause]) -> str:
    """SHA-256 over all that a judgement depends on; tests, notes, drafts and the order of packs do not change it."""
    content = {
        "semantics": SEMANTICS,
        "rules": [rule.model_dump(mode="json", exclude={"tests", "note"}) for rule in active],
        "clauses": {name: clauses[name].model_dump(mode="json") for name in sorted({rule.policy for rule in active})},
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
