"""An uploader's days as a chart and in words: bars as tall as they should be, marks at their day."""

from datetime import timedelta

from schemas.review import DecisionIn
from service.console.timeline import timeline
from service.store.cases import Cases
from service.store.decisions import Decisions
from tests.deliveries import NOON, cause, deliver


def test_the_days_are_drawn_and_told(sqlite_database):
    with sqlite_database.write() as session:
        for number in range(4):
            at = NOON - timedelta(days=9 if number else 3)
            track = deliver(session, f"a{number}", title=f"a{number}", sender={"id": "farm"}, at=at)
        [case] = Cases(session).reconcile(track, [cause(track.id)], content="1", now=NOON)
        said = {"case_id": case.id, "action": "block", "policy_clause": "AI-1", "reason": "spam_confirmed"}
        Decisions(session).decide(track.tenant_id, DecisionIn.model_validate(said), decided_by="rita", now=NOON)
        found = timeline(session, track.tenant_id, "farm", NOON, 30)
    assert found.text == (
        "New recordings in 30 days: 4. Decisions that stand: 1 held or blocked, 0 cleared. Appeals won: 0 of 0."
    )
    assert [(day.on, day.new, len(day.decisions)) for day in found.days] == [
        (NOON.date(), 0, 1),
        ((NOON - timedelta(days=3)).date(), 1, 0),
        ((NOON - timedelta(days=9)).date(), 3, 0),
    ]
    tall, low = found.bars
    assert (tall.height, round(tall.height / low.height, 1)) == (82.0, 3.0)
    assert tall.x < low.x < found.width
    [mark] = found.marks
    assert (mark.kind, mark.text) == ("bad", f"{NOON.date()}: decided block")
    assert low.x < mark.x < found.width


def test_what_is_older_than_the_chart_is_not_in_it(sqlite_database):
    with sqlite_database.write() as session:
        track = deliver(session, sender={"id": "farm"}, at=NOON - timedelta(days=40))
        found = timeline(session, track.tenant_id, "farm", NOON, 30)
        assert (found.new, found.bars, found.marks, found.days) == (0, [], [], [])
        assert timeline(session, track.tenant_id, "nobody", NOON) is None
