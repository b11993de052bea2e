"""The policy desk: a draft, its errors, its back-test, a second person's approval, and then it is in force.

What goes up needs two people: whoever made a proposal does not approve it. What goes down (a rule taken back, an
earlier version, a brake let go) needs one, as it takes nothing from anybody that a rule had not taken.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from schemas.verdict import RuleStatus
from service.policy import policy_in_force
from service.policy_changes import Author, ChangeRefused, PolicyChanges, packs_in_force, raised
from service.rules import LoadedPack, PackRefused, RuleSet, load_pack
from service.rules.backtest import BacktestReport, backtest
from service.rules.difference import RuleChange, differences
from service.rules.engine import fact_language
from service.rules.problems import Problem
from service.rules.program import rules_function
from service.rules.promotion import may_go_live
from service.settings import Settings
from service.store.database import Database
from service.store.ids import Noun, new_id
from service.store.moments import stored_moments
from service.store.policies import PackText, Policies
from service.store.proposals import Proposals
from service.store.tables.policy import PolicyVersion
from service.store.tables.proposals import PolicyProposal, ProposalKind, ProposalState, RuleFigure

NEWEST = 10_000
"""Tracks, the latest, that a draft is tested on at the desk; ``earmark policy backtest`` takes all."""
TIMED = 200
"""Tracks on which the run time of a rule is measured."""


class PolicyDesk:
    """The desk over one database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def texts(self, session: Session) -> list[PackText]:
        """The packs in force, as they were written."""
        return packs_in_force(session, self._settings)

    def draft(self, source: str, text: str, because: str, by: str, now: datetime) -> PolicyProposal:
        """Keep another text of a pack as a draft. Raises :class:`ChangeRefused` where no pack has that name."""

        def work(session: Session) -> PolicyProposal:
            if source not in {pack.source for pack in self.texts(session)}:
                raise ChangeRefused(f"there is no pack '{source}' in force")
            return Proposals(session).add(
                self._made(session, ProposalKind.EDIT, because, by, now, source=source, text=text)
            )

        return self._database.attempt(work)

    def promotion(self, rule: str, because: str, by: str, now: datetime) -> PolicyProposal:
        """Propose one state more for a rule."""

        def work(session: Session) -> PolicyProposal:
            raised(policy_in_force(session, self._settings), rule)
            return Proposals(session).add(self._made(session, ProposalKind.PROMOTE, because, by, now, rule=rule))

        return self._database.attempt(work)

    def save(self, proposal_id: str, text: str, because: str, by: str, now: datetime) -> PolicyProposal:
        """Change a draft. Only its maker does; what was proposed is a draft again, and not tested."""

        def work(session: Session) -> PolicyProposal:
            proposal = self._open(session, proposal_id)
            if proposal.made_by != by:
                raise ChangeRefused(f"this is {proposal.made_by}'s draft; make one of your own")
            if proposal.kind is ProposalKind.EDIT:
                proposal.text = text
            proposal.because, proposal.updated_at = because, now
            proposal.state, proposal.report = ProposalState.DRAFT, None
            return proposal

        return self._database.attempt(work)

    def packs(self, session: Session, proposal: PolicyProposal) -> tuple[LoadedPack, ...]:
        """The packs as they would be in force. Raises :class:`PackRefused` and :class:`ChangeRefused`."""
        if proposal.kind is ProposalKind.EDIT:
            loaded = tuple(load_pack(text.text, text.source) for text in self._texts_after(session, proposal))
            RuleSet(loaded)
            return loaded
        return raised(policy_in_force(session, self._settings), proposal.rule or "")[1]

    def changes(self, session: Session, packs: Sequence[LoadedPack]) -> list[RuleChange]:
        """What :meth:`packs` would change, rule by rule."""
        before = {pack.source: pack.pack for pack in policy_in_force(session, self._settings).packs}
        return [
            change for pack in packs if pack.source in before for change in differences(before[pack.source], pack.pack)
        ]

    def test(self, proposal_id: str, now: datetime) -> PolicyProposal:
        """Try it on the latest stored facts, and keep what came out with it. Raises as :meth:`packs`."""
        with self._database.read() as session:
            proposal = Proposals(session).get(proposal_id)
            if proposal is None:
                raise ChangeRefused("there is no such proposal")
            seen, packs = proposal.updated_at, self.packs(session, proposal)
            changed = {change.rule for change in self.changes(session, packs)}
            report = summary(backtest(packs, stored_moments(session, newest=NEWEST)), changed)

        def keep(session: Session) -> PolicyProposal:
            current = self._open(session, proposal_id)
            if current.updated_at != seen:
                raise ChangeRefused("it was changed while it was tested; test it again")
            current.report = {**report, "at": now.isoformat()}
            return current

        return self._database.attempt(keep)

    def propose(self, proposal_id: str, by: str, now: datetime) -> PolicyProposal:
        """Hand it to a second person. It must be sound, and tested as it stands."""
        with self._database.read() as session:
            proposal = self._open(session, proposal_id)
            self.packs(session, proposal)

        def work(session: Session) -> PolicyProposal:
            current = self._open(session, proposal_id)
            if current.made_by != by:
                raise ChangeRefused(f"this is {current.made_by}'s draft; they propose it")
            if current.report is None:
                raise ChangeRefused("test it on past tracks first")
            current.state, current.updated_at = ProposalState.PROPOSED, now
            return current

        return self._database.attempt(work)

    def approve(
        self, proposal_id: str, by: str, now: datetime, *, answer: str = "", despite_gate: bool = False
    ) -> PolicyVersion:
        """Put it in force. Raises :class:`ChangeRefused`, with the gate's objections where it has any."""
        with self._database.read() as session:
            proposal = self._open(session, proposal_id)
            if proposal.state is not ProposalState.PROPOSED:
                raise ChangeRefused("it is a draft still; its maker proposes it")
            if proposal.made_by == by:
                raise ChangeRefused("you made this proposal; a second person approves it")
            if proposal.base_version != _version(session):
                raise ChangeRefused("the policy was changed since; make the proposal anew on what is in force")
            texts = self._texts_after(session, proposal)
        author = Author(f"{proposal.made_by}, approved by {by}"[:200], proposal.because, despite_gate)

        def note(session: Session, version: PolicyVersion) -> None:
            current = self._open(session, proposal_id)
            current.state, current.version = ProposalState.IN_FORCE, version.seq
            self._answer(current, by, answer, now)

        changes = PolicyChanges(self._database, self._settings)
        if proposal.kind is ProposalKind.EDIT:
            return changes.activate_texts(texts, author, now, base=proposal.base_version, also=note)
        return changes.promote(proposal.rule or "", author, now, also=note)

    def refuse(self, proposal_id: str, by: str, now: datetime, answer: str) -> PolicyProposal:
        """Say no to it, or withdraw one's own."""

        def work(session: Session) -> PolicyProposal:
            current = self._open(session, proposal_id)
            own = current.made_by == by
            if not own and not answer:
                raise ChangeRefused("say why, so that its maker knows")
            current.state = ProposalState.WITHDRAWN if own else ProposalState.REFUSED
            self._answer(current, by, answer, now)
            return current

        return self._database.attempt(work)

    def count_figures(self, now: datetime) -> int:
        """Count what every rule did on the latest stored facts, and how long it takes; how many rules."""
        with self._database.read() as session:
            packs = policy_in_force(session, self._settings).packs
            moments = list(stored_moments(session, newest=NEWEST))
        report = backtest(packs, moments)
        times = _times(packs, [moment.facts for moment in moments[-TIMED:]])
        figures = [
            RuleFigure(
                rule=one.rule,
                version=one.version,
                moments=report.moments,
                tracks=one.tracks,
                per_day=one.per_day,
                cases_per_day=one.cases_per_day,
                bad=one.bad,
                good=one.good,
                mean_us=times.get(one.rule, 0.0),
                counted_at=now,
            )
            for one in report.rules
        ]
        self._database.attempt(lambda session: Proposals(session).put_figures(figures))
        return len(figures)

    def _made(
        self,
        session: Session,
        kind: ProposalKind,
        because: str,
        by: str,
        now: datetime,
        *,
        rule: str | None = None,
        source: str | None = None,
        text: str | None = None,
    ) -> PolicyProposal:
        return PolicyProposal(
            id=new_id(Noun.PROPOSAL),
            kind=kind,
            state=ProposalState.DRAFT,
            rule=rule,
            source=source,
            text=text,
            base_version=_version(session),
            because=because,
            made_by=by,
            made_at=now,
            updated_at=now,
        )

    def _texts_after(self, session: Session, proposal: PolicyProposal) -> list[PackText]:
        return [
            PackText(pack.source, proposal.text or "") if pack.source == proposal.source else pack
            for pack in self.texts(session)
        ]

    @staticmethod
    def _open(session: Session, proposal_id: str) -> PolicyProposal:
        proposal = Proposals(session).lock(proposal_id)
        if proposal is None:
            raise ChangeRefused("there is no such proposal")
        if proposal.state not in (ProposalState.DRAFT, ProposalState.PROPOSED):
            raise ChangeRefused(f"it is {proposal.state.value.replace('_', ' ')} already")
        return proposal

    @staticmethod
    def _answer(proposal: PolicyProposal, by: str, answer: str, now: datetime) -> None:
        proposal.answered_by, proposal.answered_at, proposal.answer, proposal.updated_at = by, now, answer, now


def problems_of(text: str, source: str, others: Sequence[PackText] = ()) -> list[Problem]:
    """Everything that is wrong with a pack's text, alone and beside the others in force."""
    try:
        loaded = load_pack(text, source)
        RuleSet([loaded, *(load_pack(other.text, other.source, tested=False) for other in others)])
    except PackRefused as refused:
        return list(refused.problems)
    return []


def summary(report: BacktestReport, changed: set[str]) -> dict[str, Any]:
    """A back-test as it is kept with a proposal: all live rules together, and each changed rule with what the gate has
    against its going live."""
    rules = [
        {**asdict(one), "objections": may_go_live(one) if one.status is not RuleStatus.RETIRED else []}
        for one in report.rules
        if one.rule in changed
    ]
    return {
        "moments": report.moments,
        "days": report.days,
        "reviewed": report.reviewed,
        "cases_per_day": report.cases_per_day,
        "rules": rules,
    }


def _version(session: Session) -> int:
    current = Policies(session).in_force()
    return current.seq if current is not None else 0


def _times(packs: Sequence[LoadedPack], facts: Sequence[Any]) -> dict[str, float]:
    """Mean time of each rule on one track, in microseconds."""
    if not facts:
        return {}
    types, found = fact_language().types, {}
    for ready in (ready for pack in packs for ready in pack.rules if ready.rule.status is not RuleStatus.RETIRED):
        judge = rules_function([ready.conditions], types)
        began = time.perf_counter()
        for one in facts:
            judge(one)
        found[ready.rule.id] = 1e6 * (time.perf_counter() - began) / len(facts)
    return found
