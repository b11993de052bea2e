"""From audio to evidence, and from evidence to the recordings that it repeats."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from schemas.events import EventKind
from schemas.evidence import Evidence, RecordingMatch
from schemas.problems import ProblemType
from schemas.review import TrackState
from service.store.cases import Cases
from service.store.clock import utc_now
from service.store.events import Events
from service.store.evidence import EvidenceStore
from service.store.fingerprints import Fingerprints
from service.store.jobs import MAX_FAILURES, ClaimedJob, Jobs
from service.store.matches import Matches
from service.store.model_scores import ModelScores
from service.store.spectrograms import Spectrograms
from service.store.tables.jobs import JobKind, Lane
from service.store.tracks import Tracks
from service.store.waveforms import Waveforms
from workers.artwork import look_at_cover
from workers.decide import pause_for
from workers.figures import STAGE_SECONDS, UNREADABLE
from workers.lifecycle import Context

if TYPE_CHECKING:
    from classifiers.audio.unreadable import UnreadableAudio
    from classifiers.duplicates.fingerprint import FingerprintCodes

UNDECIDED = (TrackState.RECEIVED, TrackState.ANALYSING, TrackState.FAILED, TrackState.UNREADABLE)


def analyse(context: Context, job: ClaimedJob) -> None:
    """Find out what is in a track's audio, once for each content and pipeline, and whom it repeats.

    A file that cannot be read is a finding and ends here; anything else that goes wrong is raised and tried again.
    """
    from classifiers.audio.unreadable import UnreadableAudio

    audio_sha256 = _begin(context, job)
    if audio_sha256 is None:
        return
    look_at_cover(context, job.subject_id)
    try:
        evidence, codes = evidence_of(context, audio_sha256)
    except UnreadableAudio as error:
        if worth_another_try(error) and job.attempts < MAX_FAILURES:
            raise
        UNREADABLE.labels(error.reason.value).inc()
        _end_unreadable(context, job, audio_sha256, error)
        return
    matches = matches_of(context, audio_sha256, codes)
    context.database.attempt(lambda session: _end(session, job, audio_sha256, evidence, matches, utc_now()))


def worth_another_try(error: "UnreadableAudio") -> bool:
    """Whether the decoder was lost: a machine that is short of memory or time looks the same as a bad file."""
    from classifiers.audio.unreadable import UnreadableReason as Reason

    return error.reason in (Reason.DECODER_CRASHED, Reason.DECODER_OUT_OF_MEMORY, Reason.DECODER_TIMED_OUT)


def _begin(context: Context, job: ClaimedJob) -> str | None:
    """The audio to analyse; ``None``, and the job done, where the track is withdrawn or gone."""

    def begin(session: Session) -> str | None:
        track = Tracks(session).find(job.subject_id, lock=True)
        if track is None or track.state is TrackState.WITHDRAWN:
            Jobs(session).finish(job.id, job.token)
            return None
        if track.state in UNDECIDED:
            Tracks(session).move(track, TrackState.ANALYSING, utc_now())
        return track.audio_sha256

    return context.database.attempt(begin)


def evidence_of(context: Context, audio_sha256: str) -> "tuple[Evidence, FingerprintCodes]":
    """Evidence and fingerprint of an audio, found now or before.

    Both are committed before anybody looks for matches: of two copies analysed at the same moment, at least the one
    whose commit comes second sees the other.
    """
    from classifiers.pipeline import PIPELINE_VERSION
    from classifiers.pipeline import analyse as run_pipeline

    with context.database.read() as session:
        evidence = EvidenceStore(session).get(audio_sha256, PIPELINE_VERSION)
        codes = Fingerprints(session).load(audio_sha256)
    if evidence is not None and codes is not None:
        return evidence, codes
    with context.blobs.local_path(audio_sha256) as path:
        analysis = run_pipeline(
            path,
            decoder=context.decoder,
            trust_anchors=context.trust_anchors,
            comb_search=context.settings.ai_comb_search,
            clock_search=context.settings.ai_clock_search,
            model=context.model,
            shadow=context.shadow_model,
            network=context.residual_network,
        )
    if analysis.evidence.sha256 != audio_sha256:
        raise RuntimeError(f"the stored audio {audio_sha256} is damaged: its SHA-256 is {analysis.evidence.sha256}")

    def keep(session: Session) -> None:
        Fingerprints(session, context.fingerprint_index).add(audio_sha256, analysis.codes)
        Waveforms(session).put(
            audio_sha256,
            duration_s=analysis.evidence.duration_s,
            peaks=analysis.waveform,
            pipeline=analysis.evidence.pipeline,
        )
        Spectrograms(session).put(
            audio_sha256,
            picture=analysis.spectrogram,
            trace=analysis.trace,
            pipeline=analysis.evidence.pipeline,
        )
        if EvidenceStore(session).put(analysis.evidence, utc_now()) and analysis.shadow is not None:
            ModelScores(session).put(analysis.evidence, analysis.shadow, utc_now())

    context.database.attempt(keep)
    STAGE_SECONDS.labels("decode").observe(analysis.evidence.elapsed_s.decode)
    STAGE_SECONDS.labels("whole").observe(analysis.evidence.elapsed_s.total)
    return analysis.evidence, analysis.codes


def matches_of(context: Context, audio_sha256: str, codes: "FingerprintCodes") -> dict[tuple[str, str], RecordingMatch]:
    """Matches with everything delivered before, by query and reference.

    A pair is compared in one direction, from the greater SHA-256 to the smaller, whichever of the two is analysed
    later: what is found then does not depend on the order of analysis.
    """
    from classifiers.duplicates.match import compare

    with context.database.read() as session:
        store = Fingerprints(session, context.fingerprint_index)
        others = {
            candidate.audio_sha256: store.load(candidate.audio_sha256)
            for candidate in store.candidates(codes, but=audio_sha256)
        }
    found: dict[tuple[str, str], RecordingMatch] = {}
    for other_sha256, other in others.items():
        if other is None:
            continue
        if audio_sha256 > other_sha256:
            pair, match = (audio_sha256, other_sha256), compare(codes, other)
        else:
            pair, match = (other_sha256, audio_sha256), compare(other, codes)
        if match is not None:
            found[pair] = match
    return found


def _end(
    session: Session,
    job: ClaimedJob,
    audio_sha256: str,
    evidence: Evidence,
    matches: dict[tuple[str, str], RecordingMatch],
    now: datetime,
) -> None:
    """Write the matches and ask for the verdicts of the track and of all that carry its recording.

    What the track counts for with others is told by its verdict, as soon as that finds it changed.
    """
    track = Tracks(session).find(job.subject_id, lock=True)
    assert track is not None
    groups = Matches(session)
    for (query, reference), match in sorted(matches.items()):
        groups.record(query, reference, match, now)
    if track.audio_sha256 == audio_sha256 and track.state in UNDECIDED:
        said = {"pipeline": evidence.pipeline, "audio_sha256": audio_sha256, "ai": evidence.ai.verdict.value}
        Events(session).append(track.id, EventKind.ANALYSED, now, said)
    affected = {*groups.track_ids(audio_sha256)} - {track.id}
    Jobs(session).enqueue(JobKind.DECIDE, track.id, lane=Lane(track.lane), now=now)
    Jobs(session).enqueue_many(
        JobKind.DECIDE, affected, lane=Lane(track.lane), run_after=now + pause_for(len(affected)), now=now
    )
    Jobs(session).finish(job.id, job.token, now)


def _end_unreadable(context: Context, job: ClaimedJob, audio_sha256: str, error: "UnreadableAudio") -> None:
    """Say so of the track, unless its sender withdrew it or sent other audio meanwhile."""

    def end(session: Session) -> None:
        now = utc_now()
        track = Tracks(session).find(job.subject_id, lock=True)
        assert track is not None
        if track.state is not TrackState.WITHDRAWN and track.audio_sha256 == audio_sha256:
            Tracks(session).move(
                track,
                TrackState.UNREADABLE,
                now,
                problem=ProblemType.UNREADABLE_AUDIO.value,
                detail=str(error),
                data={"reason": error.reason.value},
            )
            Cases(session).reconcile(track, [], content=str(track.revision), now=now)
        Jobs(session).finish(job.id, job.token, now)

    context.database.attempt(end)
