import threading

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from schemas.events import EventKind
from schemas.review import CaseState, DecisionIn, DecisionState, ReasonCode
from schemas.verdict import Action, CaseScope, Priority
from service.store.cases import Cases
from service.store.decisions import DecisionConflict, Decisions
from service.store.events import Events
from service.store.evidence import EvidenceStore
from service.store.jobs import Jobs
from service.store.labels import Labels, effective_labels, manual_labels
from service.store.standing import replaced, undone
from service.store.tables.decisions import Decision, DecisionUndo
from service.store.tables.jobs import JobKind
from service.store.tables.track_revisions import RevisionKind
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts
from tests.deliveries import (
    NOON,
    PIPELINE,
    cause,
    deliver,
    evidence,
    facts,
    fired,
    judgement,
    know_rules,
    metadata,
    tenant,
)


@pytest.fixture
def track(database):
    """A track with a verdict, and an open case for each of its two causes."""
    with database.write() as session:
        know_rules(session)
        track = deliver(session, declared_ai={"VOCALS": "NONE"})
        EvidenceStore(session).put(evidence(), NOON)
        rules = [
            fired("ai-mismatch", labels=["ai_mismatch", "ai_detected"]),
            fired("spam", Action.HOLD, priority=Priority.P1, policy="SPAM-1"),
        ]
        said = judgement(*rules, labels=("ai_mismatch", "ai_detected"))
        Verdicts(session).stand(track, pipeline=PIPELINE, facts=facts(), judgement=said, now=NOON)
        causes = [
            cause(track.id, "ai-mismatch"),
            cause(track.id, "spam", priority=Priority.P1, action=Action.HOLD, policy="SPAM-1"),
        ]
        Cases(session).reconcile(track, causes, content="1", now=NOON)
    return track


def case_of(session, track, name="ai-mismatch", state=CaseState.OPEN):
    [case] = [case for case in Cases(session).of_track(track.id, state=state) if case.cause == name]
    return case


def decision(case_id, action=Action.NONE, **values):
    return DecisionIn(
        case_id=case_id, action=action, policy_clause="AI-1", **{"reason": ReasonCode.AI_NOT_CONFIRMED, **values}
    )


def decide(session, track, name="ai-mismatch", action=Action.NONE, case_id=None, **values):
    case_id = case_id or case_of(session, track, name).id
    return Decisions(session).decide(track.tenant_id, decision(case_id, action, **values), decided_by="rita", now=NOON)


def test_a_decision_decides_the_case_and_is_on_the_tracks_record(database, track):
    with database.write() as session:
        made = decide(session, track, note="listened twice", message="thank you")
        assert (made.state, made.decided_by, made.decided_at) == (DecisionState.STANDING, "rita", NOON)
        assert case_of(session, track, state=CaseState.DECIDED).id == made.case_id
        assert Events(session).of(track.id)[-1].kind is EventKind.CASE_DECIDED
        assert Jobs(session).of(JobKind.DELIVER, track.id) is not None
    with database.read() as session:
        assert Decisions(session).get(track.tenant_id, made.id) == made


def test_a_decided_case_needs_the_standing_decision_named(database, track):
    with database.write() as session:
        first = decide(session, track)
        with pytest.raises(DecisionConflict, match=first.id):
            decide(session, track, case_id=first.case_id)
        second = decide(session, track, case_id=first.case_id, action=Action.BLOCK, supersedes=first.id)
        with pytest.raises(DecisionConflict, match=second.id):
            decide(session, track, case_id=first.case_id, supersedes=first.id)
        states = [found.state for found in Decisions(session).page(track.tenant_id)]
        assert states == [DecisionState.SUPERSEDED, DecisionState.STANDING]


def test_nothing_can_be_superseded_on_an_open_case(database, track):
    with database.write() as session, pytest.raises(DecisionConflict):
        decide(session, track, supersedes="dec_never_made")


def test_a_case_whose_cause_is_gone_cannot_be_decided(database, track):
    with database.write() as session:
        case = case_of(session, track)
        Cases(session).reconcile(track, [], content="1", now=NOON)
        with pytest.raises(DecisionConflict, match="closed"):
            decide(session, track, case_id=case.id)


def test_a_decision_that_is_taken_back_opens_the_case_again(database, track):
    with database.write() as session:
        made = decide(session, track)
        undone = Decisions(session).undo(track.tenant_id, made.id, undone_by="sam", now=NOON)
        assert undone.state is DecisionState.UNDONE
        assert case_of(session, track).id == made.case_id
        assert Events(session).of(track.id)[-1].kind is EventKind.DECISION_UNDONE
        assert Jobs(session).of(JobKind.DECIDE, track.id) is not None
        with pytest.raises(DecisionConflict):
            Decisions(session).undo(track.tenant_id, made.id, undone_by="sam", now=NOON)


def test_taking_back_a_replacement_brings_back_what_it_replaced(database, track):
    with database.write() as session:
        first = decide(session, track, reject_labels=["ai_mismatch"])
        second = decide(session, track, case_id=first.case_id, supersedes=first.id, confirm_labels=["ai_mismatch"])
        decisions = Decisions(session)
        assert [found.id for found in decisions.on_track(track)] == [second.id]
        with pytest.raises(DecisionConflict):
            decisions.undo(track.tenant_id, first.id, undone_by="sam", now=NOON)
        decisions.undo(track.tenant_id, second.id, undone_by="sam", now=NOON)
        assert decisions.get(track.tenant_id, first.id).state is DecisionState.STANDING
        assert [found.id for found in decisions.on_track(track)] == [first.id]
        assert case_of(session, track, state=CaseState.DECIDED)
        third = decide(session, track, case_id=first.case_id, supersedes=first.id)
        assert third.state is DecisionState.STANDING


def test_of_the_decisions_on_a_case_that_were_not_taken_back_the_last_stands_and_no_other(database, track):
    """Also where the one between two was taken back, which the third names as the one that it replaces."""
    with database.write() as session:
        first = decide(session, track)
        second = decide(session, track, case_id=first.case_id, supersedes=first.id)
        third = decide(session, track, case_id=first.case_id, supersedes=second.id)
        session.add(DecisionUndo(decision_id=second.id, undone_by="sam", undone_at=NOON, note=""))
        session.flush()
        assert session.scalars(select(Decision.id).where(~undone(), ~replaced())).all() == [third.id]
        assert Decisions(session).standing(first.case_id).id == third.id
        assert [found.id for found in Decisions(session).on_track(track)] == [third.id]


def test_a_taken_back_decision_leaves_the_case_to_an_open_one_with_the_same_cause(database):
    shared = cause("group", "same recording", scope=CaseScope.RECORDING)
    with database.write() as session:
        first, copy = deliver(session), deliver(session, "copy")
        [old] = Cases(session).reconcile(first, [shared], content="1", now=NOON)
        made = decide(session, first, case_id=old.id)
        [new] = Cases(session).reconcile(copy, [shared], content="1", now=NOON)
        Decisions(session).undo(first.tenant_id, made.id, undone_by="sam", now=NOON)
        assert old.state is CaseState.CLOSED
        Cases(session).reconcile(first, [shared], content="1", now=NOON)
        assert [found.id for found in Cases(session).tracks(new.id)] == [first.id, copy.id]


def test_another_tenants_case_and_decision_are_as_if_they_did_not_exist(database, track):
    with database.write() as session:
        stranger = tenant(session, "stranger").id
        case = case_of(session, track)
        with pytest.raises(NoResultFound):
            Decisions(session).decide(stranger, decision(case.id), decided_by="eve", now=NOON)
        made = decide(session, track)
        with pytest.raises(NoResultFound):
            Decisions(session).undo(stranger, made.id, undone_by="eve", now=NOON)
        assert Decisions(session).get(stranger, made.id) is None
        assert Decisions(session).page(stranger) == []


def test_pages_of_decisions_go_in_order_of_deciding(database, track):
    with database.write() as session:
        first, second = decide(session, track), decide(session, track, "spam")
        decisions = Decisions(session)
        assert [d.id for d in decisions.page(track.tenant_id, limit=1)] == [first.id]
        assert [d.id for d in decisions.page(track.tenant_id, after=first.id)] == [second.id]
        assert [d.id for d in decisions.page(track.tenant_id, case_id=second.case_id)] == [second.id]


def test_of_two_people_who_decide_at_once_one_is_told(database, track):
    with database.read() as session:
        case_id = case_of(session, track).id
    outcomes = []

    def try_to_decide(action):
        try:
            database.attempt(lambda session: decide(session, track, case_id=case_id, action=action))
            outcomes.append("decided")
        except DecisionConflict:
            outcomes.append("told")

    threads = [threading.Thread(target=try_to_decide, args=(action,)) for action in (Action.NONE, Action.BLOCK)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["decided", "told"]


def test_labels_are_told_apart_as_declared_detected_and_confirmed(database, track):
    with database.write() as session:
        decide(session, track, confirm_labels=["ai_detected"], reject_labels=["ai_mismatch"])
    with database.read() as session:
        view = Labels(session).view(Tracks(session).find(track.id))
        assert view.declared["VOCALS"] == "NONE" and view.declared["LYRICS"] == "UNDECLARED"
        assert view.evidence == evidence()
        assert view.judgement.labels == ["ai_detected", "ai_mismatch"]
        assert (view.confirmed, view.rejected) == (["ai_detected"], ["ai_mismatch"])
        assert view.labels == ["ai_detected"]


def test_a_decision_takes_the_place_of_its_own_cause_only(database, track):
    with database.write() as session:
        view = Labels(session).view(track)
        assert (view.action, view.priority, len(view.cases)) == (Action.HOLD, Priority.P1, 2)
        decide(session, track, "spam", Action.NONE)
        view = Labels(session).view(track)
        assert (view.action, view.priority, len(view.cases)) == (Action.QUEUE, Priority.P2, 1)
        decide(session, track, "ai-mismatch", Action.LABEL)
        view = Labels(session).view(track)
        assert (view.action, view.priority, view.cases) == (Action.LABEL, None, [])


def test_a_decision_is_about_the_revision_it_was_made_on(database, track):
    with database.write() as session:
        decide(session, track, confirm_labels=["ai_mismatch"])
        found = Tracks(session).find(track.id, lock=True)
        Tracks(session).revise(
            found, RevisionKind.DECLARATION, metadata=metadata(declared_ai={"VOCALS": "ALL"}), now=NOON
        )
        assert Labels(session).view(found).confirmed == []


def test_a_track_without_a_verdict_has_its_declaration_and_nothing_else(database):
    with database.write() as session:
        view = Labels(session).view(deliver(session, declared_ai={"VOCALS": "ALL"}))
        assert view.declared["VOCALS"] == "ALL"
        assert (view.labels, view.action, view.evidence, view.judgement) == ([], Action.NONE, None, None)


def test_of_what_people_say_about_a_label_the_latest_counts():
    yes = decision("c", confirm_labels=["ai_detected"])
    no = decision("c", reject_labels=["ai_detected"])
    assert manual_labels([yes, no]) == ([], ["ai_detected"])
    assert manual_labels([no, yes]) == (["ai_detected"], [])
    both = decision("c", confirm_labels=["ai_detected"], reject_labels=["ai_detected"])
    assert manual_labels([both]) == (["ai_detected"], [])


@pytest.mark.parametrize(
    ("automatic", "confirmed", "rejected", "expected"),
    [
        ([], [], [], []),
        (["a"], [], [], ["a"]),
        (["a"], [], ["a"], []),
        ([], ["a"], [], ["a"]),
        (["a", "b"], ["c"], ["b"], ["a", "c"]),
    ],
)
def test_what_people_say_outweighs_the_rules(automatic, confirmed, rejected, expected):
    assert effective_labels(automatic, confirmed, rejected) == expected
