"""Counting one day from the tables that it is about, by indices on when things happened."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from schemas.numbers import Figure, Waited
from schemas.quality import FINDINGS, Finding
from schemas.verdict import Action, Label
from service.store.decisions import BY_DEADLINE
from service.store.standing import reason_on_track, replaced, undone
from service.store.tables.appeals import Appeal
from service.store.tables.cases import Case, CaseTrack
from service.store.tables.decisions import Decision, DecisionTrack, DecisionUndo
from service.store.tables.tracks import Track
from service.store.tables.verdicts import Verdict
from service.store.unflagged_sample import CAUSE as SAMPLE

Counts = Counter[tuple[str, Figure, str]]
"""Values by tenant, figure and key."""

_ROWS_AT_ONCE = 2_000
_DECLARED = {Label.AI_DECLARED.value, Label.AI_DECLARED_PARTLY.value}
_DETECTED = {Label.AI_DETECTED.value, Label.AI_PROVENANCE.value}
_WAITED = ((1, Waited.HOUR), (8, Waited.SHIFT), (24, Waited.DAY), (72, Waited.THREE_DAYS))


def count_day(session: Session, day: date) -> Counts:
    """Everything that is counted of one day (UTC), for all tenants."""
    counts: Counts = Counter()
    for count in (_tracks, _cases, _decisions, _reversals, _rules):
        count(session, day, counts)
    return counts


def waited(length: timedelta) -> Waited:
    """Into which of the lengths of time a wait falls."""
    hours = length.total_seconds() / 3600
    return next((name for most, name in _WAITED if hours <= most), Waited.LONGER)


def _on(day: date, moment: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
    start = datetime.combine(day, datetime.min.time(), UTC)
    return (moment >= start) & (moment < start + timedelta(days=1))


def _tracks(session: Session, day: date, counts: Counts) -> None:
    labels = Verdict.judgement["labels"]
    query = select(Track.tenant_id, Verdict.action, labels).join(Track, Track.id == Verdict.track_id)
    query = query.where(_on(day, Verdict.decided_at), Verdict.standing)
    for tenant_id, action, given in session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        counts[tenant_id, Figure.JUDGED, action.value] += 1
        declared, detected = bool(_DECLARED & set(given)), bool(_DETECTED & set(given))
        for key, holds in (("declared", declared), ("detected", detected), ("undeclared", detected and not declared)):
            if holds:
                counts[tenant_id, Figure.AI, key] += 1


def _cases(session: Session, day: date, counts: Counts) -> None:
    query = select(Case.tenant_id, Case.queue, func.count()).where(_on(day, Case.opened_at))
    for tenant_id, queue, number in session.execute(query.group_by(Case.tenant_id, Case.queue)):
        counts[tenant_id, Figure.OPENED, queue] += number


def _decisions(session: Session, day: date, counts: Counts) -> None:
    columns = (Decision.tenant_id, Decision.action, Decision.reason, Decision.decided_at)
    query = select(*columns, Case.queue, Case.cause, Case.opened_at, Case.review_by)
    query = query.join(Case, Case.id == Decision.case_id).where(_on(day, Decision.decided_at))
    query = query.where(Decision.decided_by != BY_DEADLINE)
    rows = session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE))
    for tenant_id, action, reason, at, queue, cause, opened_at, review_by in rows:
        found = Figure.SAMPLE if cause == SAMPLE else Figure.FINDING
        for figure, key in (
            (Figure.DECIDED, queue),
            (Figure.ACTION, action.value),
            (Figure.WAITED, waited(at - opened_at).value),
            (Figure.IN_TIME, "yes" if at <= review_by else "no"),
            (found, FINDINGS[reason].value),
        ):
            counts[tenant_id, figure, key] += 1


def _reversals(session: Session, day: date, counts: Counts) -> None:
    """By the day on which something was put aside. What a deadline had decided is nobody's to reverse."""
    taken_back = select(Decision.tenant_id, func.count()).join(DecisionUndo, DecisionUndo.decision_id == Decision.id)
    taken_back = taken_back.where(_on(day, DecisionUndo.undone_at), Decision.decided_by != BY_DEADLINE)
    for tenant_id, number in session.execute(taken_back.group_by(Decision.tenant_id)):
        counts[tenant_id, Figure.REVERSED, "taken_back"] += number
    earlier = aliased(Decision)
    on_appeal = exists().where(Appeal.outcome_decision_id == Decision.id)
    query = select(Decision.tenant_id, on_appeal.label("appeal"), func.count())
    query = query.join(earlier, earlier.id == Decision.supersedes).where(_on(day, Decision.decided_at))
    query = query.where(earlier.decided_by != BY_DEADLINE, earlier.action != Decision.action)
    for tenant_id, appeal, number in session.execute(query.group_by(Decision.tenant_id, on_appeal)):
        counts[tenant_id, Figure.REVERSED, "on_appeal" if appeal else "replaced"] += number


def _rules(session: Session, day: date, counts: Counts) -> None:
    """Each rule that asked for a person on a track, by what that person found, where their case is about its clause."""
    query = (
        select(Decision.tenant_id, reason_on_track(), Case.policy, CaseTrack.clauses, Verdict.judgement["fired"])
        .select_from(Decision)
        .join(Case, Case.id == Decision.case_id)
        .join(DecisionTrack, DecisionTrack.decision_id == Decision.id)
        .join(CaseTrack, (CaseTrack.case_id == Case.id) & (CaseTrack.track_id == DecisionTrack.track_id))
        .join(Verdict, (Verdict.track_id == DecisionTrack.track_id) & Verdict.standing)
        .where(_on(day, Decision.decided_at), Decision.decided_by != BY_DEADLINE, ~undone(), ~replaced())
    )
    rows = session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE))
    for tenant_id, reason, policy, clauses, fired in rows:
        finding = FINDINGS[reason]
        if finding is Finding.NEITHER:
            continue
        figure = Figure.RULE_RIGHT if finding is Finding.UPHELD else Figure.RULE_WRONG
        for rule in fired:
            asks = Action(rule["action"]).rank >= Action.QUEUE.rank
            if asks and rule["policy"] in (clauses or [policy]):
                counts[tenant_id, figure, rule["rule"]] += 1
