"""Small deliveries for tests: tenants, tracks, evidence and judgements with sensible content where none is given."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from schemas.catalogue import TrackMetadata
from schemas.evidence import (
    AiEvidence,
    AiVerdict,
    AudioDescriptors,
    ElapsedSeconds,
    Evidence,
    Fingerprint,
    RecordingMatch,
    Relation,
)
from schemas.facts import Facts
from schemas.verdict import Action, CaseScope, Judgement, Outcome, Priority, RuleStatus, RuleTrace
from service.store.blob_rows import Blobs
from service.store.cases import Cause
from service.store.rule_sets import RuleSets
from service.store.tables.tenants import Tenant
from service.store.tables.tracks import Track
from service.store.tenants import Tenants
from service.store.tracks import Tracks

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
PIPELINE = "test-1"
RULES = "rules-1"


def sha(content: str) -> str:
    """SHA-256 of a text that stands for a file's bytes."""
    return hashlib.sha256(content.encode()).hexdigest()


def metadata(title: str = "Low Water", artist: str = "Ann Ember", **said: Any) -> TrackMetadata:
    return TrackMetadata.model_validate({"title": title, "artists": [{"name": artist}], **said})


def tenant(session: Session, name: str = "harbour") -> Tenant:
    return Tenants(session).ensure(name, NOON)


def deliver(session: Session, audio: str = "audio", *, by: str = "harbour", at: datetime = NOON, **said: Any) -> Track:
    """Accept a track whose file has the bytes ``audio``."""
    Blobs(session).record(sha(audio), len(audio), at)
    return Tracks(session).accept(
        tenant_id=tenant(session, by).id, metadata=metadata(**said), audio_sha256=sha(audio), now=at
    )


def evidence(
    audio: str = "audio", *, pipeline: str = PIPELINE, noise: float = 0.1, duration_s: float = 180.0
) -> Evidence:
    return Evidence(
        sha256=sha(audio),
        pipeline=pipeline,
        codec="flac",
        sample_rate_hz=44100,
        channels=2,
        duration_s=duration_s,
        ai=AiEvidence(verdict=AiVerdict.NO_EVIDENCE, probability=0.01, model="test"),
        audio=AudioDescriptors(
            loudness_lufs=-14.0, true_peak_db=-1.0, bandwidth_hz=20000.0, silence_ratio=0.0, noise=noise, loop=0.1
        ),
        fingerprint=Fingerprint(algorithm="test", value="AA==", matchable=noise < 0.5),
        elapsed_s=ElapsedSeconds(decode=0.1, total=0.2),
    )


def match(relation: Relation = Relation.SAME_RECORDING, **values: Any) -> RecordingMatch:
    return RecordingMatch(relation=relation, **{"overlap_s": 100.0, "score": 0.9, **values})


def fired(rule: str, action: Action = Action.QUEUE, **values: Any) -> RuleTrace:
    return RuleTrace(
        rule=rule,
        version=1,
        status=RuleStatus.LIVE,
        outcome=Outcome.MATCH,
        action=action,
        **{"priority": Priority.P2, "policy": "AI-1", "case_scope": CaseScope.TRACK, **values},
    )


def judgement(*rules: RuleTrace, labels: tuple[str, ...] = (), rule_set: str = RULES) -> Judgement:
    actions = [rule.action for rule in rules] or [Action.LABEL if labels else Action.NONE]
    priorities = [rule.priority for rule in rules if rule.priority]
    return Judgement(
        rule_set=rule_set,
        labels=sorted(labels),
        action=max(actions, key=lambda action: action.rank),
        priority=min(priorities, default=None),
        fired=list(rules),
    )


def facts(**track: Any) -> Facts:
    return Facts.model_validate({"track": track})


def know_rules(session: Session, rule_set: str = RULES) -> None:
    RuleSets(session).remember(rule_set, "rules: []", NOON)


def cause(subject_key: str, name: str = "ai-mismatch", **values: Any) -> Cause:
    given: dict[str, Any] = {
        "scope": CaseScope.TRACK,
        "policy": "AI-1",
        "queue": "disclosure",
        "priority": Priority.P2,
        "action": Action.QUEUE,
        "reason": "likely AI, declared NONE",
        **values,
    }
    return Cause(subject_key=subject_key, cause=name, **given)
