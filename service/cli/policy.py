"""``earmark policy``: look after the packs of rules."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import policy_in_force

if TYPE_CHECKING:
    from service.rules import LoadedPack, PackRefused
    from service.rules.backtest import BacktestReport
    from service.rules.compiled import TestRun

PACKS = Annotated[
    list[Path] | None, typer.Argument(help="Packs as YAML files; none: those of the settings.", metavar="[PACK]...")
]
JSON = Annotated[bool, typer.Option("--json", help="JSON lines on standard output.")]


def register(app: typer.Typer) -> None:
    policy = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Look after the rules: check, test, back-test and compare packs; put them in force; see how they stand.",
    )
    policy.command(short_help="Check packs before they are used.")(check)
    policy.command(short_help="Run the tests inside packs.")(test)
    policy.command(short_help="Try packs on stored facts.")(backtest)
    policy.command(short_help="Compare two packs, rule by rule.")(diff)
    policy.command(short_help="Print the page of all facts.")(facts)
    policy_in_force.register(policy)
    app.add_typer(policy, name="policy")


def check(packs: PACKS = None, as_json: JSON = False) -> None:
    """Check packs: form, facts, types, patterns, clauses, and every test inside them.

    Several packs are also checked together, as they would be in force. Exit code 0 when all may be used, 1 when one is
    refused.
    """
    from service.rules import PackRefused, RuleSet

    loaded, refused = _load_all(packs)
    if not refused:
        try:
            RuleSet(loaded)
        except PackRefused as refusal:
            refused.append(refusal)
    for pack in loaded:
        _print_good(pack, as_json)
    for refused_pack in refused:
        _print_refused(refused_pack, as_json)
    raise typer.Exit(1 if refused else 0)


def test(packs: PACKS = None, as_json: JSON = False) -> None:
    """Run the tests inside packs and show each. Exit code 0 when all pass, 1 when one fails or a pack is refused."""
    from service.rules.compiled import run_tests

    loaded, refused = _load_all(packs, tested=False)
    runs = [(pack, run) for pack in loaded for ready in pack.rules for run in run_tests(ready)]
    if as_json:
        for pack, run in runs:
            _json_line(
                pack=pack.source,
                rule=run.rule,
                test=run.number,
                given=run.test.given,
                expect=run.test.expect,
                outcome=run.outcome,
                passed=run.passed,
            )
    elif runs:
        _print_runs(runs)
    for refusal in refused:
        _print_refused(refusal, as_json)
    raise typer.Exit(1 if refused or not all(run.passed for _, run in runs) else 0)


def backtest(
    packs: PACKS = None,
    moments: Annotated[
        Path | None, typer.Option("--facts", help="Stored facts as JSON lines; none: those of the service's database.")
    ] = None,
    as_json: JSON = False,
) -> None:
    """Show what rules, drafts included, would have done on stored facts: volume, reviewer load, precision, good hits.

    Precision is the share of bad among the hits that a person decided about, with its interval of 95 % (Wilson).
    "Only by it" counts tracks that no live rule reaches as strongly; "good hit" those that a person found good, which
    are named below (up to 50 of each rule).

    A line of stored facts has `track`, `day` (ISO date) and `facts` (by group or as group.field), and where known
    `sender`, `release`, `recording` and `confirmed` (bad or good). Exit code 1 when a pack is refused, 2 when the facts
    cannot be read.
    """
    from dataclasses import asdict

    from sqlalchemy.exc import SQLAlchemyError

    from service.rules.moments import MomentRefused
    from service.rules.promotion import may_go_live

    loaded, refused = _load_all(packs)
    for refusal in refused:
        _print_refused(refusal, as_json)
    if refused:
        raise typer.Exit(1)
    started = time.monotonic()
    try:
        report = _backtest(loaded, moments)
    except (OSError, MomentRefused, SQLAlchemyError) as error:
        typer.echo(f"earmark: {moments or 'the database'}: {str(error).splitlines()[0]}", err=True)
        raise typer.Exit(2) from None
    if not as_json:
        _print_report(report, time.monotonic() - started)
        return
    for rule in report.rules:
        _json_line(**asdict(rule), missing_for_live=may_go_live(rule))


def diff(
    old: Annotated[Path, typer.Argument(help="The pack as it was.")],
    new: Annotated[Path, typer.Argument(help="The pack as it is to be.")],
    as_json: JSON = False,
) -> None:
    """Show what changes from one pack to another, rule by rule. Exit code 1 when a pack is refused."""
    from rich.console import Console
    from rich.markup import escape

    from service.rules.difference import differences

    loaded, refused = _load_all([old, new])
    for refusal in refused:
        _print_refused(refusal, as_json)
    if refused:
        raise typer.Exit(1)
    changes = differences(loaded[0].pack, loaded[1].pack)
    console = Console(highlight=False)
    for change in changes:
        if as_json:
            fields = {name: {"old": before, "new": after} for name, (before, after) in change.fields.items()}
            _json_line(
                rule=change.rule, change=change.change, fields=fields, forgotten_version=change.forgotten_version
            )
            continue
        console.print(f"[bold]{escape(change.rule)}[/bold] {change.change.value}")
        for name, (before, after) in change.fields.items():
            console.print(
                f"  {name}\n    [red]- {escape(_short(before))}[/red]\n    [green]+ {escape(_short(after))}[/green]"
            )
        if change.forgotten_version:
            console.print("  [yellow]what the rule does has changed, its version has not: raise it[/yellow]")
    if not changes and not as_json:
        console.print("no rule differs")


def facts(
    write: Annotated[Path | None, typer.Option(help="File to write the page to, such as docs/facts.md.")] = None,
) -> None:
    """Print every fact a rule can name, with its meaning and who produces it, as a Markdown page."""
    from service.rules.facts_page import facts_page

    if write is None:
        typer.echo(facts_page(), nl=False)
    else:
        write.write_text(facts_page(), encoding="utf-8")
        typer.echo(f"wrote {write}", err=True)


def _load_all(paths: list[Path] | None, *, tested: bool = True) -> "tuple[list[LoadedPack], list[PackRefused]]":
    """Every pack that may be used, and the refusals of the others. A file that cannot be read is wrong use."""
    from service.policy import named_packs
    from service.rules import PackRefused, load_pack
    from service.settings import Settings

    loaded, refused = [], []
    for path in paths or named_packs(Settings()):
        try:
            loaded.append(load_pack(path, tested=tested))
        except PackRefused as refusal:
            refused.append(refusal)
        except OSError as error:
            typer.echo(f"earmark: {path}: {error.strerror}", err=True)
            raise typer.Exit(2) from None
    return loaded, refused


def _backtest(loaded: "list[LoadedPack]", path: Path | None) -> "BacktestReport":
    from service.rules.backtest import backtest as run
    from service.rules.moments import read_moments

    if path is not None:
        with path.open("rb") as lines:
            return run(loaded, read_moments(lines))
    from service.settings import Settings
    from service.store.database import Database
    from service.store.moments import stored_moments

    database = Database.open(Settings().database)
    try:
        with database.read() as session:
            return run(loaded, stored_moments(session))
    finally:
        database.dispose()


def _print_good(pack: "LoadedPack", as_json: bool) -> None:
    from collections import Counter

    from service.rules import RuleSet

    count = Counter(rule.rule.status.value for rule in pack.rules)
    tests = sum(len(rule.rule.tests) for rule in pack.rules)
    rule_set = RuleSet([pack]).hash
    if as_json:
        _json_line(pack=pack.source, ok=True, rules=dict(count), tests=tests, rule_set=rule_set, problems=[])
        return
    rules = ", ".join(f"{number} {status}" for status, number in sorted(count.items())) or "no rules"
    typer.echo(
        f"{pack.source}: good; rules: {rules}; clauses: {len(pack.pack.policies)}; tests: {tests}; {rule_set[:12]}"
    )


def _print_refused(refused: "PackRefused", as_json: bool) -> None:
    if not as_json:
        typer.echo(str(refused), err=True)
        return
    problems = [
        {
            "line": problem.position.line if problem.position else None,
            "column": problem.position.column if problem.position else None,
            "rule": problem.rule,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in refused.problems
    ]
    _json_line(pack=refused.source, ok=False, problems=problems)


def _print_runs(runs: "list[tuple[LoadedPack, TestRun]]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("rule", "test", "given", "expect", ""):
        table.add_column(title, overflow="fold")
    for _, run in runs:
        verdict = "[green]passes[/green]" if run.passed else f"[red]fails[/red]: {escape(run.why())}"
        table.add_row(escape(run.rule), str(run.number), escape(run.given()), run.test.expect.value, verdict)
    console = Console(highlight=False)
    console.print(table)
    failed = sum(not run.passed for _, run in runs)
    console.print(f"\n{len(runs) - failed} of {len(runs)} tests pass.")


def _print_report(report: "BacktestReport", seconds: float) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from service.rules.promotion import may_go_live

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("rule", no_wrap=True)
    for title in ("state", "action"):
        table.add_column(title, no_wrap=True)
    for title in ("tracks", "a day", "busiest day", "cases a day", "only by it", "reviewed", "precision", "good hit"):
        table.add_column(title, justify="right", no_wrap=True)
    hit = [rule for rule in report.rules if rule.tracks]
    for rule in hit:
        precision = "{:.0%} ({:.0%} to {:.0%})".format(*rule.precision) if rule.precision else "-"
        volume = (rule.tracks, f"{rule.per_day:.1f}", rule.busiest_day, f"{rule.cases_per_day:.1f}", rule.only_by_this)
        cells = [escape(rule.rule), rule.status.value, rule.action.value, *map(str, volume)]
        table.add_row(*cells, str(rule.bad + rule.good), precision, str(rule.good))
    console = Console(highlight=False, width=max(Console().width, _TABLE_WIDTH))
    console.print(table)
    if silent := [rule.rule for rule in report.rules if not rule.tracks]:
        console.print(f"\nwithout a hit: {escape(', '.join(silent))}")
    for rule in hit:
        if rule.good_tracks:
            more = rule.good - len(rule.good_tracks)
            named = ", ".join(rule.good_tracks) + (f" and {more} more" if more else "")
            console.print(f"\n[yellow]good tracks hit by {escape(rule.rule)}:[/yellow] {escape(named)}")
    for rule in report.rules:
        if rule.status.value != "live" and (missing := may_go_live(rule)):
            console.print(f"\n[yellow]{escape(rule.rule)} may not go live:[/yellow] {escape('; '.join(missing))}")
    console.print(
        f"\ntracks: {report.moments:,}; days: {report.days}; reviewed by people: {report.reviewed:,}; "
        f"cases a day of all live rules: {report.cases_per_day:.1f}; back-tested in {seconds:.0f} s"
    )


_TABLE_WIDTH = 150
"""Columns of a back-test's table where the terminal is narrower or there is none: it is read in a file then."""


def _json_line(**fields: Any) -> None:
    import json

    typer.echo(json.dumps(fields, ensure_ascii=False))


def _short(value: Any) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
