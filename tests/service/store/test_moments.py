from schemas.facts import DeclaredFacts, Facts
from schemas.review import DecisionIn, ReasonCode
from schemas.verdict import Action
from service.rules.backtest import Confirmed
from service.store.cases import Cases
from service.store.decisions import Decisions
from service.store.moments import stored_moments
from service.store.verdicts import Verdicts
from tests.deliveries import NOON, PIPELINE, cause, deliver, fired, judgement, know_rules


def stand(session, track, facts):
    said = judgement(fired("ai-mismatch"))
    Verdicts(session).stand(track, pipeline=PIPELINE, facts=facts, judgement=said, now=NOON)


def decide(session, track, reason, supersedes=None):
    case_id = supersedes.case_id if supersedes else Cases(session).of_track(track.id)[0].id
    said = DecisionIn(case_id=case_id, action=Action.NONE, policy_clause="AI-1", reason=reason)
    if supersedes:
        said = said.model_copy(update={"supersedes": supersedes.id})
    return Decisions(session).decide(track.tenant_id, said, decided_by="ann", now=NOON)


def test_moments_carry_the_standing_facts_and_what_people_found(database):
    denied = Facts(declared=DeclaredFacts(audible_denied=True))
    with database.write() as session:
        know_rules(session)
        first, second = deliver(session, "one"), deliver(session, "two")
        stand(session, first, Facts())
        stand(session, first, denied)
        stand(session, second, Facts())
        Cases(session).reconcile(first, [cause(first.id)], content="1", now=NOON)
        mistaken = decide(session, first, ReasonCode.AI_CONFIRMED)
        decide(session, first, ReasonCode.AI_NOT_CONFIRMED, supersedes=mistaken)
    with database.read() as session:
        moments = list(stored_moments(session))
    assert [moment.track for moment in moments] == [first.id, second.id]
    assert moments[0].facts == {"declared.audible_denied": True}
    assert (moments[0].day, moments[0].sender) == ("2026-12-01", first.sender_key)
    assert [moment.confirmed for moment in moments] == [Confirmed.GOOD, None]


def test_a_decision_that_was_taken_back_says_nothing(database):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)
        stand(session, track, Facts())
        Cases(session).reconcile(track, [cause(track.id)], content="1", now=NOON)
        made = decide(session, track, ReasonCode.SPAM_CONFIRMED)
        assert [moment.confirmed for moment in stored_moments(session)] == [Confirmed.BAD]
        Decisions(session).undo(track.tenant_id, made.id, undone_by="ann", now=NOON)
        assert [moment.confirmed for moment in stored_moments(session)] == [None]
