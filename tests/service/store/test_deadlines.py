"""A held or questioned track waits for its uploader; then the announced outcome takes effect, once, and reversibly."""

import threading
from datetime import timedelta

import pytest

from schemas.deadlines import WaitsFor
from schemas.events import EventKind
from schemas.review import CaseState, DecisionIn, DecisionState, ReasonCode
from schemas.verdict import Action, Priority
from service.store.appeals import Appeals
from service.store.cases import Cases
from service.store.claims import Claims
from service.store.deadlines import Deadlines
from service.store.decisions import BY_DEADLINE, Decisions
from service.store.declaration_requests import DeclarationRequests
from service.store.events import Events
from service.store.labels import Labels
from service.store.tables.track_revisions import RevisionKind
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts
from tests.deliveries import NOON, PIPELINE, cause, deliver, facts, fired, judgement, know_rules

DUE = NOON + timedelta(days=14)
AFTER = DUE + timedelta(seconds=1)


def hold(session, track, outcome=Action.QUEUE, due_at=DUE, content="1"):
    held = cause(track.id, "spam", action=Action.HOLD, policy="SPAM-1", due_at=due_at, due_action=outcome)
    [case] = Cases(session).reconcile(track, [held], content=content, now=NOON)
    return case


@pytest.fixture
def track(database):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)
        said = judgement(fired("spam", Action.HOLD, priority=Priority.P1, policy="SPAM-1"))
        Verdicts(session).stand(track, pipeline=PIPELINE, facts=facts(), judgement=said, now=NOON)
    return track


def end(session, track, now=AFTER):
    held = [Deadlines(session).end_hold(*due, now) for due in Deadlines(session).due_holds(now, limit=10)]
    return held + [Deadlines(session).end_question(one, now) for one in DeclarationRequests(session).due(now, limit=10)]


def test_a_hold_shows_its_deadline_and_ends_at_it_and_not_before(database, track):
    with database.write() as session:
        case = hold(session, track)
        shown = Labels(session).view(track).deadline
        assert (shown.waits_for, shown.due_at, shown.outcome) == (WaitsFor.CORRECTION, DUE, Action.QUEUE)
        opened = Events(session).of(track.id)[-1]
        assert opened.kind is EventKind.CASE_OPENED
        assert (opened.data["due_at"], opened.data["outcome"]) == (DUE.isoformat(), "queue")
        assert end(session, track, DUE - timedelta(seconds=1)) == []
        assert end(session, track) == [True]
        assert end(session, track) == [], "once"
        view = Labels(session).view(track)
        assert (view.action, view.priority, view.deadline) == (Action.QUEUE, Priority.P2, None)
        assert case.state is CaseState.OPEN, "a person is still to look"
        [decision] = Decisions(session).page(track.tenant_id)
        assert (decision.decided_by, decision.action, decision.policy_clause) == (BY_DEADLINE, Action.QUEUE, "SPAM-1")
        assert "15 December 2026" in decision.message
        assert Events(session).of(track.id)[-1].data["by"] == "deadline"


@pytest.mark.parametrize("outcome", [Action.NONE, Action.LABEL, Action.BLOCK])
def test_other_outcomes_decide_the_case_and_can_be_taken_back(database, track, outcome):
    with database.write() as session:
        case = hold(session, track, outcome)
        assert end(session, track) == [True]
        assert (case.state, Labels(session).view(track).action) == (CaseState.DECIDED, outcome)
        [decision] = Decisions(session).page(track.tenant_id)
        undone = Decisions(session).undo(track.tenant_id, decision.id, undone_by="sam", now=AFTER)
        assert (undone.state, case.state) == (DecisionState.UNDONE, CaseState.OPEN)
        hold(session, track, outcome, due_at=AFTER)
        assert end(session, track, AFTER + timedelta(days=99)) == [], "who took it back decides, not the clock again"
        assert Labels(session).view(track).action is Action.HOLD


def test_an_open_case_after_its_deadline_is_decided_and_undone_by_people(database, track):
    with database.write() as session:
        case = hold(session, track)
        end(session, track)
        [lapsed] = Decisions(session).page(track.tenant_id)
        said = DecisionIn(
            case_id=case.id,
            action=Action.BLOCK,
            policy_clause="SPAM-1",
            reason=ReasonCode.SPAM_CONFIRMED,
        )
        made = Decisions(session).decide(track.tenant_id, said, decided_by="rita", now=AFTER)
        assert made.supersedes == lapsed.id
        assert (case.state, Labels(session).view(track).action) == (CaseState.DECIDED, Action.BLOCK)
    with database.write() as session:
        other = deliver(session, "other")
        said = judgement(fired("spam", Action.HOLD, policy="SPAM-1"))
        Verdicts(session).stand(other, pipeline=PIPELINE, facts=facts(), judgement=said, now=NOON)
        case = hold(session, other)
        end(session, other)
        lapsed = Decisions(session).standing(case.id)
        Decisions(session).undo(other.tenant_id, lapsed.id, undone_by="sam", now=AFTER)
        assert (case.state, Labels(session).view(other).action) == (CaseState.OPEN, Action.HOLD)


def test_a_cause_that_goes_away_takes_the_outcome_with_it(database, track):
    with database.write() as session:
        hold(session, track)
        end(session, track)
        Cases(session).reconcile(track, [], content="2", now=AFTER)
        Verdicts(session).stand(track, pipeline="test-2", facts=facts(), judgement=judgement(), now=AFTER)
        assert Labels(session).view(track).action is Action.NONE


def test_nothing_ends_while_somebody_has_it_in_hand_or_an_appeal_is_open(database, track):
    with database.write() as session:
        case = hold(session, track)
        Claims(session, track.tenant_id).take(case.id, "rita", AFTER)
        assert end(session, track) == [False]
        assert (case.due_at, case.due_action) == (DUE, Action.QUEUE)
        Claims(session, track.tenant_id).release(case.id, "rita")
        appeal = {"by": "label", "now": NOON, "window_days": 183, "answer_within": timedelta(days=14)}
        Appeals(session).lodge(track.tenant_id, track.id, "It is mine.", **appeal)
        assert end(session, track) == []


def test_several_at_once_write_one_outcome(database, track):
    with database.write() as session:
        case = hold(session, track)
    barrier, ended = threading.Barrier(4), []

    def look():
        barrier.wait()
        ended.append(database.attempt(lambda session: Deadlines(session).end_hold(track.tenant_id, case.id, AFTER)))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ended) == [False, False, False, True]
    with database.read() as session:
        assert len(Decisions(session).page(track.tenant_id)) == 1


def test_a_writer_that_dies_leaves_the_wait_as_it_was(database, track):
    with database.write() as session:
        case = hold(session, track)
    with pytest.raises(KeyboardInterrupt), database.write() as session:
        assert Deadlines(session).end_hold(track.tenant_id, case.id, AFTER)
        raise KeyboardInterrupt
    with database.write() as session:
        assert end(session, track) == [True]
        assert len(Decisions(session).page(track.tenant_id)) == 1


def ask(session, track, outcome=Action.QUEUE):
    Tracks(session).find(track.id, lock=True)
    DeclarationRequests(session).ask(track, by="key_1", due_at=DUE, outcome=outcome, now=NOON)


@pytest.mark.parametrize("outcome", list(Action))
def test_a_question_without_an_answer_has_its_outcome(database, outcome):
    with database.write() as session:
        track = deliver(session)
        ask(session, track, outcome)
        assert Labels(session).view(track).deadline.waits_for is WaitsFor.DECLARATION
        assert end(session, track, NOON) == []
        assert end(session, track) == [True]
        assert end(session, track) == []
        view = Labels(session).view(track)
        assert (view.action, view.deadline) == (outcome, None)
        assert [case.queue for case in view.cases] == (["disclosure"] if outcome is Action.QUEUE else [])


def test_an_answer_ends_the_wait_before_and_after_its_deadline(database):
    with database.write() as session:
        track = deliver(session)
        ask(session, track)
        Tracks(session).revise(track, RevisionKind.DECLARATION, now=NOON)
        assert (Labels(session).view(track).deadline, end(session, track)) == (None, [])
        ask(session, track)
        end(session, track)
        [case] = Cases(session).of_track(track.id)
        Tracks(session).revise(track, RevisionKind.DECLARATION, now=AFTER)
        assert case.state is CaseState.CLOSED
        assert Labels(session).view(track).action is Action.NONE
