"""Shadow models: what they say is kept beside what the live one said, and compared with what people found."""

from datetime import timedelta

import pytest

from schemas.ai_model import ShadowScore
from schemas.evidence import AiVerdict, AiVersions
from schemas.review import DecisionBasis, DecisionIn, ReasonCode
from schemas.verdict import Action
from service.store.cases import Cases
from service.store.decisions import BY_DEADLINE, Decisions
from service.store.model_scores import ModelScores
from service.store.reviewed_audio import reviewed_audio
from service.store.score_sights import ScoreSights
from tests.deliveries import NOON, cause, deliver, evidence, know_rules

LIKELY, NOTHING = AiVerdict.LIKELY_AI, AiVerdict.NO_EVIDENCE
VERSIONS = AiVersions(model_sha256="a" * 64, registry_sha256="b" * 64, decoder="av 1", decoder_sha256="c" * 64)


def shadow(verdict: AiVerdict, probability: float | None = 0.5, sha256: str = "d" * 64) -> ShadowScore:
    return ShadowScore(model="next", model_sha256=sha256, verdict=verdict, probability=probability)


def scored(session, audio, live, says, at=NOON):
    """A track of this audio that the live model answered so, and a shadow model so."""
    track = deliver(session, audio)
    found = evidence(audio)
    ai = found.ai.model_copy(update={"verdict": live, "versions": VERSIONS})
    ModelScores(session).put(found.model_copy(update={"ai": ai}), says, at)
    return track


def case_of(session, track):
    Cases(session).reconcile(track, [cause(track.id)], content=track.audio_sha256, now=NOON)
    [case] = Cases(session).of_track(track.id)
    return case


def decide(session, track, reason=ReasonCode.AI_CONFIRMED, by="rita", blind=False, **said):
    decision = DecisionIn(
        case_id=case_of(session, track).id, action=Action.LABEL, policy_clause="AI-1", reason=reason, **said
    )
    return Decisions(session).decide(track.tenant_id, decision, decided_by=by, now=NOON, blind=blind)


def test_answers_of_both_models_are_counted_and_those_that_move_are_shown(database):
    with database.write() as session:
        scored(session, "one", LIKELY, shadow(LIKELY))
        scored(session, "two", NOTHING, shadow(LIKELY, 0.9), NOON + timedelta(hours=1))
        scored(session, "three", NOTHING, shadow(NOTHING, None))
        scored(session, "three", NOTHING, shadow(LIKELY))  # a second time changes nothing
        scored(session, "three", NOTHING, shadow(LIKELY, sha256="e" * 64), NOON - timedelta(hours=1))
        scores = ModelScores(session)
        assert scores.shadows() == [("next", "d" * 64, 3), ("next", "e" * 64, 1)]
        found = scores.compare("d" * 64)
    assert (found.scored, found.agreed) == (3, 2)
    assert found.table[NOTHING, LIKELY] == 1
    assert [(one.live, one.shadow, one.shadow_probability) for one in found.moved] == [(NOTHING, LIKELY, 0.9)]
    assert found.reviewed == []


def test_both_models_are_held_against_what_people_found(database):
    with database.write() as session:
        know_rules(session)
        decide(session, scored(session, "one", NOTHING, shadow(LIKELY)), basis=DecisionBasis.ADMISSION)
        decide(session, scored(session, "two", LIKELY, shadow(NOTHING)), ReasonCode.AI_NOT_CONFIRMED)
        decide(session, scored(session, "three", LIKELY, shadow(LIKELY)), ReasonCode.REVIEWED_BENIGN)
        generated, plain = ModelScores(session).compare("d" * 64).reviewed
    assert (generated.is_ai, generated.independent, generated.recordings) == (True, True, 1)
    assert (generated.live_likely, generated.shadow_likely) == (0, 1)
    assert (plain.is_ai, plain.independent, plain.live_likely, plain.shadow_likely) == (False, False, 1, 0)


def test_of_decisions_that_stand_labels_outweigh_reasons(database):
    with database.write() as session:
        know_rules(session)
        labelled = deliver(session, "one")
        decide(session, labelled, ReasonCode.AI_CONFIRMED, reject_labels=["ai_detected"])
        undone = decide(session, deliver(session, "two"))
        Decisions(session).undo(labelled.tenant_id, undone.id, undone_by="rita", now=NOON)
        replaced = deliver(session, "three")
        first = decide(session, replaced)
        later = DecisionIn(
            case_id=first.case_id,
            action=Action.NONE,
            policy_clause="AI-1",
            reason=ReasonCode.AI_NOT_CONFIRMED,
            supersedes=first.id,
        )
        Decisions(session).decide(replaced.tenant_id, later, decided_by="rita", now=NOON)
        found = {audio.audio_sha256: audio.is_ai for audio in reviewed_audio(session)}
    assert found == {labelled.audio_sha256: False, replaced.audio_sha256: False}


def test_what_a_deadline_decided_is_nobodys_finding(database):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)
        decision = DecisionIn(
            case_id=case_of(session, track).id,
            action=Action.LABEL,
            policy_clause="AI-1",
            reason=ReasonCode.AI_CONFIRMED,
        )
        assert Decisions(session).by_deadline(track.tenant_id, decision, now=NOON).decided_by == BY_DEADLINE
        assert list(reviewed_audio(session)) == []


@pytest.mark.parametrize(
    ("hidden", "seen_by", "basis"),
    [(True, None, DecisionBasis.BLIND), (True, "otto", DecisionBasis.BLIND), (True, "rita", None), (False, None, None)],
)
def test_blind_is_who_had_the_score_kept_from_view_and_never_saw_it(database, hidden, seen_by, basis):
    with database.write() as session:
        know_rules(session)
        track = deliver(session)
        if seen_by:
            sights = ScoreSights(session)
            sights.saw([case_of(session, track).id], seen_by, NOON)
            sights.saw([case_of(session, track).id], seen_by, NOON)
        assert decide(session, track, blind=hidden).basis is basis
        assert [audio.basis for audio in reviewed_audio(session)] == [basis]


def test_nobody_can_claim_to_be_blind():
    with pytest.raises(ValueError, match="basis"):
        DecisionIn(case_id="c", action=Action.NONE, policy_clause="AI-1", reason=ReasonCode.OTHER, basis="blind")
