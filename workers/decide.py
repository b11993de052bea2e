"""From facts to a verdict, and from a verdict to the cases that a person should see."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from schemas.events import EventKind
from schemas.facts import Facts
from schemas.review import TrackState
from schemas.verdict import Action, CaseScope, Judgement, Priority, RuleTrace
from service.facts.counted import Counted
from service.facts.history import is_short
from service.facts.sightings import is_like_its_batch
from service.routing import Routing
from service.rules import RuleSet
from service.settings import Settings
from service.store.behaviours import Behaviours, Known
from service.store.cases import Cases, Cause
from service.store.clock import utc_now
from service.store.events import Events
from service.store.evidence import EvidenceStore
from service.store.hashing import content_sha256
from service.store.jobs import ClaimedJob, Jobs
from service.store.matches import Matches
from service.store.rule_sets import RuleSets
from service.store.sightings import Sightings
from service.store.tables.jobs import JobKind, Lane
from service.store.tables.tracks import Track
from service.store.ties import Ties
from service.store.tracks import Tracks
from service.store.unflagged_sample import look_at_some
from service.store.verdicts import Verdicts, facts_of, judgement_of
from workers.figures import LABELS, VERDICTS
from workers.lifecycle import Context

DEFAULT_QUEUE = "review"
ESTIMATED = ("ai.probability", "text.score")
"""Facts that are likelihoods, 0-1."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A track as it was judged: by its own counters, or as part of the batch with which its sender stood out."""

    facts: Facts
    judgement: Judgement
    counted: Counted
    accused: bool
    """By its own counters its sender is to be looked at."""


def decide(context: Context, job: ClaimedJob) -> None:
    """Judge a track on everything that is known now.

    What becomes known while this runs asks for it again, so the last run always sees everything. A track without
    evidence is left alone: its analysis asks for a verdict when it is done.

    What the track counts for is committed first, and only then are those looked up who count it: whoever looked
    before that has its evidence committed and is found, whoever looks after that sees it. Killed in between, the row
    stays unsettled and the next run goes on from there.
    """
    from classifiers.pipeline import PIPELINE_VERSION as PIPELINE

    rules = context.rules
    with context.database.read() as session:
        track = Tracks(session).find(job.subject_id)
        judged = judge(session, track, rules, context.known, PIPELINE) if track is not None else None

    if track is not None and judged is not None:
        context.database.attempt(lambda session: _keep_sighting(session, track, judged))

    def record(session: Session) -> None:
        now = utc_now()
        current = Tracks(session).find(job.subject_id, lock=True)
        unchanged = track is not None and current is not None and current.revision == track.revision
        if unchanged and judged is not None:
            _stand(session, current, context, PIPELINE, judged, now)
        elif current is not None and current.state is TrackState.WITHDRAWN:
            Cases(session).reconcile(current, [], content=str(current.revision), now=now)
        Jobs(session).finish(job.id, job.token, now)

    context.database.attempt(record)


def judge(session: Session, track: Track, rules: RuleSet, known: Known, pipeline: str) -> Judged | None:
    """The judgement of a track's current revision; ``None`` while it is not analysed, or after it was withdrawn.

    A track that its own counters leave alone is judged with those of the next one by which its sender stood out, if
    that came within a day and it is like what came: the first slices of a batch go where the rest of it goes, a song of
    the same day does not.
    """
    if track.state in (TrackState.WITHDRAWN, TrackState.UNREADABLE):
        return None
    evidence = EvidenceStore(session).get(track.audio_sha256, pipeline)
    if evidence is None:
        return None
    counted = Behaviours(session, known).count(track, evidence, pipeline=pipeline)
    judgement = rules.judge(counted.facts)
    if is_accused(judgement):
        return Judged(counted.facts, judgement, counted, accused=True)
    later = Sightings(session).accused_next(Sightings(session).of(track.id))
    verdict = Verdicts(session).standing(later) if later is not None else None
    if later is not None and verdict is not None and _is_part_of_the_batch(session, counted, later):
        facts = in_the_batch_of(counted.facts, facts_of(verdict))
        together = rules.judge(facts)
        if is_accused(together):
            return Judged(facts, together, counted, accused=False)
    return Judged(counted.facts, judgement, counted, accused=False)


def is_accused(judgement: Judgement) -> bool:
    """Whether a rule about the sender asks for a person or for more."""
    return any(
        fired.case_scope is CaseScope.SENDER and fired.action.rank >= Action.QUEUE.rank for fired in judgement.fired
    )


def _is_part_of_the_batch(session: Session, counted: Counted, later: str) -> bool:
    """Whether a track may be judged with one that followed: it is like a batch by itself, it stands under the same
    cover, or its account was taken over."""
    seen = counted.sighting
    if counted.facts.reputation.taken_over:
        return True
    if seen is None:
        return False
    if is_like_its_batch(seen):
        return True
    return seen.cover is not None and seen.cover == (Sightings(session).of(later).details or {}).get("cover")


def in_the_batch_of(facts: Facts, later: Facts) -> Facts:
    """A track's own facts under the counters of a later one of its sender. Its past stays its own."""
    return facts.model_copy(update={"sender": later.sender, "bulk": later.bulk, "ring": later.ring})


def _keep_sighting(session: Session, track: Track, judged: Judged) -> None:
    """Keep what the track counts for, unless another revision of it is on its way."""
    current = Tracks(session).find(track.id, lock=True)
    if current is None or current.revision != track.revision:
        return
    audio = judged.counted.facts.audio
    Sightings(session).put(
        Sightings(session).of(track.id, lock=True),
        judged.counted.sighting,
        audio_sha256=track.audio_sha256,
        fresh=judged.counted.fresh,
        functional=bool(audio.functional),
        short=is_short(audio.duration_s),
        accused=judged.accused,
    )


def causes_of(track: Track, recording: str, ring: str, judgement: Judgement) -> list[Cause]:
    """What a person should look at.

    About a sender, or the ring that it belongs to, there is one question, whatever rules ask it, and so there is about
    a recording; about a track or a release there is one for each policy clause. The strongest rule words it. What is
    asked of the sender is not asked again of its every track, unless that is more urgent.
    """
    subjects = {
        CaseScope.TRACK: track.id,
        CaseScope.RELEASE: track.release_id or track.id,
        CaseScope.RECORDING: recording,
        CaseScope.SENDER: ring,
    }
    causes: dict[tuple[CaseScope, str], Cause] = {}
    for fired in judgement.fired:
        if fired.action.rank < Action.QUEUE.rank:
            continue
        scope = fired.case_scope or CaseScope.TRACK
        name = scope.value if scope in (CaseScope.SENDER, CaseScope.RECORDING) else fired.policy
        cause = causes.setdefault(
            (scope, name),
            Cause(
                scope=scope,
                subject_key=subjects[scope],
                cause=name,
                policy=fired.policy,
                queue=fired.queue or DEFAULT_QUEUE,
                priority=fired.priority or Priority.P3,
                action=fired.action,
                reason=fired.reason,
                confidence=confidence_of(fired),
            ),
        )
        causes[scope, name] = replace(cause, clauses=cause.clauses | {fired.policy})
    whole = causes.get((CaseScope.SENDER, CaseScope.SENDER.value))
    if whole is None:
        return list(causes.values())
    apart = [cause for cause in causes.values() if cause.priority < whole.priority]
    covered = frozenset[str]().union(*(cause.clauses for cause in causes.values() if cause not in apart))
    return [*apart, replace(whole, clauses=covered)]


def confidence_of(fired: RuleTrace) -> float | None:
    """The least of the likelihoods that a rule rests on; ``None`` where it rests on counts alone."""
    seen = (line.values.get(name) for line in fired.conditions for name in ESTIMATED)
    return min((float(value) for value in seen if isinstance(value, int | float)), default=None)


def content_judged(track: Track, fired: Iterable[RuleTrace]) -> str:
    """Names what a person would decide on: a decision covers the track until its revision or the rules it breaks
    change, whatever else is counted meanwhile."""
    return content_sha256([track.revision, track.audio_sha256, sorted(rule.rule for rule in fired)])


def with_deadline(cause: Cause, settings: Settings, now: datetime) -> Cause:
    """A hold waits for its uploader, and ends by itself; anything else waits for a person alone."""
    if cause.action is not Action.HOLD or not settings.hold_days:
        return cause
    due_at = now + timedelta(days=settings.hold_days)
    return replace(cause, due_at=due_at, due_action=Action(settings.hold_outcome))


def routed(causes: Iterable[Cause], routing: Routing) -> list[Cause]:
    """The causes with the queues that the routes name."""
    return [
        replace(
            cause,
            queue=routing.queue_for(
                policy=cause.policy,
                cause=cause.cause,
                scope=cause.scope,
                priority=cause.priority,
                action=cause.action,
                otherwise=cause.queue,
            ),
        )
        for cause in causes
    ]


def _stand(session: Session, track: Track, context: Context, pipeline: str, judged: Judged, now: datetime) -> None:
    facts, judgement, rules = judged.facts, judged.judgement, context.rules
    RuleSets(session).remember(rules.hash, source_of(rules), now)
    before = Verdicts(session).standing(track.id)
    was_accused = before is not None and is_accused(judgement_of(before))
    verdict, changed = Verdicts(session).stand(track, pipeline=pipeline, facts=facts, judgement=judgement, now=now)
    row = Sightings(session).of(track.id, lock=True)
    ring_name, ring = Ties(session).ring_now(track.tenant_id, row.sender_key)
    told = Sightings(session).later(row, ring, pipeline) if row.unsettled else []
    if changed and (judged.accused or was_accused):
        told += Sightings(session).led_up_to(row, pipeline)
    row.unsettled = False
    if len(ring) > 1:
        told += Cases(session).follow_ring(track.tenant_id, ring, ring_name)
    lane, pause = Lane(track.lane), pause_for(len(told))
    Jobs(session).enqueue_many(JobKind.DECIDE, set(told) - {track.id}, lane=lane, run_after=now + pause, now=now)
    recording = Matches(session).group_key(track.audio_sha256)
    asked = routed(causes_of(track, recording, ring_name, judgement), context.routing)
    causes = [with_deadline(cause, context.settings, now) for cause in asked]
    Cases(session).reconcile(track, causes, content=content_judged(track, judgement.fired), now=now)
    if not causes:
        look_at_some(session, track, judgement, now)
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
        Jobs(session).enqueue(JobKind.DELIVER, track.id, lane=lane, now=now)


FEW = 20
PAUSE_EACH_S = 0.02
LONGEST_PAUSE_S = 60.0


def pause_for(others: int) -> timedelta:
    """How long the verdicts of others wait. A farm of thousands grows by one track at a time, and each time all of
    them would be decided again: the more there are, the longer they wait, so that one verdict sees many arrivals."""
    return timedelta(seconds=min(LONGEST_PAUSE_S, max(0, others - FEW) * PAUSE_EACH_S))


def source_of(rules: RuleSet) -> str:
    """The packs of a rule set as text that can be loaded again, separated as YAML documents are."""
    return "\n---\n".join(loaded.pack.model_dump_json() for loaded in rules.packs)
