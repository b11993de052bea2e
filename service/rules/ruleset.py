"""All rules in force together, and the judgement they give: a pure function of facts."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from schemas.disclosure import Level
from schemas.facts import Facts, Scalar
from schemas.verdict import Action, Judgement, Priority, RuleStatus, RuleTrace
from service.rules.compiled import CompiledRule
from service.rules.engine import fact_language
from service.rules.loading import LoadedPack
from service.rules.pack import Clause, Rule
from service.rules.problems import PackRefused, Problem
from service.rules.program import rules_function
from service.rules.traces import PreparedRule, built

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
        self._active = [PreparedRule(ready) for ready in every if ready.rule.status in _ACTIVE]
        language = fact_language()
        self._judge = rules_function([prepared.ready.conditions for prepared in self._active], language.types)
        self._needed = _by_group({name for prepared in self._active for name in prepared.facts})
        self.hash: str = _hash([prepared.rule for prepared in self._active], self.clauses)

    @property
    def clauses(self) -> dict[str, Clause]:
        """Policy clauses by their id."""
        return {clause.clause: clause for pack in self.packs for clause in pack.pack.policies}

    def live(self) -> list[CompiledRule]:
        """The rules that act, by id."""
        return [prepared.ready for prepared in self._active if prepared.live]

    def judge(self, facts: Facts) -> Judgement:
        """Labels, action and the trace that says why. The same facts always give the same judgement."""
        return self.assess(facts).judgement()

    def assess(self, facts: Facts) -> "Evaluated":
        """The same with the trace not yet written out."""
        values: dict[str, Scalar] = {}
        for group, fields in self._needed:
            known = getattr(facts, group).__dict__
            for field, name in fields:
                value = known[field]
                if value is not None:
                    values[name] = value.value if isinstance(value, Level) else value
        return self.evaluate(values)

    def judge_flat(self, values: Mapping[str, Scalar]) -> Judgement:
        """The same from facts by qualified name, unknown ones left out, as they are stored with a verdict."""
        return self.evaluate(values).judgement()

    def evaluate(self, values: Mapping[str, Scalar]) -> "Evaluated":
        """The rules on the facts, with the trace not yet written out. ``values`` must not be changed afterwards."""
        matched, undecided = self._judge(values)
        return Evaluated(self, values, [self._active[i] for i in matched], [self._active[i] for i in undecided])


class Evaluated:
    """What came of every rule, and the facts it came of: the trace in its shortest form.

    Facts are immutable and the lines of a rule are pure, so what each line saw and said can be written out at any time
    and is always the same. It is written out to be stored with the verdict, and not while rules are tried.
    """

    __slots__ = ("matched", "rules", "undecided", "values")

    def __init__(
        self,
        rules: RuleSet,
        values: Mapping[str, Scalar],
        matched: "list[PreparedRule]",
        undecided: "list[PreparedRule]",
    ) -> None:
        self.rules = rules
        self.values = values
        self.matched = matched
        """Live and shadow rules, by id."""
        self.undecided = undecided
        """Rules that are not evaluable, by id."""

    def fired(self) -> list[Rule]:
        """Live rules that matched, the strongest first: the first one's action and priority are the track's."""
        live = [prepared.rule for prepared in self.matched if prepared.live]
        return sorted(live, key=lambda rule: _strength(rule.then.at_least, rule.then.priority, rule.id))

    def judgement(self) -> Judgement:
        """Labels, action and the trace of every rule that matched or that could not be evaluated."""
        values = self.values
        fired = [prepared.matched(values) for prepared in self.matched if prepared.live]
        fired.sort(key=_strongest_first)
        return built(
            Judgement,
            {
                "rule_set": self.rules.hash,
                "labels": sorted({label for trace in fired for label in trace.labels}),
                "action": fired[0].action if fired else Action.NONE,
                "priority": fired[0].priority if fired else None,
                "fired": fired,
                "shadow": [prepared.matched(values) for prepared in self.matched if not prepared.live],
                "not_evaluable": [prepared.undecided(values) for prepared in self.undecided],
            },
        )


def _by_group(names: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of facts with the fields wanted of each, and their qualified names."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(names):
        group, _, field = name.partition(".")
        groups.setdefault(group, []).append((field, name))
    return list(groups.items())


_ACTIVE = (RuleStatus.LIVE, RuleStatus.SHADOW)
_LEAST_URGENT = "P9"


def _strongest_first(trace: RuleTrace) -> tuple[int, str, str]:
    return _strength(trace.action, trace.priority, trace.rule)


def _strength(action: Action, priority: Priority | None, rule: str) -> tuple[int, str, str]:
    return (-action.rank, priority or _LEAST_URGENT, rule)


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


def rule_hash(rule: Rule) -> str:
    """SHA-256 over what one rule does and says, as it stands; tests and notes do not change it."""
    content = rule.model_dump(mode="json", exclude={"tests", "note"})
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _hash(active: Sequence[Rule], clauses: Mapping[str, Clause]) -> str:
    """SHA-256 over all that a judgement depends on; tests, notes, drafts and the order of packs do not change it."""
    content = {
        "semantics": SEMANTICS,
        "rules": [rule.model_dump(mode="json", exclude={"tests", "note"}) for rule in active],
        "clauses": {name: clauses[name].model_dump(mode="json") for name in sorted({rule.policy for rule in active})},
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
