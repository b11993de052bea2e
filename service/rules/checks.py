"""Whether a pack may be used: every fault that can be found before a rule ever meets a track."""

from collections.abc import Iterator

from schemas.facts import fact_fields, fact_values
from schemas.verdict import Action, RuleStatus
from service.rules.compiled import SAID, CompiledRule, run_test
from service.rules.engine import Condition, ConditionRefused, Language
from service.rules.hints import did_you_mean, hint_for
from service.rules.literals import impossible_values
from service.rules.pack import Expectation, Pack, Rule, RuleTest
from service.rules.positions import Path, Positions
from service.rules.probes import probe
from service.rules.problems import Position, Problem
from service.rules.reasons import format_fault, slots

GROUNDS_OF_NOTHING = {"ai", "declared", "provenance", "track", "audio", "text"}
"""Groups of facts that may send a track to a person, and never further: likelihoods and what a sender says of it."""


def compile_pack(
    pack: Pack, positions: Positions, language: Language, *, tested: bool = True
) -> tuple[list[CompiledRule], list[Problem]]:
    """The rules ready for evaluation, and all problems in the order of the text. Any problem forbids the pack.

    Unless ``tested`` is false, a test inside the pack that fails is a problem too.
    """
    compiled: list[CompiledRule] = []
    problems = list(_clauses(pack, positions))
    seen: dict[str, int] = {}
    for index, rule in enumerate(pack.rules):
        where: Path = ("rules", index)
        if rule.id in seen:
            first = positions.of(("rules", seen[rule.id], "id"))
            message = f"a second rule has the id '{rule.id}'"
            message += f"; the first stands in line {first.line}" if first else ""
            problems.append(Problem(message, positions.of((*where, "id")), "give every rule an id of its own"))
        seen.setdefault(rule.id, index)
        if pack.clause(rule.policy) is None:
            hint = did_you_mean(rule.policy, [clause.clause for clause in pack.policies])
            message = f"the policy clause '{rule.policy}' is not among the policies of this pack"
            problems.append(Problem(message, positions.of((*where, "policy")), hint or "add it to policies", rule.id))
        conditions, faults = _conditions(rule, where, positions, language)
        problems += faults
        problems += _reason(rule, where, positions, language)
        ready = CompiledRule(rule, tuple(conditions))
        if len(conditions) == len(rule.when):
            problems += _grounds(ready, where, positions)
        if not faults:
            problems += _tests(ready, where, positions, language, tested)
        compiled.append(ready)
    return compiled, sorted(problems, key=_place)


def _place(problem: Problem) -> tuple[int, int]:
    return (problem.position.line, problem.position.column) if problem.position else (0, 0)


def _clauses(pack: Pack, positions: Positions) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, clause in enumerate(pack.policies):
        if clause.clause in seen:
            yield Problem(f"the clause '{clause.clause}' stands twice", positions.of(("policies", index, "clause")))
        seen.add(clause.clause)


def _conditions(
    rule: Rule, where: Path, positions: Positions, language: Language
) -> tuple[list[Condition], list[Problem]]:
    conditions: list[Condition] = []
    problems: list[Problem] = []
    for index, expression in enumerate(rule.when):
        path: Path = (*where, "when", index)
        try:
            condition = language.compile(expression)
        except ConditionRefused as refused:
            for fault in refused.faults:
                hint = hint_for(fault, expression, language.types)
                problems.append(Problem(fault.message, positions.inside(path, fault.position), hint, rule.id))
            continue
        conditions.append(condition)
        for offset, name, text in impossible_values(expression, fact_values()):
            place = positions.inside(path, Position.at(offset, expression))
            problems.append(_no_such_value(name, text, place, rule.id))
        if not condition.facts:
            message = "the condition reads no fact, so it is always the same"
            hint = "name a fact, such as sender.tracks_24h > 30"
            problems.append(Problem(message, positions.of(path), hint, rule.id))
        elif error := probe(condition, language):
            problems.append(Problem(error, positions.of(path), _probe_hint(error), rule.id))
    return conditions, problems


def _no_such_value(name: str, text: str, place: Position | None, rule: str) -> Problem:
    values = fact_values()[name]
    hint = did_you_mean(text, values) or f"it is one of {', '.join(values)}"
    return Problem(f"{name} is never '{text}'", place, hint, rule)


def _probe_hint(error: str) -> str | None:
    if "regular expression" in error:
        return "patterns are RE2: no look-around, no back references; a literal ( . * is written \\\\( \\\\. \\\\*"
    if "combinations" in error:
        return "do not run over a list inside of another (exists, all)"
    return None


def _reason(rule: Rule, where: Path, positions: Positions, language: Language) -> Iterator[Problem]:
    path: Path = (*where, "reason")
    for offset, name, _ in slots(rule.reason):
        if name not in language.types:
            place = positions.inside(path, Position.at(offset, rule.reason))
            hint = did_you_mean(name, language.types) or "docs/facts.md lists every fact there is"
            yield Problem(f"the reason names the unknown fact '{name}'", place, hint, rule.id)
    if fault := format_fault(rule.reason, language.types):
        yield Problem(fault[1], positions.inside(path, Position.at(fault[0], rule.reason)), None, rule.id)


def _grounds(ready: CompiledRule, where: Path, positions: Positions) -> Iterator[Problem]:
    """What the house allows a rule to do, and facts that nobody produces."""
    rule = ready.rule
    if rule.then.at_least.rank >= Action.HOLD.rank and not any(_is_ground(c) for c in ready.conditions):
        message = f"AI likelihood, a declaration, a text or the sound alone may not {rule.then.action.value} a track"
        hint = "use queue, or add a line of its own on behaviour or on a registered recording"
        yield Problem(message, positions.of((*where, "then", "action")), hint, rule.id)
    if rule.status is RuleStatus.LIVE and rule.then.at_least.rank >= Action.QUEUE.rank:
        yield from _blind(ready, where, positions)


def _blind(ready: CompiledRule, where: Path, positions: Positions) -> Iterator[Problem]:
    """A live rule that routes must have shown, by a test, that it can fire on facts that are produced."""
    missing = not_produced()
    matching = [test for test in ready.rule.tests if test.expect is Expectation.MATCH]
    if matching and all(missing & set(test.given) for test in matching):
        names = ", ".join(sorted({name for test in matching for name in test.given} & missing))
        message = f"nothing produces {names}, so no test shows that this live rule can fire"
        hint = "make it a draft until the fact is produced, or add a test that matches without it"
        yield Problem(message, positions.of((*where, "status")), hint, ready.rule.id)


def _is_ground(condition: Condition) -> bool:
    groups = {name.partition(".")[0] for name in condition.facts}
    return bool(groups) and not groups & GROUNDS_OF_NOTHING


def not_produced() -> set[str]:
    """Facts that exist as plug-in points and that nothing computes on live traffic."""
    return {name for name, _, _, producer in fact_fields() if producer == "not produced"}


def _tests(
    ready: CompiledRule, where: Path, positions: Positions, language: Language, tested: bool
) -> Iterator[Problem]:
    rule = ready.rule
    expected = {test.expect for test in rule.tests}
    active = rule.status in (RuleStatus.LIVE, RuleStatus.SHADOW)
    if tested and active and not {Expectation.MATCH, Expectation.NO} <= expected:
        message = f"a {rule.status.value} rule needs a test that expects match and one that expects no"
        facts = ", ".join(f"{name}: ..." for condition in ready.conditions[:1] for name in condition.facts[:2])
        lacking = Expectation.NO if Expectation.MATCH in expected else Expectation.MATCH
        hint = f"add under tests, such as - {{given: {{{facts}}}, expect: {lacking.value}}}"
        yield Problem(message, positions.of((*where, "id")), hint, rule.id)
    for index, test in enumerate(rule.tests):
        path: Path = (*where, "tests", index)
        faults = list(_given(test, path, positions, language, rule.id))
        yield from faults
        if faults or not tested:
            continue
        run = run_test(ready, index)
        if not run.passed:
            message = f"test {index + 1} fails: given {run.given()} it expects {test.expect.value}"
            message += f", but the rule says {SAID[run.outcome]}"
            yield Problem(message, positions.of((*path, "expect")), run.why(), rule.id)


def _given(test: RuleTest, path: Path, positions: Positions, language: Language, rule: str) -> Iterator[Problem]:
    for name, value in test.given.items():
        place = positions.of_key((*path, "given", name))
        if name not in language.types:
            hint = did_you_mean(name, language.types) or "docs/facts.md lists every fact there is"
            yield Problem(f"the test gives the unknown fact '{name}'", place, hint, rule)
        elif not _fits(value, language.types[name]):
            kind = language.types[name].__name__
            yield Problem(f"{name} is of type {kind}, but the test gives {value!r}", place, None, rule)
        elif name in fact_values() and value not in fact_values()[name]:
            yield _no_such_value(name, str(value), place, rule)


def _fits(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is kind
