"""Time of judging by rules, beside the same conditions as plain Python lambdas in the same run.

Run by ``make bench``. The facts are those of upload scenarios as they are replayed, every upload of every file; without
scenario files they are made up. Thirty rules are the first thirty of the packs that come with Earmark, three hundred
are ten copies of them. Times are CPU time a judgement, the best of several passes over all facts.

The lambdas answer true, false or unknown for each rule and keep nothing else. A newcomer guards against missing facts
in one of two ways, and the faster counts: ``KeyError`` caught around each line, or a question in each line whether its
facts are there. Neither knows that ``true || unknown`` is true, so on some facts they say unknown where the rules know
better; how often is printed.

Of the rules three times are shown. *With trace* is what a back-test and a replay pay: which rules matched, which could
not be evaluated, and the facts they saw, from which what each line said is read off later. *Trace written out* is what
a verdict is stored with, every line of every such rule with its values, and *from typed facts* what a live one pays.
"""

import argparse
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from schemas.facts import Facts, Scalar, fact_fields, fact_values
from schemas.verdict import RuleStatus
from service.rules import PACKS, LoadedPack, RuleSet, load_pack
from service.rules.backtest import Confirmed, Moment, backtest
from service.rules.compiled import CompiledRule
from service.rules.engine import Condition, plain_type
from service.rules.ruleset import Evaluated
from service.rules.wire import Other

TARGET_RATIO = 2.0
"""Most that a judgement with trace may take of what the lambdas take."""
TARGET_BACKTEST_S = 300.0
RULES = 30
COPIES = 10
PASSES = 5
MOMENTS = 1_000_000
SCENARIOS = Path("../shared/scenarios/visible")

Flat = dict[str, Scalar]


class Recorder:
    """Stands in for a rule set in a replay and keeps the facts it is asked about."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self.hash = rules.hash
        self.facts: list[Facts] = []

    def assess(self, facts: Facts) -> Evaluated:
        self.facts.append(facts)
        return self._rules.assess(facts)


def replayed(scenarios: Sequence[Path], rules: RuleSet, most: int) -> list[Facts]:
    """Facts of the uploads of scenario files, spread evenly over them."""
    from service.simulation import replay
    from service.simulation.lines import read_lines
    from service.wording import protect_names, read_text

    recorder = Recorder(rules)
    for path in scenarios:
        replay(read_lines(path), recorder, read_text=read_text, protect_names=protect_names)  # type: ignore[arg-type]
    step = max(1, len(recorder.facts) // most)
    return recorder.facts[::step]


def made_up(count: int) -> list[Facts]:
    """Facts of ordinary tracks: nearly everything known, hardly anything suspicious."""
    rng = random.Random(6)
    return [_facts({name: _ordinary(name, kind, rng) for name, kind, _, _ in fact_fields()}) for _ in range(count)]


def _ordinary(name: str, annotation: Any, rng: random.Random) -> Scalar | None:
    kind = plain_type(annotation)
    if rng.random() < 0.05:
        return None
    if kind is bool:
        return rng.random() < 0.02
    if kind is int:
        return rng.randrange(12)
    if kind is float:
        return rng.random() * (200.0 if name == "audio.duration_s" else 0.4)
    return [] if kind is list else rng.choice(fact_values().get(name, ("Harbour Lights", "Low Water", "夜の駅")))


def _facts(flat: dict[str, Scalar | None]) -> Facts:
    groups: dict[str, dict[str, Scalar | None]] = {}
    for name, value in flat.items():
        group, _, field = name.partition(".")
        groups.setdefault(group, {})[field] = value
    return Facts.model_validate(groups)


_FACT = re.compile(r"\b[a-z_]+\.[a-z0-9_]+\b(?!\()")
_TEXT = re.compile(r"(\"[^\"]*\"|'[^']*')")
_PYTHON = [("&&", " and "), ("||", " or "), (r"!(?!=)", " not "), ("double(", "float("), ("size(", "len(")]
_WORDS = {"true": "True", "false": "False"}


def as_lambda(expression: str, *, guarded: bool = False) -> Callable[[Flat], bool | None] | None:
    """The same condition as a plain Python lambda over flat facts; nothing where it holds a macro or a pattern."""
    if re.search(r"\?|\.(matches|exists|all|map|filter|startsWith|endsWith|contains)\(", expression):
        return None
    python = "".join(part if _TEXT.fullmatch(part) else _translated(part) for part in _TEXT.split(expression))
    names = dict.fromkeys(name for part in _TEXT.split(expression)[::2] for name in _FACT.findall(part))
    guard = f"None if {' or '.join(f'{name!r} not in f' for name in names)} else " if guarded else ""
    return eval(f"lambda f: {guard}{python.strip()}")  # type: ignore[no-any-return]


def _translated(part: str) -> str:
    part = _FACT.sub(lambda name: f'f["{name[0]}"]', part)
    for cel, python in _PYTHON:
        part = re.sub(cel, python, part) if cel.startswith("!") else part.replace(cel, python)
    return re.sub(r"\b(true|false)\b", lambda word: _WORDS[word[0]], part)


Outcomes = list[bool | None]


def catching(pack: LoadedPack) -> Callable[[Flat], Outcomes]:
    """Nothing but lambdas: true, false or unknown for each rule, where an unknown fact has no key."""
    rules = [[as_lambda(condition.expression) for condition in ready.conditions] for ready in pack.rules]

    def outcomes(facts: Flat) -> Outcomes:
        found: Outcomes = []
        for conditions in rules:
            outcome: bool | None = True
            for condition in conditions:
                try:
                    if not condition(facts):  # type: ignore[misc]
                        outcome = False
                        break
                except KeyError:
                    outcome = None
            found.append(outcome)
        return found

    return outcomes


def asking(pack: LoadedPack) -> Callable[[Flat], Outcomes]:
    """The same with a guard in each lambda: unknown where a fact it reads has no key."""
    rules = [[as_lambda(condition.expression, guarded=True) for condition in ready.conditions] for ready in pack.rules]

    def outcomes(facts: Flat) -> Outcomes:
        found: Outcomes = []
        for conditions in rules:
            outcome: bool | None = True
            for condition in conditions:
                said = condition(facts)  # type: ignore[misc]
                if said is None:
                    outcome = None
                elif not said:
                    outcome = False
                    break
            found.append(outcome)
        return found

    return outcomes


def with_trace(pack: LoadedPack) -> LoadedPack:
    """The same rules with a lambda for each condition, judged and traced by code of ours."""

    def plain(condition: Condition) -> Condition:
        return replace(condition, node=Other(), translated=as_lambda(condition.expression, guarded=True), fails=False)

    rules = tuple(CompiledRule(ready.rule, tuple(map(plain, ready.conditions))) for ready in pack.rules)
    return replace(pack, rules=rules)


def by_the_engine(pack: LoadedPack) -> LoadedPack:
    """The same rules, every line of them asked of the CEL engine."""
    rules = tuple(
        CompiledRule(
            ready.rule, tuple(replace(condition, node=Other(), translated=None) for condition in ready.conditions)
        )
        for ready in pack.rules
    )
    return replace(pack, rules=rules)


def thirty_rules() -> LoadedPack:
    """The first thirty live rules, in the order of the packs, whose conditions can be written as lambdas."""
    packs = [load_pack(PACKS / name) for name in ("default.yaml", "behaviour.yaml")]
    found = [
        ready
        for pack in packs
        for ready in pack.rules
        if ready.rule.status is RuleStatus.LIVE and all(as_lambda(line.expression) for line in ready.conditions)
    ]
    clauses = [clause for pack in packs for clause in pack.pack.policies]
    together = packs[0].pack.model_copy(update={"policies": clauses})
    return replace(packs[0], pack=together, rules=tuple(found[:RULES]))


def copies(pack: LoadedPack, count: int) -> LoadedPack:
    """The same rules many times under other ids."""
    rules = [
        CompiledRule(ready.rule.model_copy(update={"id": f"{ready.rule.id}-{number}"}), ready.conditions)
        for number in range(count)
        for ready in pack.rules
    ]
    return replace(pack, rules=tuple(rules))


def best_us(judge: Callable[[Any], object], population: Sequence[Any]) -> float:
    """Microseconds a judgement, in the best of several passes."""
    best = float("inf")
    for _ in range(PASSES):
        started = time.process_time()
        for facts in population:
            judge(facts)
        best = min(best, time.process_time() - started)
    return best / len(population) * 1e6


def moments(population: Sequence[Flat], count: int) -> Iterator[Moment]:
    """A year of stored facts: those there are, over and over."""
    confirmed = (None, None, None, Confirmed.BAD, Confirmed.GOOD)
    for number in range(count):
        yield Moment(
            track=f"trk_{number}",
            day=f"2026-{number * 12 // count + 1:02d}-{number % 28 + 1:02d}",
            facts=population[number % len(population)],
            sender=f"snd_{number % 997}",
            confirmed=confirmed[number % 5],
        )


def _same_but_for_unknown(ours: Sequence[Evaluated], lambdas: Sequence[Outcomes], rules: RuleSet) -> None:
    """Where the lambdas know an answer it must be that of the rules; says how often they know less."""
    ids = [ready.rule.id for ready in sorted(thirty_rules().rules, key=lambda ready: ready.rule.id)]
    order = [ids.index(ready.rule.id) for ready in thirty_rules().rules]
    less = 0
    for evaluated, outcomes in zip(ours, lambdas, strict=True):
        said: Outcomes = [False] * len(ids)
        for found, outcome in ((evaluated.matched, True), (evaluated.undecided, None)):
            for prepared in found:
                said[ids.index(prepared.rule.id)] = outcome
        for place, outcome in zip(order, outcomes, strict=True):
            assert outcome is None or outcome is said[place]
            less += outcome is not said[place]
    print(f"the lambdas say unknown where the rules know better for {less} of {len(ours) * len(ids)} rules")


def _show(what: str, microseconds: float, note: str = "") -> None:
    print(f"  {what:42}{microseconds:8.1f}   {note}".rstrip(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenarios", type=Path, default=SCENARIOS, help="Folder of files; every fourth is replayed.")
    parser.add_argument("--facts", type=int, default=4_000, help="Most facts to judge.")
    parser.add_argument("--moments", type=int, default=MOMENTS, help="Verdicts to back-test; 0 leaves it out.")
    wanted = parser.parse_args()

    packs = [load_pack(PACKS / name) for name in ("default.yaml", "behaviour.yaml")]
    files = sorted(wanted.scenarios.glob("*.jsonl"))[::4]
    population = replayed(files, RuleSet(packs), wanted.facts) if files else made_up(wanted.facts)
    flat = [facts.flat() for facts in population]
    print(f"{len(flat)} sets of facts", f"of {len(files)} replayed scenarios" if files else "made up", flush=True)

    pack = thirty_rules()
    rules = RuleSet([pack])
    ways = {"KeyError caught": catching(pack), "fact asked for": asking(pack)}
    lines = sum(len(ready.conditions) for ready in pack.rules)
    each = [rules.evaluate(facts) for facts in flat]
    matched = sum(len(one.matched) for one in each) / len(each)
    undecided = sum(len(one.undecided) for one in each) / len(each)
    print(
        f"{len(pack.rules)} rules of {lines} lines, of which {matched:.1f} match and {undecided:.1f} cannot be "
        "evaluated on average; microseconds a judgement"
    )
    _same_but_for_unknown(each, [ways["fact asked for"](facts) for facts in flat], rules)
    lambdas = {way: best_us(outcomes, flat) for way, outcomes in ways.items()}
    bare = min(lambdas.values())
    ours = best_us(rules.evaluate, flat)
    written = best_us(rules.judge_flat, flat)
    traced = best_us(RuleSet([with_trace(pack)]).judge_flat, flat)
    typed = best_us(rules.judge, population)
    engine = best_us(RuleSet([by_the_engine(pack)]).evaluate, flat)
    many = best_us(RuleSet([copies(pack, COPIES)]).evaluate, flat)
    for way, time_us in lambdas.items():
        _show(f"lambdas, outcomes alone, {way}", time_us)
    _show("lambdas, trace written out", traced)
    _show("rules, with trace", ours, f"{ours / bare:.2f} of the lambdas (target {TARGET_RATIO:g})")
    _show(
        "rules, trace written out", written, f"{written / bare:.2f}; {written / traced:.2f} of lambdas that do so too"
    )
    _show("rules, written out, from typed facts", typed, f"{typed / bare:.2f}")
    _show("rules, every line by the CEL engine", engine, f"{engine / bare:.2f}")
    _show(f"{COPIES * len(pack.rules)} rules, with trace", many, f"{many / ours:.1f} times {len(pack.rules)} rules")

    if wanted.moments:
        started, cpu = time.monotonic(), time.process_time()
        report = backtest(packs, moments(flat, wanted.moments))
        seconds, cpu = time.monotonic() - started, time.process_time() - cpu
        print(
            f"back-test of {report.moments:,} verdicts by {len(report.rules)} rules: {seconds:.0f} s on the clock, "
            f"{cpu:.0f} s CPU (target {TARGET_BACKTEST_S:.0f} s on the clock)"
        )


if __name__ == "__main__":
    main()
