"""An uploader's past is told of that uploader alone, as it stands now, and in bounds."""

from datetime import timedelta

import pytest

from schemas.appeals import AppealOutcomeIn, AppealState
from schemas.review import DecisionIn, ReasonCode
from schemas.verdict import Action
from service.store.appeals import Appeals
from service.store.cases import Cases
from service.store.decisions import Decisions
from service.store.tables.cases import Case
from service.store.uploaders import Uploader
from tests.deliveries import NOON, cause, deliver

DAY = (NOON.date() - NOON.date().replace(1970, 1, 1)).days


def sent(session, audio, sender="farm", **said):
    return deliver(session, audio, title=audio, sender={"id": sender}, **said)


def decide(session, track, action=Action.BLOCK, by="rita", now=NOON, **said):
    [case] = Cases(session).reconcile(track, [cause(track.id, action=Action.HOLD)], content="1", now=now)
    said = {"action": action, "policy_clause": "AI-1", "reason": ReasonCode.SPAM_CONFIRMED, **said}
    return Decisions(session).decide(track.tenant_id, DecisionIn(case_id=case.id, **said), decided_by=by, now=now)


def test_new_recordings_are_counted_by_day_and_a_redelivery_is_none(database):
    with database.write() as session:
        track = sent(session, "a")
        sent(session, "b", at=NOON + timedelta(hours=3))
        sent(session, "b", at=NOON + timedelta(days=1))
        sent(session, "c", at=NOON + timedelta(days=2))
        sent(session, "d", sender="farm2")
        sent(session, "e", by="elsewhere")
        past = Uploader(session, track.tenant_id, "farm")
        assert past.new_by_day(DAY, DAY + 5) == {DAY: 2, DAY + 2: 1}
        assert past.new_by_day(DAY + 1, DAY + 1) == {}
        assert past.account().first_at == NOON
        assert Uploader(session, track.tenant_id, "nobody").account() is None
        assert [one.title for one in past.latest(2)] == ["c", "b"]


def test_decisions_are_told_with_whether_they_stand(database):
    with database.write() as session:
        one, two, other = sent(session, "a"), sent(session, "b"), sent(session, "c", sender="other")
        first = decide(session, one)
        decide(session, two, Action.NONE, reason=ReasonCode.REVIEWED_BENIGN, now=NOON + timedelta(hours=1))
        decide(session, other)
        past = Uploader(session, one.tenant_id, "farm")
        found = past.decisions(10)
        assert [(one.action, one.reason.value, one.tracks, one.stands) for one in found] == [
            (Action.NONE, "reviewed_benign", 1, True),
            (Action.BLOCK, "spam_confirmed", 1, True),
        ]
        assert found[1].case_id == first.case_id
        Decisions(session).undo(one.tenant_id, first.id, undone_by="rita", now=NOON)
        assert [one.stands for one in past.decisions(10)] == [True, False]
        assert len(past.decisions(1)) == 1


def test_a_decision_that_treats_some_tracks_otherwise_comes_in_parts(database):
    with database.write() as session:
        tracks = [sent(session, name) for name in "abc"]
        shared = {"scope": "sender", "action": Action.HOLD}
        for track in tracks:
            Cases(session).reconcile(track, [cause("farm", **shared)], content="1", now=NOON)
        case = session.query(Case).one()
        exception = {"track_id": tracks[0].id, "action": "none", "reason": "not_spam"}
        said = {"action": "block", "policy_clause": "AI-1", "reason": "spam_confirmed", "exceptions": [exception]}
        decision = DecisionIn.model_validate({"case_id": case.id, **said})
        Decisions(session).decide(tracks[0].tenant_id, decision, decided_by="rita", now=NOON)
        found = Uploader(session, tracks[0].tenant_id, "farm").decisions(10)
        assert {(one.action, one.tracks) for one in found} == {(Action.BLOCK, 2), (Action.NONE, 1)}


@pytest.mark.parametrize(
    ("outcome", "reason", "told"), [("reversed", "not_spam", "appeal won"), ("upheld", "spam_confirmed", "appeal lost")]
)
def test_appeals_are_told_with_their_outcome(database, outcome, reason, told):
    with database.write() as session:
        track, other = sent(session, "a"), sent(session, "b", sender="other")
        lodged = []
        for one in (track, other):
            decide(session, one)
            lodged.append(
                Appeals(session).lodge(
                    one.tenant_id, one.id, "Mine.", by="k", now=NOON, window_days=9, answer_within=timedelta(9)
                )
            )
        past = Uploader(session, track.tenant_id, "farm")
        [found] = past.appeals(10)
        assert (found.id, found.title, found.state, found.outcome) == (
            lodged[0].id,
            "a",
            AppealState.OPEN,
            "appeal open",
        )
        said = AppealOutcomeIn(outcome=outcome, reason=reason, message="So it is.")
        Appeals(session).decide(track.tenant_id, lodged[0].id, said, by="sam", now=NOON)
        assert past.appeals(10)[0].outcome == told


def test_only_the_latest_deliveries_are_looked_at(database):
    with database.write() as session:
        tracks = [sent(session, name) for name in "abc"]
        for track in tracks:
            decide(session, track)
        assert len(Uploader(session, tracks[0].tenant_id, "farm", looked_at=2).decisions(10)) == 2
