"""All rules in force together, and the judgement they give: a pure function of facts."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from schemas.facts import Facts, Scalar
from schemas.verdict import Action, ConditionTrace, Judgement, Outcome, RuleStatus, RuleTrace
from service.rules.compiled import CompiledRule
from service.rules.engine import Condition, Known, fact_language
from service.rules.loading import LoadedPack
from service.rules.pack import Clause, Rule
from service.rules.problems import PackRefused, Problem
from service.rules.reasons import Template

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
        needed = {name for prepared in self._active for name in prepared.facts}
        self._names = frozenset(needed)
        self._needed = [(*name.split(".", 1), name) for name in sorted(needed)]
        self.hash: str = _hash([prepared.rule for prepared in self._active], self.clauses)

    @property
    def clauses(self) -> dict[str, Clause]:
        """Policy clauses by their id."""
        return {clause.clause: clause for pack in self.packs for clause in pack.pack.policies}

    def judge(self, facts: Facts) -> Judgement:
        """Labels, action and the trace that says why. The same facts always give the same judgement."""
        values: dict[str, Scalar] = {}
        for group, field, name in self._needed:
            value = getattr(getattr(facts, group), field)
            if value is not None:
                values[name] = value.value if isinstance(value, Enum) else value
        return self._judge(values)

    def judge_flat(self, values: Mapping[str, Scalar]) -> Judgement:
        """The same from facts by qualified name, unknown ones left out, as they are stored with a verdict."""
        return self._judge(values)

    def _judge(self, values: Mapping[str, Scalar]) -> Judgement:
        known = self._language.known(values, self._names)
        fired: list[RuleTrace] = []
        shadow: list[RuleTrace] = []
        not_evaluable: list[RuleTrace] = []
        for prepared in self._active:
            holds = prepared.ready.holds(known)
            if holds is False:
                continue
            trace = prepared.trace(holds, known)
            if holds is None:
                not_evaluable.append(trace)
            else:
                (fired if prepared.rule.status is RuleStatus.LIVE else shadow).append(trace)
        fired.sort(key=_strongest_first)
        action = fired[0].action if fired else Action.NONE
        return Judgement(
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


class _Prepared:
    """An active rule with what its trace repeats every time."""

    def __init__(self, ready: CompiledRule) -> None:
        self.ready = ready
        self.rule = ready.rule
        self._reason = Template(ready.rule.reason)
        self.facts: frozenset[str] = frozenset(
            [*self._reason.facts, *(name for line in ready.conditions for name in line.facts)]
        )
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

    def trace(self, holds: bool | None, known: Known) -> RuleTrace:
        """What is kept of a rule that matched or that could not be evaluated."""
        return RuleTrace(
            outcome=Outcome.MATCH if holds else Outcome.NOT_EVALUABLE,
            conditions=[_line(condition, known) for condition in self.ready.conditions],
            reason=self._reason.filled(known.values) if holds else "",
            **self._fixed,
        )


def _line(condition: Condition, known: Known) -> ConditionTrace:
    evaluation = condition.evaluate(known)
    values = known.values
    return ConditionTrace(
        expression=condition.expression,
        outcome=evaluation.outcome,
        values={name: values[name] for name in condition.facts if name in values},
        unknown=[name for name in condition.facts if name not in values],
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
