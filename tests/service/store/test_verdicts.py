import threading

from sqlalchemy import select

from service.store.rule_sets import RuleSets
from service.store.tables.verdicts import Verdict
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts, facts_of, facts_sha256, judgement_of
from tests.deliveries import NOON, PIPELINE, RULES, deliver, facts, fired, judgement, know_rules


def stand(session, track, title="a", pipeline=PIPELINE, rule_set=RULES):
    said = judgement(fired("ai-mismatch"), labels=("ai_mismatch",), rule_set=rule_set)
    return Verdicts(session).stand(track, pipeline=pipeline, facts=facts(title=title), judgement=said, now=NOON)


def all_of(session, track):
    return [(verdict.facts["track"]["title"], verdict.standing) for verdict in Verdicts(session).of(track.id)]


def test_the_newest_verdict_stands_and_earlier_ones_stay_on_record(database):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)
        assert Verdicts(session).standing(track.id) is None
        assert stand(session, track, "a")[1]
        assert stand(session, track, "b")[1]
        assert sorted(all_of(session, track)) == [("a", False), ("b", True)]


def test_the_same_inputs_make_no_second_verdict(database):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)
        first, _ = stand(session, track)
        second, changed = stand(session, track)
        assert (second.id, changed) == (first.id, False)


def test_an_earlier_verdict_comes_back_when_its_facts_do(database):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)
        first, _ = stand(session, track, "a")
        stand(session, track, "b")
        again, changed = stand(session, track, "a")
        assert (again.id, changed) == (first.id, True)
        assert sorted(all_of(session, track)) == [("a", True), ("b", False)]


def test_other_evidence_and_other_rules_make_verdicts_of_their_own(database):
    with database.write() as session:
        know_rules(session)
        know_rules(session, "rules-2")
        track = deliver(session)
        made = {stand(session, track)[0].id, stand(session, track, pipeline="test-2")[0].id}
        made.add(stand(session, track, rule_set="rules-2")[0].id)
        assert len(made) == 3


def test_a_verdict_can_be_replayed_from_what_is_kept_with_it(database):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)
        stand(session, track)
    with database.read() as session:
        kept = Verdicts(session).standing(track.id)
        assert facts_of(kept) == facts(title="a")
        assert facts_sha256(facts_of(kept)) == kept.facts_sha256
        assert judgement_of(kept).labels == ["ai_mismatch"]
        assert RuleSets(session).source(kept.rule_set) == "rules: []"
        assert RuleSets(session).source("unknown") is None


def test_workers_that_judge_at_once_leave_one_standing_verdict(database):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)

    def judge(titles):
        for title in titles:
            database.attempt(lambda session, title=title: stand(session, Tracks(session).find(track.id), title))

    threads = [threading.Thread(target=judge, args=(titles,)) for titles in ("abcab", "bacba", "cabbc")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        rows = session.scalars(select(Verdict)).all()
        assert sum(verdict.standing for verdict in rows) == 1
        assert len(rows) == 3
