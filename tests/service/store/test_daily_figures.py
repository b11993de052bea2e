"""Daily figures on both databases: counted from what happened, counted again at no harm, made anew."""

import csv
import io
from datetime import UTC, date, timedelta

import pytest

from schemas.numbers import Figure
from schemas.quality import SharesIn
from schemas.review import DecisionIn
from schemas.verdict import Action
from service.console.csv_lines import csv_lines
from service.store.cases import Cases
from service.store.counting import count_day
from service.store.daily_figures import all_days, count_due, counted_at, days, due, forget_since, recount
from service.store.decision_export import COLUMNS, decisions
from service.store.decisions import Decisions
from service.store.quality_shares import set_shares
from service.store.tracks import Tracks
from service.store.unflagged_sample import look_at_some
from service.store.verdicts import Verdicts
from tests.deliveries import NOON, cause, deliver, facts, fired, judgement, know_rules, tenant

DAY = NOON.date()
YES = {"action": "label", "reason": "ai_confirmed"}
NO = {"action": "none", "reason": "ai_not_confirmed"}


def judged(session, name, *, at=NOON, labels=(), **said):
    """A track that a rule sent to a person, or that nothing flagged."""
    know_rules(session)
    track = deliver(session, name, title=name, at=at)
    Tracks(session).find(track.id, lock=True)
    verdict = judgement(*([fired("ai-mismatch", **said)] if said.pop("flag", True) else []), labels=labels)
    Verdicts(session).stand(track, pipeline="", facts=facts(title=name), judgement=verdict, now=at)
    return track


def case_of(session, name, *, at=NOON, **said):
    track = judged(session, name, at=at, **said)
    [case] = Cases(session).reconcile(track, [cause(track.id)], content="1", now=at)
    return case


def decide(session, case, at, by="ann", **said):
    decision = DecisionIn(case_id=case.id, policy_clause="AI-1", **(YES | said))
    return Decisions(session).decide(case.tenant_id, decision, decided_by=by, now=at)


@pytest.fixture
def busy(database):
    """One day: four flagged tracks decided, one taken back and one replaced; two unflagged, one of them sampled."""
    with database.write() as session:
        set_shares(session, tenant(session).id, SharesIn(second_looks=0, unflagged=1), by="sid", now=NOON)
        one, two, three, four = (case_of(session, f"flagged {n}", labels=("ai_detected",)) for n in range(4))
        case_of(session, "day after", at=NOON + timedelta(days=1))
        judged(session, "declared", flag=False, labels=("ai_declared", "ai_detected"))
        plain = judged(session, "plain", flag=False)
        sample = look_at_some(session, plain, judgement(), NOON)
        decide(session, one, NOON + timedelta(minutes=30))
        decide(session, two, NOON + timedelta(hours=2), **NO)
        first = decide(session, three, NOON + timedelta(hours=3))
        decide(session, three, NOON + timedelta(hours=4), by="bob", supersedes=first.id, **NO)
        gone = decide(session, four, NOON + timedelta(hours=5))
        Decisions(session).undo(four.tenant_id, gone.id, undone_by="ann", now=NOON + timedelta(hours=6))
        decide(session, sample, NOON + timedelta(hours=7), **NO)
        return one.tenant_id


def of_day(database, tenant_id, day=DAY):
    with database.read() as session:
        return {(figure, key): value for _, figure, key, value in days(session, tenant_id, day, day)}


def test_a_day_is_counted_from_what_happened_on_it(database, busy):
    recount(database, DAY, NOON + timedelta(hours=11))
    assert of_day(database, busy) == {
        (Figure.JUDGED, "queue"): 4,
        (Figure.JUDGED, "label"): 1,
        (Figure.JUDGED, "none"): 1,
        (Figure.AI, "detected"): 5,
        (Figure.AI, "declared"): 1,
        (Figure.AI, "undeclared"): 4,
        (Figure.OPENED, "disclosure"): 4,
        (Figure.OPENED, "quality-check"): 1,
        (Figure.DECIDED, "disclosure"): 5,
        (Figure.DECIDED, "quality-check"): 1,
        (Figure.ACTION, "label"): 3,
        (Figure.ACTION, "none"): 3,
        (Figure.WAITED, "within 1 h"): 1,
        (Figure.WAITED, "1 to 8 h"): 5,
        (Figure.IN_TIME, "yes"): 6,
        (Figure.REVERSED, "taken_back"): 1,
        (Figure.REVERSED, "replaced"): 1,
        (Figure.FINDING, "upheld"): 3,
        (Figure.FINDING, "cleared"): 2,
        (Figure.SAMPLE, "cleared"): 1,
        (Figure.RULE_RIGHT, "ai-mismatch"): 1,
        (Figure.RULE_WRONG, "ai-mismatch"): 2,
    }
    with database.read() as session:
        assert days(session, tenant(session, "other").id, DAY, DAY) == []


def test_counting_twice_changes_nothing_and_an_older_count_does_not_replace_a_newer(database, busy):
    recount(database, DAY, NOON + timedelta(hours=11))
    before = of_day(database, busy)
    recount(database, DAY, NOON + timedelta(hours=11))
    assert of_day(database, busy) == before
    with database.write() as session:
        decide(session, case_of(session, "late"), NOON + timedelta(hours=8))
    recount(database, DAY, NOON + timedelta(hours=10))  # began before, ends after
    assert of_day(database, busy) == before
    recount(database, DAY, NOON + timedelta(hours=11, minutes=1))
    assert of_day(database, busy)[Figure.DECIDED, "disclosure"] == 6


def test_a_count_that_dies_leaves_what_was_there(database, busy, monkeypatch):
    recount(database, DAY, NOON + timedelta(hours=9))
    before = of_day(database, busy)

    def dies(session, day):
        counts = count_day(session, day)
        counts[busy, Figure.OPENED, "x" * 101 if database.dialect == "postgresql" else None] = 1
        return counts

    monkeypatch.setattr("service.store.daily_figures.count_day", dies)
    with pytest.raises(Exception, match=r"(?i)too long|null|NoneType"):
        recount(database, DAY, NOON + timedelta(hours=10))
    assert of_day(database, busy) == before


def test_days_that_lack_come_first_and_a_day_that_is_over_is_counted_for_good(database, busy):
    now = NOON + timedelta(days=2)
    counted = [count_due(database, now) for _ in range(3)]
    assert counted == [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    assert count_due(database, now) is None
    assert count_due(database, now + timedelta(minutes=2)) == DAY + timedelta(days=2)
    with database.read() as session:
        assert counted_at(session) == now + timedelta(minutes=2)
        midnight = (NOON + timedelta(days=3)).replace(hour=0, minute=30)
        assert due(session, midnight) == DAY + timedelta(days=2)
    with database.write() as session:
        forget_since(session, DAY + timedelta(days=1))
    assert count_due(database, now + timedelta(minutes=3)) == DAY + timedelta(days=1)


def test_nothing_is_due_where_nothing_ever_happened(database):
    assert count_due(database, NOON) is None


def test_a_longer_count_is_repeated_less_often(database, busy):
    now = NOON + timedelta(hours=11)
    assert count_due(database, now) == DAY
    with database.write() as session:
        from service.store.tables.daily_figures import CountedDay

        session.get(CountedDay, DAY).took_s = 30.0
    assert count_due(database, now + timedelta(minutes=9)) is None
    assert count_due(database, now + timedelta(minutes=10)) == DAY


def test_any_stretch_is_read_out_in_pieces(database, busy):
    recount(database, DAY, NOON + timedelta(hours=11))
    pieces = list(all_days(database, busy, DAY - timedelta(days=70), DAY + timedelta(days=5)))
    assert len(pieces) == 3
    assert sum(len(piece) for piece in pieces) == 22


def test_every_decision_is_read_out_and_says_whether_it_stands(database, busy, monkeypatch):
    monkeypatch.setattr("service.store.decision_export._AT_ONCE", 2)
    pieces = decisions(database, busy, NOON - timedelta(days=1), NOON + timedelta(days=1))
    written = "".join(csv_lines(COLUMNS, pieces))
    rows = list(csv.DictReader(io.StringIO(written)))
    assert [row["stands"] for row in rows] == ["yes", "yes", "no", "yes", "no", "yes"]
    assert [row["decided_at"] for row in rows] == sorted(row["decided_at"] for row in rows)
    assert rows[3]["supersedes"] == rows[2]["decision"]
    later = NOON + timedelta(hours=5)
    assert sum(len(piece) for piece in decisions(database, busy, later, NOON + timedelta(days=1))) == 2
    assert list(decisions(database, "ten_other", NOON, NOON + timedelta(days=1))) == [[]]


def test_no_cell_becomes_a_formula():
    written = "".join(csv_lines(["a"], [[("=HYPERLINK(1)",), ("@x",), ("-1",)], [(-1,), ("plain, with comma",)]]))
    assert written.splitlines() == ["a", "'=HYPERLINK(1)", "'@x", "'-1", "-1", '"plain, with comma"']


def test_an_action_that_asks_for_nobody_says_nothing_of_a_rule(database):
    with database.write() as session:
        know_rules(session)
        case = case_of(session, "labelled", action=Action.LABEL)
        decide(session, case, NOON + timedelta(hours=1))
    with database.read() as session:
        assert not any(figure is Figure.RULE_RIGHT for _, figure, _ in count_day(session, date(2026, 12, 1)))
        assert NOON.tzinfo is UTC
