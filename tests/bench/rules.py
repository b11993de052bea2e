"""Time of judging by rules, beside the same conditions as plain Python lambdas in the same run.

Run by ``make bench``. The facts are those of upload scenarios as they are replayed, every upload of every file; without
scenario files they are made up. Thirty rules are the first thirty of the packs that come with Earmark, three hundred
are ten copies of them. Times are CPU time a judgement, the best of several passes over all facts.
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
from schemas.verdict import Judgement, RuleStatus
from service.rules import PACKS, LoadedPack, RuleSet, load_pack
from service.rules.backtest import Confirmed, Moment, backtest
from service.rules.compiled import CompiledRule
from service.rules.engine import Condition, plain_type
from service.rules.shortcuts import no_shortcut

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

    def judge(self, facts: Facts) -> Judgement:
        self.facts.append(facts)
        return self._rules.judge(facts)


def replayed(scenarios: Sequence[Path], rules: RuleSet, most: int) -> list[Facts]:
    """Facts of the uploads of scenario files, spread evenly over them."""
    from service.simulation import replay
    from service.simulation.lines import read_lines
    from service.simulation.names import protect_names, read_text

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


def as_lambda(expression: str) -> Callable[[Flat], bool] | None:
    """The same condition as a plain Python lambda over flat facts; nothing where it holds a macro or a pattern."""
    if re.search(r"\?|\.(matches|exists|all|map|filter|startsWith|endsWith|contains)\(", expression):
        return None
    python = "".join(part if _TEXT.fullmatch(part) else _translated(part) for part in _TEXT.split(expression))
    return eval(f"lambda f: {python.strip()}")  # type: ignore[no-any-return]


def _translated(part: str) -> str:
    part = _FACT.sub(lambda name: f'f["{name[0]}"]', part)
    for cel, python in _PYTHON:
        part = re.sub(cel, python, part) if cel.startswith("!") else part.replace(cel, python)
    return re.sub(r"\b(true|false)\b", lambda word: _WORDS[word[0]], part)


def _unknown(_: object) -> None:
    """What a lambda that met an unknown fact has to say."""


def with_lambdas(pack: LoadedPack) -> LoadedPack:
    """The same rules with a lambda for each condition; judged by the same code, with the same trace."""

    def plain(condition: Condition) -> Condition:
        plain_one = as_lambda(condition.expression)
        assert plain_one is not None
        return replace(condition, shortcut=plain_one, careful=_unknown)

    rules = tuple(CompiledRule(ready.rule, tuple(map(plain, ready.conditions))) for ready in pack.rules)
    return replace(pack, rules=rules)


def bare(pack: LoadedPack) -> Callable[[Flat], list[bool | None]]:
    """Nothing but lambdas: true, false or unknown for each rule, and no word on why."""
    rules = [[as_lambda(condition.expression) for condition in ready.conditions] for ready in pack.rules]

    def outcomes(facts: Flat) -> list[bool | None]:
        found: list[bool | None] = []
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


def without_shortcuts(pack: LoadedPack) -> LoadedPack:
    """The same rules, every line of them asked of the CEL engine."""
    rules = tuple(
        CompiledRule(
            ready.rule, tuple(replace(condition, shortcut=no_shortcut, careful=None) for condition in ready.conditions)
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


def _show(what: str, microseconds: float, note: str = "") -> None:
    print(f"  {what:38}{microseconds:8.1f}   {note}".rstrip(), flush=True)


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
    rules, lambdas = RuleSet([pack]), RuleSet([with_lambdas(pack)])
    assert all(rules.judge_flat(facts).labels == lambdas.judge_flat(facts).labels for facts in flat)
    fired = sum(len(rules.judge_flat(facts).fired) for facts in flat) / len(flat)
    lines = sum(len(ready.conditions) for ready in pack.rules)
    print(f"{len(pack.rules)} rules of {lines} lines, {fired:.1f} of them firing on average; microseconds a judgement")
    nothing_else = best_us(bare(pack), flat)
    plain = best_us(lambdas.judge_flat, flat)
    ours = best_us(rules.judge_flat, flat)
    engine = best_us(RuleSet([without_shortcuts(pack)]).judge_flat, flat)
    typed = best_us(rules.judge, population)
    many = best_us(RuleSet([copies(pack, COPIES)]).judge_flat, flat[:: COPIES // 2])
    _show("lambdas, outcomes alone", nothing_else)
    _show("lambdas, with the same trace", plain)
    _show("rules, with trace", ours, f"{ours / plain:.2f} of the lambdas with trace (target {TARGET_RATIO:g})")
    _show("rules, with trace, from typed facts", typed, f"{typed / plain:.2f}")
    _show("rules, every line by the CEL engine", engine, f"{engine / plain:.2f}")
    _show(f"{COPIES * len(pack.rules)} rules, with trace", many, f"{many / ours:.1f} times {len(pack.rules)} rules")

    if wanted.moments:
        started = time.process_time()
        report = backtest(packs, moments(flat, wanted.moments))
        seconds = time.process_time() - started
        print(
            f"back-test of {report.moments:,} verdicts by {len(report.rules)} rules: {seconds:.0f} s "
            f"(target {TARGET_BACKTEST_S:.0f} s)"
        )


if __name__ == "__main__":
    main()
