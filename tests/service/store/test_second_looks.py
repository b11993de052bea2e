"""Second looks, golden cases and the sample of what nobody flagged, on both databases."""

from datetime import timedelta

import pytest

from schemas.quality import FINDINGS, Finding, GoldenIn, LookKind, LookState, SharesIn
from schemas.review import CaseState, DecisionIn, ReasonCode
from schemas.verdict import Action, Priority
from service.quality.judgements import scores
from service.store.cases import Cases
from service.store.decisions import BY_DEADLINE, Decisions
from service.store.golden_cases import GoldenCases, NoSuchCase
from service.store.judgements import Judgements, lines
from service.store.quality_shares import set_shares, share_of
from service.store.score_sights import ScoreSights
from service.store.second_looks import LASTS, LookGone, SecondLooks
from service.store.tracks import Tracks
from service.store.unflagged_sample import CAUSE, QUEUE, look_at_some, sample_results
from tests.deliveries import NOON, cause, deliver, fired, judgement, tenant

YES = {"action": "label", "reason": "ai_confirmed"}
NO = {"action": "none", "reason": "ai_not_confirmed"}
GOLDEN = GoldenIn(action=Action.LABEL, reason=ReasonCode.AI_CONFIRMED, why="the maker told us", looks=2)


def case_of(session, name="audio"):
    track = deliver(session, name, title=name)
    Tracks(session).find(track.id, lock=True)
    [case] = Cases(session).reconcile(track, [cause(track.id)], content="1", now=NOON)
    return case


def decide(session, case, by="ann", now=NOON, **said):
    decision = DecisionIn(case_id=case.id, policy_clause="AI-1", **(YES | said))
    return Decisions(session).decide(case.tenant_id, decision, decided_by=by, now=now)


def share(session, second_looks=0.0, unflagged=0.0):
    said = SharesIn(second_looks=second_looks, unflagged=unflagged)
    set_shares(session, tenant(session).id, said, by="sid", now=NOON)


def look_of(session, case, by, now=NOON, **said):
    looks = SecondLooks(session, case.tenant_id)
    look = looks.take(looks.next_for(by, now), by, now)
    return looks.judge(look.id, DecisionIn(case_id=case.id, policy_clause="AI-1", **(NO | said)), by, now)


def test_nothing_is_looked_at_again_until_a_share_is_set(database):
    with database.write() as session:
        decide(session, case_of(session))
        assert share_of(session, tenant(session).id) == SharesIn(second_looks=0, unflagged=0)
        assert SecondLooks(session, tenant(session).id).waiting() == 0


def test_a_second_look_goes_to_somebody_else_who_has_not_seen_the_case(database):
    with database.write() as session:
        share(session, second_looks=1.0)
        case = case_of(session)
        ScoreSights(session).saw([case.id], "bob", NOON)
        decide(session, case, by="ann")
        looks = SecondLooks(session, case.tenant_id)
        assert looks.waiting() == 1
        assert looks.next_for("ann", NOON) is None  # decided it
        assert looks.next_for("bob", NOON) is None  # saw the case
        waiting = looks.next_for("cyd", NOON)
        for who in ("ann", "bob"):
            with pytest.raises(LookGone):
                looks.take(waiting, who, NOON)
        assert looks.take(waiting, "cyd", NOON).taken_by == "cyd"
        assert looks.next_for("cyd", NOON) == waiting
        assert looks.next_for("dan", NOON) is None
        assert looks.next_for("dan", NOON + LASTS) == waiting
        assert SecondLooks(session, tenant(session, "other").id).get(waiting) is None


def test_a_second_look_is_kept_and_changes_nothing(database):
    with database.write() as session:
        share(session, second_looks=1.0)
        case = case_of(session)
        first = decide(session, case, by="ann")
        look = look_of(session, case, "bob", note="no comb to be heard", reject_labels=["ai_detected"])
        assert (look.state, look.action, look.reason) == (LookState.DONE, Action.NONE, ReasonCode.AI_NOT_CONFIRMED)
        assert Decisions(session).standing(case.id).id == first.id
        assert case.state is CaseState.DECIDED
        with pytest.raises(LookGone):
            SecondLooks(session, case.tenant_id).judge(
                look.id, DecisionIn(case_id=case.id, policy_clause="AI-1", **YES), "bob", NOON
            )
        [judged] = Judgements(session, case.tenant_id).looked_at()
        assert [(one.person, one.finding) for one in judged.said] == [("ann", Finding.UPHELD), ("bob", Finding.CLEARED)]


def test_who_opens_the_case_gives_the_look_back(database):
    with database.write() as session:
        share(session, second_looks=1.0)
        case = case_of(session)
        decide(session, case)
        looks = SecondLooks(session, case.tenant_id)
        look = looks.take(looks.next_for("bob", NOON), "bob", NOON)
        looks.forgo(case.id, "bob")
        session.refresh(look)
        with pytest.raises(LookGone):
            looks.judge(look.id, DecisionIn(case_id=case.id, policy_clause="AI-1", **YES), "bob", NOON)
        assert looks.next_for("bob", NOON) is None
        assert looks.next_for("cyd", NOON) == look.id


def test_a_look_at_a_decision_that_was_taken_back_is_not_asked_for(database):
    with database.write() as session:
        share(session, second_looks=1.0)
        case = case_of(session)
        made = decide(session, case)
        Decisions(session).undo(case.tenant_id, made.id, undone_by="ann", now=NOON)
        looks = SecondLooks(session, case.tenant_id)
        assert (looks.waiting(), looks.next_for("bob", NOON)) == (0, None)


def test_deadlines_are_not_looked_at_again(database):
    with database.write() as session:
        share(session, second_looks=1.0)
        case = case_of(session)
        said = DecisionIn(case_id=case.id, policy_clause="AI-1", action="none", reason="other")
        assert Decisions(session).by_deadline(case.tenant_id, said, now=NOON).decided_by == BY_DEADLINE
        assert SecondLooks(session, case.tenant_id).waiting() == 0


def test_an_open_golden_case_scores_whoever_decides_it_and_asks_others_to_look(database):
    with database.write() as session:
        case = case_of(session)
        golden = GoldenCases(session, case.tenant_id)
        golden.put(case.id, GOLDEN, by="sid", now=NOON)
        assert case.state is CaseState.OPEN and SecondLooks(session, case.tenant_id).waiting() == 0
        decide(session, case, by="ann")
        look = look_of(session, case, "bob")
        assert look.kind is LookKind.GOLDEN
        assert SecondLooks(session, case.tenant_id).next_for("bob", NOON) is None  # a look a person
        assert SecondLooks(session, case.tenant_id).next_for("sid", NOON) is None  # knows the answer
        look_of(session, case, "cyd", **YES)
        found = {one.person: (one.found, one.cases) for one in scores(golden.met())}
        assert found == {"ann": (1, 1), "bob": (0, 1), "cyd": (1, 1)}
        assert [said.person for said, _ in golden.met(person="bob")] == ["bob"]
        assert SecondLooks(session, case.tenant_id).waiting() == 0


def test_a_decided_case_becomes_golden_and_who_set_it_is_not_scored(database):
    with database.write() as session:
        case = case_of(session)
        decide(session, case, by="sid")
        golden = GoldenCases(session, case.tenant_id)
        golden.put(case.id, GOLDEN, by="sid", now=NOON)
        golden.put(case.id, GOLDEN.model_copy(update={"looks": 3}), by="sid", now=NOON)
        assert SecondLooks(session, case.tenant_id).waiting() == 3
        assert golden.met() == []
        assert golden.remove(case.id) and not golden.remove(case.id)
        with pytest.raises(NoSuchCase):
            GoldenCases(session, tenant(session, "other").id).put(case.id, GOLDEN, by="x", now=NOON)


def test_a_second_decision_does_not_ask_for_the_looks_of_a_golden_case_again(database):
    with database.write() as session:
        case = case_of(session)
        GoldenCases(session, case.tenant_id).put(case.id, GOLDEN, by="sid", now=NOON)
        first = decide(session, case, by="ann")
        decide(session, case, by="dan", supersedes=first.id)
        assert SecondLooks(session, case.tenant_id).waiting() == 2


def unflagged(session, name, **labels):
    track = deliver(session, name, title=name)
    Tracks(session).find(track.id, lock=True)
    return track, look_at_some(session, track, judgement(**labels), NOON)


def test_a_track_that_nothing_flagged_waits_behind_all_else_once(database):
    with database.write() as session:
        share(session, unflagged=1.0)
        track, case = unflagged(session, "plain")
        assert (case.queue, case.priority, case.action, case.cause) == (QUEUE, Priority.P3, Action.NONE, CAUSE)
        assert look_at_some(session, track, judgement(), NOON) is None
        decide(session, case, **NO)
        assert look_at_some(session, track, judgement(), NOON) is None  # judged anew, not drawn anew
        flagged = deliver(session, "flagged", title="flagged")
        assert look_at_some(session, flagged, judgement(fired("ai-mismatch")), NOON) is None


def test_no_share_draws_nothing_and_what_rules_say_later_does_not_close_the_case(database):
    with database.write() as session:
        assert unflagged(session, "plain")[1] is None
        share(session, unflagged=1.0)
        track, case = unflagged(session, "other")
        Cases(session).reconcile(track, [], content="2", now=NOON)
        assert case.state is CaseState.OPEN


def test_misses_are_counted_from_what_people_found(database):
    with database.write() as session:
        share(session, unflagged=1.0)
        for name, said in (("a", YES), ("b", NO), ("c", NO), ("d", {"action": "none", "reason": "other"})):
            _, case = unflagged(session, name)
            decide(session, case, **said)
        found = sample_results(session, tenant(session).id)
        assert (found.judged, found.missed) == (3, 1)
        assert 0 < found.low < 1 / 3 < found.high < 1
        assert sample_results(session, tenant(session, "other").id).judged == 0


def test_the_data_set_holds_every_judgement_with_its_spread(database):
    with database.write() as session:
        share(session, second_looks=1.0)
        case = case_of(session)
        undone = decide(session, case, by="ann")
        Decisions(session).undo(case.tenant_id, undone.id, undone_by="ann", now=NOON)
        decide(session, case, by="ann", **NO)
        look_of(session, case, "bob", now=NOON + timedelta(hours=1), **YES)
        look_free = case_of(session, "second")
        GoldenCases(session, case.tenant_id).put(look_free.id, GOLDEN, by="sid", now=NOON)
        decide(session, look_free, by="cyd")
        case_of(session, "open")
        tenant_id = case.tenant_id
    written = "".join(lines(database, tenant_id)).splitlines()
    assert len(written) == 2
    with database.read() as session:
        [one, two], further = Judgements(session, tenant_id).after()
    assert further is None
    assert [line.model_dump_json() for line in (one, two)] == written
    assert [(said.source.value, said.finding.value, said.stands) for said in one.judgements] == [
        ("decision", "upheld", False),
        ("decision", "cleared", True),
        ("second_look", "upheld", False),
    ]
    assert one.findings == {Finding.CLEARED: 1, Finding.UPHELD: 1} and one.agreement == 0.0
    assert len({said.person for said in one.judgements}) == 2 and "ann" not in written[0]
    assert two.golden.finding is FINDINGS[ReasonCode.AI_CONFIRMED] and two.agreement is None
    assert two.audio_sha256 and "".join(lines(database, "ten_other")) == ""


def test_the_data_set_goes_on_past_a_piece(database, monkeypatch):
    monkeypatch.setattr("service.store.judgements._AT_ONCE", 2)
    with database.write() as session:
        for number in range(5):
            decide(session, case_of(session, f"audio {number}"))
        tenant_id = tenant(session).id
    assert len("".join(lines(database, tenant_id)).splitlines()) == 5
