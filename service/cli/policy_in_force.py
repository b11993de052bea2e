"""``earmark policy list | history | activate | promote | demote | rollback | release``: the rules in force."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from schemas.policy import PolicyOut
    from service.policy_changes import Author, PolicyChanges
    from service.store.database import Database
    from service.store.tables.policy import PolicyVersion, RuleBrake

JSON = Annotated[bool, typer.Option("--json", help="JSON lines on standard output.")]
RULE = Annotated[str, typer.Argument(help="The rule's id.")]
BECAUSE = Annotated[str, typer.Option("--because", help="Why, in a sentence; it stays on record.")]
BY = Annotated[str | None, typer.Option("--by", help="Who decides; the name you are logged in by, if left out.")]
DESPITE = Annotated[
    bool, typer.Option("--despite-gate", help="Go live without the proof; the gate's objections stay on record.")
]
FACTS = Annotated[
    Path | None,
    typer.Option("--facts", help="Stored facts for the gate as JSON lines; none: those of the service's database."),
]
AGAIN = Annotated[
    int | None,
    typer.Option(
        "--judge-again", min=1, metavar="DAYS", help="Judge again what was judged in so many days; none: new tracks."
    ),
]


def register(policy: typer.Typer) -> None:
    policy.command("list", short_help="Show the rules in force and the brakes.")(list_rules)
    policy.command(short_help="Show past versions and brakes.")(history)
    policy.command(short_help="Put packs in force.")(activate)
    policy.command(short_help="Raise a rule: draft, shadow, live.")(promote)
    policy.command(short_help="Take a rule back, or out of service.")(demote)
    policy.command(short_help="Put an earlier version in force.")(rollback)
    policy.command(short_help="Send open cases where the routes say now.")(route)
    policy.command(short_help="Let go of the brake on a rule.")(release)


def list_rules(as_json: JSON = False) -> None:
    """Show the rules in force: state, action, version, hash, and the brakes that hold.

    In force are the packs of the last `activate`, with what was promoted since; before the first one those that
    EARMARK_POLICY_PACKS names, or that come with Earmark. A rule under the brake shows what it does now and did before.
    """
    from service.policy_view import policy_view

    with _database() as (database, settings), database.read() as session:
        policy = policy_view(session, settings)
    if as_json:
        for rule in policy.rules:
            typer.echo(rule.model_dump_json())
        return
    _print_rules(policy)


def history(as_json: JSON = False) -> None:
    """Show what was put in force, by whom and why, and the brakes there were; newest first."""
    from service.store.brakes import Brakes
    from service.store.policies import Policies

    with _database() as (database, _), database.read() as session:
        versions = [_version(version) for version in Policies(session).history()]
        brakes = [_brake(brake) for brake in Brakes(session).history()]
    if as_json:
        for row in versions:
            _line(kind="version", **row)
        for row in brakes:
            _line(kind="brake", **row)
        return
    for row in versions:
        typer.echo(f"version {row['version']}  {row['at']}  {row['change']} by {row['by']}  {row['rule_set'][:12]}")
        typer.echo(f"    {_inert(row['note'])}")
    for row in brakes:
        until = f"released {row['released_at']} by {row['released_by']}" if row["released_at"] else "holds"
        typer.echo(f"brake on {row['rule']} (version {row['rule_version']})  {row['engaged_at']}  {until}")
        typer.echo(f"    {row['message']}")
    if not versions and not brakes:
        typer.echo("no version was ever activated, and no brake ever engaged")


def activate(
    packs: Annotated[list[Path], typer.Argument(help="All packs that are to be in force, as YAML files.")],
    because: BECAUSE,
    by: BY = None,
    despite_gate: DESPITE = False,
    facts: FACTS = None,
    judge_again: AGAIN = None,
    as_json: JSON = False,
) -> None:
    """Put packs in force, in place of all that are. Workers take them up at their next verdict.

    The packs are checked and tested. A rule that goes live by it, or that is live and now does something else, must
    pass the gate: precision, reviewers' load and good tracks hit, on stored facts (see `backtest`). Exit code 1 when a
    pack or the gate refuses; nothing changes then. `rollback` takes it back.

    Example: earmark policy activate default.yaml house.yaml --because "noise farms of November"
    """
    with _changes(facts) as (changes, now):
        version = _attempt(lambda: changes.activate(packs, _author(by, because, despite_gate), now))
        _done(changes, version, judge_again, now, as_json)


def promote(
    rule: RULE,
    because: BECAUSE,
    by: BY = None,
    despite_gate: DESPITE = False,
    facts: FACTS = None,
    judge_again: AGAIN = None,
    as_json: JSON = False,
) -> None:
    """Raise a rule by one state: draft to shadow, shadow to live; a retired one comes back as a draft.

    A shadow rule is evaluated on live tracks and touches nothing. To go live it must pass the gate on stored facts.
    The next `activate` goes by what the packs say: write the state into the pack as well.

    Example: earmark policy promote bulk-noise --because "three weeks in the shadow, 41 of 43 confirmed"
    """
    with _changes(facts) as (changes, now):
        version = _attempt(lambda: changes.promote(rule, _author(by, because, despite_gate), now))
        _done(changes, version, judge_again, now, as_json)


def demote(
    rule: RULE,
    because: BECAUSE,
    to: Annotated[str | None, typer.Option(help="shadow, draft or retired; one state down, if left out.")] = None,
    by: BY = None,
    judge_again: AGAIN = None,
    as_json: JSON = False,
) -> None:
    """Take a rule back: live to shadow, shadow to draft, or out of service with `--to retired`. Needs no proof.

    Example: earmark policy demote upload-surge --because "hits every distributor move" --judge-again 7
    """
    from schemas.verdict import RuleStatus

    known = [status.value for status in RuleStatus if status is not RuleStatus.LIVE]
    if to is not None and to not in known:
        raise typer.BadParameter(f"there is no state {to}; there are {', '.join(known)}", param_hint="--to")
    with _changes(None) as (changes, now):
        status = RuleStatus(to) if to else None
        version = _attempt(lambda: changes.demote(rule, _author(by, because), now, to=status))
        _done(changes, version, judge_again, now, as_json)


def rollback(
    because: BECAUSE,
    to: Annotated[int | None, typer.Option(min=1, help="Number of the version; the one before, if left out.")] = None,
    by: BY = None,
    judge_again: AGAIN = None,
    as_json: JSON = False,
) -> None:
    """Put an earlier version in force again, as a new version: nothing is lost, and a second rollback redoes it.

    `earmark policy history` lists the versions. Before the first there are the packs of the settings.

    Example: earmark policy rollback --because "holds half of Friday's releases" --judge-again 1
    """
    with _changes(None) as (changes, now):
        version = _attempt(lambda: changes.roll_back(_author(by, because), now, to=to))
        _done(changes, version, judge_again, now, as_json)


def release(rule: RULE, by: BY = None, as_json: JSON = False) -> None:
    """Let go of the brake on a rule: it acts in full again, and what it let by meanwhile is judged anew.

    What it did before counts no more for the brake. Exit code 1 where the rule has none.
    """
    from service.store.clock import utc_now
    from workers.braking import release as let_go

    with _database() as (database, _):
        found = database.attempt(lambda session: let_go(session, rule, by=by or getpass.getuser(), now=utc_now()))
    if found is None:
        typer.echo(f"earmark: there is no brake on '{rule}'; 'earmark policy list' shows those that hold", err=True)
        raise typer.Exit(1)
    brake, tracks = found
    if as_json:
        _line(**_brake(brake), judged_again=tracks)
    else:
        typer.echo(f"{rule} acts as {brake.acted_as.value} again; tracks judged again: {tracks}")


def route(as_json: JSON = False) -> None:
    """Send open cases to the queues that EARMARK_ROUTES names now. New cases go there by themselves.

    Exit code 1 where the file of routes cannot be used; nothing is moved then.
    """
    from service.routing import Routing
    from service.store.rerouting import reroute_all
    from service.yaml_rows import RowsRefused

    with _database() as (database, settings):
        try:
            routing = Routing.load(settings.routes)
        except RowsRefused as refused:
            typer.echo(f"earmark: {refused}", err=True)
            raise typer.Exit(1) from None
        moved = reroute_all(database, routing)
    for (before, now), cases in sorted(moved.items()):
        if as_json:
            _line(**{"from": before, "to": now, "cases": cases})
        else:
            typer.echo(f"{_inert(before)} -> {now}: {cases} cases")
    if not moved and not as_json:
        typer.echo("every open case is where the routes send it")


@contextmanager
def _database() -> "Iterator[tuple[Database, Any]]":
    from sqlalchemy.exc import SQLAlchemyError

    from service.rules import PackRefused
    from service.settings import Settings
    from service.store.database import Database

    settings = Settings()
    database = Database.open(settings.database)
    try:
        database.migrate()
        yield database, settings
    except SQLAlchemyError as error:
        typer.echo(f"earmark: the database: {str(error).splitlines()[0]}", err=True)
        raise typer.Exit(2) from None
    except PackRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"earmark: {error.filename}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    finally:
        database.dispose()


@contextmanager
def _changes(facts: Path | None) -> "Iterator[tuple[PolicyChanges, Any]]":
    from service.policy_changes import PolicyChanges
    from service.rules.moments import read_moments
    from service.store.clock import utc_now

    with _database() as (database, settings):
        if facts is None:
            yield PolicyChanges(database, settings), utc_now()
        else:
            with facts.open("rb") as lines:
                yield PolicyChanges(database, settings, moments=read_moments(lines)), utc_now()


def _attempt(change: Any) -> "PolicyVersion":
    from service.policy_changes import ChangeRefused
    from service.rules.moments import MomentRefused

    try:
        version: PolicyVersion = change()
    except ChangeRefused as refused:
        typer.echo(f"earmark: {refused.message}", err=True)
        for reason in refused.reasons:
            typer.echo(f"  {reason}", err=True)
        if refused.reasons:
            typer.echo("Nothing was changed. --despite-gate overrules this, and says so on record.", err=True)
        raise typer.Exit(1) from None
    except MomentRefused as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(2) from None
    return version


def _done(changes: "PolicyChanges", version: "PolicyVersion", days: int | None, now: Any, as_json: bool) -> None:
    again = changes.judge_again(days, now) if days else 0
    if as_json:
        _line(**_version(version), judged_again=again)
        return
    typer.echo(f"version {version.seq} is in force: {_inert(version.note)}; rule set {version.rule_set[:12]}")
    if days:
        typer.echo(f"tracks judged again: {again}")


def _author(by: str | None, because: str, despite_gate: bool = False) -> "Author":
    from service.policy_changes import Author

    if not because.strip():
        raise typer.BadParameter("say why, in a sentence", param_hint="--because")
    return Author((by or getpass.getuser())[:200], because.strip()[:1_000], despite_gate)


def _version(version: "PolicyVersion") -> dict[str, Any]:
    return {
        "version": version.seq,
        "change": version.change.value,
        "rule_set": version.rule_set,
        "packs": [pack["source"] for pack in version.packs],
        "statuses": version.statuses,
        "note": version.note,
        "by": version.activated_by,
        "at": version.activated_at.isoformat(timespec="seconds"),
    }


def _brake(brake: "RuleBrake") -> dict[str, Any]:
    return {
        "rule": brake.rule,
        "rule_version": brake.version,
        "acted_as": brake.acted_as.value,
        "lowered_to": brake.lowered_to.value,
        "good_senders": brake.good_senders,
        "expected": brake.expected,
        "message": brake.message,
        "engaged_at": brake.engaged_at.isoformat(timespec="seconds"),
        "told_at": brake.told_at.isoformat(timespec="seconds") if brake.told_at else None,
        "released_at": brake.released_at.isoformat(timespec="seconds") if brake.released_at else None,
        "released_by": brake.released_by,
    }


def _print_rules(policy: "PolicyOut") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("rule", "state", "action", "version", "hash", "clause", "pack"):
        table.add_column(title, overflow="fold")
    for rule in policy.rules:
        same = rule.status is rule.status_in_pack
        state = rule.status.value if same else f"{rule.status.value} (pack: {rule.status_in_pack.value})"
        action = rule.action.value
        if rule.brake:
            action = f"[red]{action}, braked from {rule.brake.acted_as.value}[/red]"
        table.add_row(
            escape(rule.rule), state, action, f"v{rule.version}", rule.hash[:12], rule.clause, escape(rule.pack)
        )
    console = Console(highlight=False)
    console.print(table)
    held = f"version {policy.version}" if policy.version else "the packs of the settings"
    console.print(f"\nin force: {held}; rule set {policy.rule_set[:12]}; rules: {len(policy.rules)}")
    same = sum(worker.rule_set == policy.rule_set for worker in policy.workers)
    others = ", ".join(one.worker for one in policy.workers if one.rule_set != policy.rule_set)
    console.print(
        f"live: {'yes' if policy.live else 'not yet'}; {same} of {len(policy.workers)} workers judge by it"
        + (f"; not {escape(others)}" if others else "")
    )
    for rule in policy.rules:
        if rule.brake:
            console.print(f"[red]brake[/red] {escape(rule.brake.message)}")
            told = f"{rule.brake.told_at:%Y-%m-%d %H:%M} UTC" if rule.brake.told_at else "not by message"
            console.print(
                f"  since {rule.brake.engaged_at:%Y-%m-%d %H:%M} UTC; policy owner told: {told}", markup=False
            )
            console.print(f"  'earmark policy release {rule.rule}' lets it act in full again", markup=False)


def _inert(text: Any) -> str:
    from service.rules.problems import inert

    return inert(str(text))


def _line(**fields: Any) -> None:
    typer.echo(json.dumps(fields, ensure_ascii=False))
