"""Labels of many tracks at once are what each track's own view says."""

from schemas.review import DecisionIn, ReasonCode, TrackDecision
from schemas.verdict import Action
from service.store.cases import Cases
from service.store.decisions import Decisions
from service.store.labels import Labels
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts
from tests.deliveries import NOON, PIPELINE, cause, deliver, facts, fired, judgement, know_rules


def test_labels_of_several_tracks_are_those_of_each(database):
    """One is unjudged, one only judged, two are decided, one of them otherwise, and one was delivered anew since."""
    with database.write() as session:
        know_rules(session)
        tracks = [deliver(session, f"song {n}") for n in range(5)]
        for track in tracks[1:]:
            said = judgement(fired("ai-mismatch"), labels=("ai_mismatch", "ai_detected"))
            Verdicts(session).stand(track, pipeline=PIPELINE, facts=facts(title="old"), judgement=judgement(), now=NOON)
            Verdicts(session).stand(track, pipeline=PIPELINE, facts=facts(title="new"), judgement=said, now=NOON)
        for track in tracks[2:]:
            Tracks(session).find(track.id, lock=True)
            [case] = Cases(session).reconcile(track, [cause("all")], content="1", now=NOON)
        other = TrackDecision(
            track_id=tracks[3].id, action=Action.NONE, reason=ReasonCode.OTHER, reject_labels=["ai_detected"]
        )
        decision = DecisionIn(
            case_id=case.id,
            action=Action.LABEL,
            policy_clause="AI-2",
            reason=ReasonCode.AI_CONFIRMED,
            confirm_labels=["ai_confirmed"],
            reject_labels=["ai_mismatch"],
            exceptions=[other],
        )
        Decisions(session).decide(tracks[0].tenant_id, decision, decided_by="ines", now=NOON)
        tracks[4].revision += 1
        assert Labels(session).of_several(tracks) == {
            tracks[0].id: [],
            tracks[1].id: ["ai_detected", "ai_mismatch"],
            tracks[2].id: ["ai_confirmed", "ai_detected"],
            tracks[3].id: ["ai_mismatch"],
            tracks[4].id: ["ai_detected", "ai_mismatch"],
        }
        assert Labels(session).of_several([]) == {}
        for track in tracks[:4]:
            assert Labels(session).of_several([track]) == {track.id: Labels(session).view(track).labels}
