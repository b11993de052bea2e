"""From facts to a verdict, and from a verdict to the cases that a person should see."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from schemas.events import EventKind
from schemas.facts import Facts
from schemas.review import TrackState
from schemas.verdict import Action, CaseScope, Judgement, Priority, RuleTrace
from service.facts import gather
from service.rules import RuleSet
from service.store.cases import Cases, Cause
from service.store.clock import utc_now
from service.store.events import Events
from service.store.evidence import EvidenceStore
from service.store.hashing import content_sha256
from service.store.histories import Histories
from service.store.jobs import ClaimedJob, Jobs
from service.store.matches import Matches
from service.store.rule_sets import RuleSets
from service.store.tables.jobs import JobKind, Lane
from service.store.tables.tracks import Track
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts
from workers.figures import LABELS, VERDICTS
from workers.lifecycle import Context

DEFAULT_QUEUE = "review"


def decide(context: Context, job: ClaimedJob) -> None:
    """Judge a track on everything that is known now.

    What becomes known while this runs asks for it again, so the last run always sees everything. A track without
    evidence is left alone: its analysis asks for a verdict when it is done.
    """
    from classifiers.pipeline import PIPELINE_VERSION

    rules = context.rules
    with context.database.read() as session:
        track = Tracks(session).find(job.subject_id)
        facts = facts_of_track(session, track, PIPELINE_VERSION) if track is not None else None
    judgement = rules.judge(facts) if facts is not None else None

    def record(session: Session) -> None:
        now = utc_now()
        current = Tracks(session).find(job.subject_id, lock=True)
        unchanged = track is not None and current is not None and current.revision == track.revision
        if unchanged and facts is not None and judgement is not None:
            _stand(session, current, rules, PIPELINE_VERSION, facts, judgement, now)
        elif current is not None and current.state is TrackState.WITHDRAWN:
            Cases(session).reconcile(current, [], content=str(current.revision), now=now)
        Jobs(session).finish(job.id, job.token, now)

    context.database.attempt(record)


def facts_of_track(session: Session, track: Track, pipeline: str) -> Facts | None:
    """The facts of a track's current revision; ``None`` while it is not analysed, or after it was withdrawn."""
    if track.state in (TrackState.WITHDRAWN, TrackState.UNREADABLE):
        return None
    evidence = EvidenceStore(session).get(track.audio_sha256, pipeline)
    if evidence is None:
        return None
    metadata = Tracks(session).metadata(track.id, track.revision)
    members = [
        member if is_named(member.sender_id) else replace(member, sender_id=None)
        for member in Matches(session).group_of(track)
    ]
    return gather(
        metadata,
        evidence,
        revision=track.revision,
        judged=next(member for member in members if member.track_id == track.id),
        group=members,
        history=Histories(session).of(track, pipeline, tier=metadata.sender.tier),
    )


def is_named(sender_key: str | None) -> bool:
    """Whether the tenant named a sender: tracks of nobody in particular are not for that reason by the same owner."""
    return bool(sender_key and sender_key.partition("/")[2])


def causes_of(track: Track, recording: str, judgement: Judgement) -> list[Cause]:
    """What a person should look at, one cause for each scope and policy clause: rules that enforce the same clause on
    the same subject are one question, worded by the strongest of them."""
    subjects = {
        CaseScope.TRACK: track.id,
        CaseScope.RELEASE: track.release_id or track.id,
        CaseScope.RECORDING: recording,
        CaseScope.SENDER: track.sender_key,
    }
    causes: dict[tuple[CaseScope, str], Cause] = {}
    for fired in judgement.fired:
        if fired.action.rank < Action.QUEUE.rank:
            continue
        scope = fired.case_scope or CaseScope.TRACK
        causes.setdefault(
            (scope, fired.policy),
            Cause(
                scope=scope,
                subject_key=subjects[scope],
                cause=fired.policy,
                policy=fired.policy,
                queue=fired.queue or DEFAULT_QUEUE,
                priority=fired.priority or Priority.P3,
                action=fired.action,
                reason=fired.reason,
            ),
        )
    return list(causes.values())


def content_judged(track: Track, fired: Iterable[RuleTrace]) -> str:
    """Names what a person would decide on: a decision covers the track until its revision or the rules it breaks
    change, whatever else is counted meanwhile."""
    return content_sha256([track.revision, track.audio_sha256, sorted(rule.rule for rule in fired)])


def _stand(
    session: Session, track: Track, rules: RuleSet, pipeline: str, facts: Facts, judgement: Judgement, now: datetime
) -> None:
    RuleSets(session).remember(rules.hash, source_of(rules), now)
    verdict, changed = Verdicts(session).stand(track, pipeline=pipeline, facts=facts, judgement=judgement, now=now)
    recording = Matches(session).group_key(track.audio_sha256)
    Cases(session).reconcile(
        track, causes_of(track, recording, judgement), content=content_judged(track, judgement.fired), now=now
    )
    said = {"verdict": verdict.id, "action": judgement.action.value, "labels": judgement.labels}
    if track.state is not TrackState.DECIDED:
        Tracks(session).move(track, TrackState.DECIDED, now, data=said)
        changed = True
    elif changed:
        Events(session).append(track.id, EventKind.DECIDED, now, said)
    if changed:
        VERDICTS.labels(judgement.action.value).inc()
        for label in judgement.labels:
            LABELS.labels(label).inc()
        Jobs(session).enqueue(JobKind.DELIVER, track.id, lane=Lane(track.lane), now=now)


def source_of(rules: RuleSet) -> str:
    """The packs of a rule set as text that can be loaded again, separated as YAML documents are."""
    return "\n---\n".join(loaded.pack.model_dump_json() for loaded in rules.packs)
