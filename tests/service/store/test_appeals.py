"""An appeal goes to somebody else, and its outcome takes everything back that the decision meant."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import NoResultFound

from schemas.appeals import AppealOutcomeIn, AppealState, Side
from schemas.events import EventKind
from schemas.facts import Facts
from schemas.review import CaseState, DecisionIn, ReasonCode
from schemas.verdict import Action
from service.store.appeals import QUEUE, AppealConflict, Appeals
from service.store.cases import Cases
from service.store.decisions import DecisionConflict, Decisions
from service.store.events import Events
from service.store.labels import Labels
from service.store.moments import stored_moments
from service.store.verdicts import Verdicts
from tests.deliveries import NOON, cause, deliver, fired, judgement, know_rules

UPHELD = AppealOutcomeIn(outcome="upheld", reason="spam_confirmed", message="It stays.")
REVERSED = AppealOutcomeIn(outcome="reversed", reason="not_spam", message="You were right.")


@pytest.fixture
def track(database):
    """A track that rules hold as spam, with an open case."""
    with database.write() as session:
        know_rules(session)
        track = deliver(session, sender={"id": "s"})
        rule = fired("spam", Action.HOLD, policy="SPAM-1", labels=["functional_audio"])
        said = judgement(rule, labels=("functional_audio",))
        Verdicts(session).stand(track, pipeline="", facts=Facts(), judgement=said, now=NOON)
        held = cause(track.id, "spam", action=Action.HOLD, policy="SPAM-1")
        Cases(session).reconcile(track, [held], content="1", now=NOON)
    return track


def decide(session, track, by="rita", **values):
    [case] = Cases(session).of_track(track.id, state=None)
    said = {"action": Action.BLOCK, "policy_clause": "SPAM-1", "reason": ReasonCode.SPAM_CONFIRMED, **values}
    said.setdefault("confirm_labels", ["functional_audio"])
    return Decisions(session).decide(track.tenant_id, DecisionIn(case_id=case.id, **said), decided_by=by, now=NOON)


def lodge(session, track, now=NOON, **values):
    return Appeals(session).lodge(
        track.tenant_id,
        track.id,
        "It is my own field recording.",
        by="by link",
        now=now,
        **{"window_days": 183, "answer_within": timedelta(days=14), **values},
    )


def outcome(session, track, appeal, said=REVERSED, by="sam"):
    return Appeals(session).decide(track.tenant_id, appeal.id, said, by=by, now=NOON)


def test_somebody_else_reverses_the_decision_with_labels_hold_and_reputation(database, track):
    with database.write() as session:
        first = decide(session, track)
        appeal = lodge(session, track)
        assert (appeal.decision_id, appeal.due_at) == (first.id, NOON + timedelta(days=14))
        with pytest.raises(AppealConflict, match="somebody else has to decide"):
            outcome(session, track, appeal, by="rita")
    with database.write() as session:
        assert [moment.confirmed.value for moment in stored_moments(session)] == ["bad"]
        decided = outcome(session, track, appeal)
        assert (decided.state, decided.decided_by) == (AppealState.REVERSED, "sam")
        view = Labels(session).view(track)
        assert (view.action, view.labels) == (Action.NONE, [])
        assert [moment.confirmed.value for moment in stored_moments(session)] == ["good"]
        kinds = [event.kind for event in Events(session).of(track.id)]
        assert kinds[-3:] == [EventKind.APPEAL_LODGED, EventKind.CASE_DECIDED, EventKind.APPEAL_DECIDED]
        said = [(one.side, one.text) for one in Appeals(session).out(decided).messages]
        assert said == [(Side.UPLOADER, "It is my own field recording."), (Side.REVIEWER, "You were right.")]


def test_what_is_upheld_stays_as_it_is_and_is_not_appealed_against_again(database, track):
    with database.write() as session:
        first = decide(session, track)
        decided = outcome(session, track, lodge(session, track), UPHELD)
        made = Decisions(session).get(track.tenant_id, decided.outcome_decision_id)
        assert (made.action, made.supersedes, made.confirm_labels) == (Action.BLOCK, first.id, ["functional_audio"])
        with pytest.raises(AppealConflict, match="out of court"):
            lodge(session, track)
        with pytest.raises(AppealConflict, match="is decided"):
            outcome(session, track, decided)


def test_the_first_reviewer_cannot_put_the_outcome_aside(database, track):
    with database.write() as session:
        decide(session, track)
        made = outcome(session, track, lodge(session, track)).outcome_decision_id
        with pytest.raises(DecisionConflict, match="on appeal"):
            decide(session, track, supersedes=made)
        with pytest.raises(DecisionConflict, match="on appeal"):
            Decisions(session).undo(track.tenant_id, made, undone_by="rita", now=NOON)
        assert decide(session, track, by="ada", supersedes=made).supersedes == made


@pytest.mark.parametrize("said", [UPHELD, REVERSED])
def test_what_rules_did_by_themselves_is_appealed_against_too(database, track, said):
    with database.write() as session:
        appeal = lodge(session, track)
        assert appeal.decision_id is None
        outcome(session, track, appeal, said)
        assert Labels(session).view(track).action is (Action.HOLD if said is UPHELD else Action.NONE)


def test_a_label_without_a_case_gets_one_that_no_verdict_closes(database):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)
        said = judgement(fired("noise", Action.LABEL, policy="AI-3"), labels=("functional_audio",))
        Verdicts(session).stand(track, pipeline="", facts=Facts(), judgement=said, now=NOON)
        appeal = lodge(session, track)
        [case] = Cases(session).of_track(track.id)
        assert (case.queue, case.id) == (QUEUE, appeal.case_id)
        Cases(session).reconcile(track, [], content="1", now=NOON)
        assert [one.state for one in Cases(session).of_track(track.id)] == [CaseState.OPEN]
        outcome(session, track, appeal)
        assert Labels(session).view(track).labels == []


def test_there_must_be_something_to_appeal_against(database):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)
        with pytest.raises(AppealConflict, match="nothing to appeal against"):
            lodge(session, track)
        Verdicts(session).stand(track, pipeline="", facts=Facts(), judgement=judgement(), now=NOON)
        with pytest.raises(AppealConflict, match="nothing to appeal against"):
            lodge(session, track)
        with pytest.raises(NoResultFound):
            Appeals(session).lodge(
                "ten_other", track.id, "x", by="x", now=NOON, window_days=183, answer_within=timedelta(days=1)
            )


def test_appeals_are_taken_for_six_months_whatever_was_set(database, track):
    with database.write() as session:
        decide(session, track)
        with pytest.raises(AppealConflict, match="ended on 2027-06-02"):
            lodge(session, track, now=NOON + timedelta(days=184), window_days=1)
        assert lodge(session, track, now=NOON + timedelta(days=183), window_days=1)


def test_of_two_appeals_at_once_one_is_lodged(database, track):
    with database.write() as session:
        decide(session, track)
    results, ready = [], threading.Barrier(2)

    def attempt():
        ready.wait()
        try:
            results.append(database.attempt(lambda session: lodge(session, track)).state.value)
        except AppealConflict:
            results.append("conflict")

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["conflict", "open"]
