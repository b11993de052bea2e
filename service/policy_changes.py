"""Changes of the policy: every one makes a new version, names who and why, and can be taken back.

What goes live passes the gate first: it must have shown on stored facts that it is right often enough and asks no more
of reviewers than they can give (:mod:`service.rules.promotion`). Who knows better says why, and that stays on record.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from schemas.verdict import RuleStatus
from service.policy import Policy, named_packs, policy_in_force
from service.rules import LoadedPack, PackRefused, RuleSet, load_pack
from service.rules.backtest import Moment, backtest
from service.rules.hints import did_you_mean
from service.rules.pack import Rule
from service.rules.promotion import may_go_live
from service.rules.standing import DOWN, UP, Standing, check_again, stand
from service.settings import Settings
from service.store.brakes import Brakes
from service.store.database import Database
from service.store.jobs import Jobs
from service.store.moments import stored_moments
from service.store.policies import PackText, Policies, packs_of, statuses_of
from service.store.tables.jobs import JobKind, Lane
from service.store.tables.policy import PolicyChange, PolicyVersion


class ChangeRefused(Exception):
    """A change that is not made, with every reason for it in words."""

    def __init__(self, message: str, reasons: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.reasons = list(reasons)


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the policy, and why."""

    name: str
    because: str
    despite_gate: bool = False
    """The gate's objections are put on record instead of heeded."""


Also = Callable[[Session, PolicyVersion], None]
"""What is written together with a new version, or not at all."""


class PolicyChanges:
    """Changes to the policy in one database."""

    def __init__(self, database: Database, settings: Settings, *, moments: Iterable[Moment] | None = None) -> None:
        """``moments`` are the facts that the gate looks at; those stored with the standing verdicts unless given."""
        self._database = database
        self._settings = settings
        self._moments = moments

    def activate(self, paths: Sequence[Path], author: Author, now: datetime) -> PolicyVersion:
        """Put packs in force, in place of all that are.

        Rules that go live by it, and live ones that change what they do, pass the gate; what is live already as it
        stands does not have to. Raises :class:`PackRefused` and :class:`ChangeRefused`.
        """
        return self.activate_texts([_text(path) for path in paths], author, now)

    def activate_texts(
        self,
        texts: Sequence[PackText],
        author: Author,
        now: datetime,
        *,
        base: int | None = None,
        also: Also | None = None,
    ) -> PolicyVersion:
        """The same for packs given as text. With ``base`` it is refused where another version (0: none) is in force."""
        packs = tuple(load_pack(text.text, text.source) for text in texts)
        rules = RuleSet(packs)
        acting = self._acting()
        fresh = [
            ready.rule.id
            for ready in rules.live()
            if ready.rule.id not in acting or _does(ready.rule) != _does(acting[ready.rule.id])
        ]
        overruled = self._gate(packs, fresh, author)
        with self._database.write() as session:
            current = Policies(session).in_force()
            if base is not None and base != (current.seq if current else 0):
                raise ChangeRefused("the policy was changed by somebody else meanwhile; try again")
            return self._put(session, PolicyChange.ACTIVATED, texts, {}, author, overruled, now, also)

    def promote(self, rule: str, author: Author, now: datetime, *, also: Also | None = None) -> PolicyVersion:
        """Raise a rule by one state: draft to shadow, shadow to live; a retired one to draft. Live needs proof.

        Raises :class:`PackRefused` where the rule may not have that state, and :class:`ChangeRefused`.
        """
        policy = self._in_force()
        after, packs = raised(policy, rule)
        overruled = self._gate(packs, [rule] if after is RuleStatus.LIVE else [], author)
        return self._restand(policy, PolicyChange.PROMOTED, rule, after, author, overruled, now, also)

    def demote(self, rule: str, author: Author, now: datetime, *, to: RuleStatus | None = None) -> PolicyVersion:
        """Take a rule back by one state, or to the one named: shadow, draft or retired. Needs no proof."""
        policy = self._in_force()
        known = known_rule(policy, rule)
        after = to or DOWN.get(known.status)
        if after is None or after is known.status:
            raise ChangeRefused(f"the rule '{rule}' is {known.status.value} already")
        if after is RuleStatus.LIVE:
            raise ChangeRefused("a rule goes live by promotion, which has a gate")
        return self._restand(policy, PolicyChange.DEMOTED, rule, after, author, [], now)

    def roll_back(self, author: Author, now: datetime, *, to: int | None = None) -> PolicyVersion:
        """Put an earlier version in force: the one before, or ``to``; before the first are the settings' packs."""
        with self._database.write() as session:
            policies = Policies(session)
            current = policies.in_force()
            if current is None:
                raise ChangeRefused("no version was ever activated, so there is none to go back to")
            wanted = current.seq - 1 if to is None else to
            if wanted == current.seq:
                raise ChangeRefused(f"version {wanted} is in force")
            earlier = policies.version(wanted) if wanted > 0 else None
            if wanted > 0 and earlier is None:
                raise ChangeRefused(f"there is no version {wanted}; the newest is {current.seq}")
            if earlier is None:
                texts, statuses, name = [_text(path) for path in named_packs(self._settings)], {}, "the settings' packs"
            else:
                texts, statuses, name = packs_of(earlier), statuses_of(earlier), f"version {earlier.seq}"
            said = replace(author, because=f"back to {name}: {author.because}")
            return self._put(session, PolicyChange.ROLLED_BACK, texts, statuses, said, [], now)

    def judge_again(self, days: int, now: datetime) -> int:
        """Ask for new verdicts on everything that was judged in these days; returns how many tracks."""
        with self._database.write() as session:
            tracks = Brakes(session).decided_since(now - timedelta(days=days))
            Jobs(session).enqueue_many(JobKind.DECIDE, tracks, lane=Lane.BACK_CATALOGUE, now=now)
            return len(tracks)

    def _acting(self) -> dict[str, Rule]:
        """The live rules in force; none where this release cannot read them any more: then all have to be proven."""
        try:
            with self._database.read() as session:
                return {
                    ready.rule.id: ready.rule for ready in policy_in_force(session, self._settings).rule_set().live()
                }
        except PackRefused:
            return {}

    def _in_force(self) -> Policy:
        with self._database.read() as session:
            return policy_in_force(session, self._settings)

    def _gate(self, packs: Sequence[LoadedPack], rules: Sequence[str], author: Author) -> list[str]:
        """What the gate has against rules going live; raises unless the author overrules it."""
        if not rules:
            return []
        if self._moments is not None:
            report = backtest(packs, self._moments)
        else:
            with self._database.read() as session:
                report = backtest(packs, stored_moments(session))
        wanted = set(rules)
        objections = [
            f"{one.rule}: {reason}" for one in report.rules if one.rule in wanted for reason in may_go_live(one)
        ]
        if objections and not author.despite_gate:
            raise ChangeRefused(f"not proven on {report.moments} stored verdicts", objections)
        return objections

    def _restand(
        self,
        policy: Policy,
        change: PolicyChange,
        rule: str,
        after: RuleStatus,
        author: Author,
        overruled: Sequence[str],
        now: datetime,
        also: Also | None = None,
    ) -> PolicyVersion:
        with self._database.write() as session:
            version = Policies(session).in_force()
            if (version.seq if version else None) != policy.version:
                raise ChangeRefused("the policy was changed by somebody else meanwhile; try again")
            texts = packs_of(version) if version else [_text(path) for path in named_packs(self._settings)]
            statuses = {**policy.standing.statuses, rule: after}
            said = replace(author, because=f"{rule} is {after.value}: {author.because}")
            return self._put(session, change, texts, statuses, said, overruled, now, also)

    def _put(
        self,
        session: Session,
        change: PolicyChange,
        texts: Sequence[PackText],
        statuses: Mapping[str, RuleStatus],
        author: Author,
        overruled: Sequence[str],
        now: datetime,
        also: Also | None = None,
    ) -> PolicyVersion:
        packs = [load_pack(text.text, text.source) for text in texts]
        note = author.because + (f" (despite the gate: {'; '.join(overruled)})" if overruled else "")
        version = Policies(session).put_in_force(
            change,
            texts,
            statuses,
            rule_set=RuleSet(stand(packs, Standing(statuses))).hash,
            note=note,
            by=author.name,
            now=now,
        )
        if also is not None:
            also(session, version)
        return version


def known_rule(policy: Policy, rule: str) -> Rule:
    """A rule of a policy by its id. Raises :class:`ChangeRefused` with the nearest name where there is none."""
    rules = {known.id: known for known in policy.rule_set().rules}
    if rule not in rules:
        hint = did_you_mean(rule, list(rules))
        raise ChangeRefused(f"there is no rule '{rule}' in the policy in force" + (f"; {hint}" if hint else ""))
    return rules[rule]


def raised(policy: Policy, rule: str) -> tuple[RuleStatus, tuple[LoadedPack, ...]]:
    """The state above a rule's, and the packs with the rule in it, checked again.

    Raises :class:`PackRefused` where the rule may not have that state, and :class:`ChangeRefused`.
    """
    status = known_rule(policy, rule).status
    if status not in UP:
        raise ChangeRefused(f"the rule '{rule}' is live already")
    packs = stand(policy.packs, Standing({**policy.standing.statuses, rule: UP[status]}))
    for loaded in packs:
        if any(ready.rule.id == rule for ready in loaded.rules):
            check_again(loaded)
    return UP[status], packs


def packs_in_force(session: Session, settings: Settings) -> list[PackText]:
    """The packs in force as they were written: those of the newest version, or those of the settings."""
    version = Policies(session).in_force()
    return packs_of(version) if version is not None else [_text(path) for path in named_packs(settings)]


def _text(path: Path) -> PackText:
    """A pack's text; what is no UTF-8 is refused by name when it is loaded from the file."""
    try:
        return PackText(str(path), path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        load_pack(path)
        raise


def _does(rule: Rule) -> tuple[object, ...]:
    """What a rule does, whatever it is called and however it says so."""
    return tuple(rule.when), rule.then, rule.policy
