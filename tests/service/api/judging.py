"""What workers would have written by now: evidence, a verdict, a case, a feed entry. Through the real repositories."""

from schemas.evidence import (
    AiEvidence,
    AiSegment,
    AiVerdict,
    AudioDescriptors,
    ElapsedSeconds,
    Evidence,
    Fingerprint,
    NetworkScore,
    Provenance,
    ProvenanceClaim,
    ProvenanceKind,
    Trust,
)
from schemas.facts import Facts
from schemas.review import TrackState
from schemas.verdict import Action, CaseScope, Judgement, Outcome, Priority, RuleStatus, RuleTrace
from service.api.backend import Backend
from service.labels import track_labels
from service.store.cases import Cases, Cause
from service.store.clock import utc_now
from service.store.evidence import EvidenceStore
from service.store.label_feed import LabelFeed
from service.store.labels import Labels
from service.store.rule_sets import RuleSets
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts

PIPELINE = "test-1"


def evidence(sha256: str) -> Evidence:
    """A likely generated recording with a generator's tag."""
    return Evidence(
        sha256=sha256,
        pipeline=PIPELINE,
        codec="mp3",
        sample_rate_hz=44_100,
        channels=2,
        duration_s=183.2,
        truncated="decoding broke off after 183.2 s",
        ai=AiEvidence(
            verdict=AiVerdict.LIKELY_AI,
            probability=0.97,
            model="2026.12-1",
            reasons=["lines every 50 Hz"],
            segments=[
                AiSegment(start_s=10.0, end_s=15.0, probability=0.9),
                AiSegment(start_s=12.5, end_s=17.5, probability=0.97),
                AiSegment(start_s=15.0, end_s=183.2, probability=0.02),
            ],
            share_of_track=0.043,
            longest_run_s=7.5,
            traces_follow_vocals=True,
            network=NetworkScore(
                network="2026.12-n1",
                network_sha256="00",
                score=-1.25,
                chance=0.31,
                distance=1.5,
                unlike=0.04,
                stretches=6,
            ),
        ),
        provenance=[
            Provenance(
                kind=ProvenanceKind.TAG,
                says=ProvenanceClaim.AI,
                generator="suno",
                trust=Trust.UNSIGNED,
                detail="made with suno",
            )
        ],
        audio=AudioDescriptors(
            loudness_lufs=-9.8, true_peak_db=-0.3, bandwidth_hz=16_000, silence_ratio=0.01, noise=0.02, loop=0.1
        ),
        fingerprint=Fingerprint(algorithm="test", value="", matchable=False),
        elapsed_s=ElapsedSeconds(decode=0.3, total=0.7),
    )


def judgement() -> Judgement:
    """Declared NONE, heard otherwise."""
    rule = RuleTrace(
        rule="ai-mismatch",
        version=1,
        status=RuleStatus.LIVE,
        outcome=Outcome.MATCH,
        labels=["ai_mismatch"],
        action=Action.QUEUE,
        priority=Priority.P2,
        queue="disclosure",
        case_scope=CaseScope.TRACK,
        policy="AI-2",
        reason="declared NONE, detected with probability 0.97",
    )
    return Judgement(
        rule_set="rules-1",
        labels=["ai_detected", "ai_mismatch"],
        action=Action.QUEUE,
        priority=Priority.P2,
        fired=[rule],
    )


def judge(backend: Backend, track_id: str) -> str:
    """Analyse, decide and deliver a track as the workers do; the id of its case."""
    now = utc_now()
    with backend.database.write() as session:
        tracks = Tracks(session)
        track = tracks.find(track_id, lock=True)
        assert track is not None
        EvidenceStore(session).put(evidence(track.audio_sha256), now)
        RuleSets(session).remember("rules-1", "rules: []", now)
        Verdicts(session).stand(track, pipeline=PIPELINE, facts=Facts(), judgement=judgement(), now=now)
        rule = judgement().fired[0]
        cause = Cause(
            scope=CaseScope.TRACK,
            subject_key=track.id,
            cause=rule.rule,
            policy=rule.policy,
            queue="disclosure",
            priority=Priority.P2,
            action=rule.action,
            reason=rule.reason,
        )
        (case,) = Cases(session).reconcile(track, [cause], content=str(track.revision), now=now)
        tracks.move(track, TrackState.DECIDED, now)
        case_id = case.id
    deliver(backend, track_id)
    return case_id


def deliver(backend: Backend, track_id: str) -> None:
    """Write the track's labels into the feed."""
    with backend.database.write() as session:
        track = Tracks(session).find(track_id)
        assert track is not None
        payload = track_labels(Labels(session).view(track)).model_dump(mode="json")
        LabelFeed(session).append(track, payload, utc_now())
