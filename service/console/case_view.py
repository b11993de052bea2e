"""What a reviewer sees of one track in a case, gathered from the records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from schemas.catalogue import TrackMetadata
from schemas.disclosure import AUDIBLE_FACETS
from schemas.evidence import Evidence, RecordingMatch
from schemas.in_time import Stretch, course, runs
from schemas.spectral_trace import SpectralTrace
from schemas.verdict import RuleTrace
from service.console.comparison import Comparison, comparison
from service.console.spectrum import Spectrum, spectrum
from service.store.labels import Labels, LabelView
from service.store.matches import Matches
from service.store.spectrograms import Spectrograms
from service.store.tables.track_revisions import TrackRevision
from service.store.tables.tracks import Track
from service.store.tables.waveforms import Waveform
from service.store.tracks import Tracks
from service.store.waveforms import Waveforms

SHOWN_TWINS = 20
"""Other deliveries that are shown beside a track: a ring of thousands is judged on these and on its reason."""

COUNTED_ELSEWHERE = 100
"""Deliveries through other tenants are counted up to here."""


@dataclass(frozen=True)
class Twin:
    """Another delivery of the same recording."""

    track: Track
    match: RecordingMatch | None
    same_file: bool

    @property
    def relation(self) -> str:
        if self.match is not None:
            return self.match.relation.value.replace("_", " ")
        return "the same file" if self.same_file else "by way of others"


@dataclass(frozen=True)
class TrackView:
    """One track with everything that speaks for or against it.

    ``driving`` are the runs of time over which the likelihood is at least 0.5.
    """

    track: Track
    artists: str
    file_name: str | None
    labels: LabelView
    evidence: Evidence | None
    fired: list[RuleTrace]
    not_evaluable: int
    twins: list[Twin]
    pair: Comparison | None
    elsewhere: int
    player: dict[str, Any]
    driving: list[Stretch]
    spectrum: Spectrum | None
    audible: tuple[Any, ...] = AUDIBLE_FACETS


def track_views(session: Session, tenant_id: str, tracks: Sequence[Track]) -> list[TrackView]:
    """Everything about tracks of one tenant as they stand, in as many queries as for one."""
    labels, revisions = Labels(session).views(tracks), Tracks(session).current(tracks)
    audio = {track.audio_sha256 for track in tracks}
    waveforms, traces = Waveforms(session).several(audio), Spectrograms(session).traces(audio)
    twins, elsewhere = _twins(session, tenant_id, tracks)
    return [
        _view(
            view,
            revisions[view.track.id],
            waveforms.get(view.track.audio_sha256),
            view.track.audio_sha256 in traces,
            traces.get(view.track.audio_sha256),
            twins[view.track.id],
            elsewhere[view.track.id],
        )
        for view in labels
    ]


def _view(
    labels: LabelView,
    revision: TrackRevision,
    waveform: Waveform | None,
    drawn: bool,
    trace: SpectralTrace | None,
    twins: list[Twin],
    elsewhere: int,
) -> TrackView:
    track, judgement, evidence = labels.track, labels.judgement, labels.evidence
    metadata = TrackMetadata.model_validate(revision.details)
    return TrackView(
        track=track,
        artists=", ".join(artist.name for artist in metadata.artists),
        file_name=revision.audio_file_name,
        labels=labels,
        evidence=evidence,
        fired=judgement.fired if judgement else [],
        not_evaluable=len(judgement.not_evaluable) if judgement else 0,
        twins=twins,
        pair=_pair(track, twins, evidence.duration_s if evidence else 0.0),
        elsewhere=elsewhere,
        driving=runs(evidence.ai.segments) if evidence else [],
        spectrum=spectrum(evidence, trace) if evidence and drawn else None,
        player={
            "duration": evidence.duration_s if evidence else waveform.duration_s if waveform else 0,
            "peaks": list(waveform.peaks) if waveform else [],
            "segments": [[piece.start_s, piece.end_s, piece.probability] for piece in course(evidence.ai.segments)]
            if evidence
            else [],
        },
    )


def _twins(session: Session, tenant_id: str, tracks: Sequence[Track]) -> tuple[dict[str, list[Twin]], dict[str, int]]:
    """Of each track the tenant's other deliveries of its recording, the first ``SHOWN_TWINS`` in order of acceptance,
    and how many came through other tenants."""
    matches = Matches(session)
    keys = matches.group_keys({track.audio_sha256 for track in tracks})
    groups = set(keys.values())
    firsts = matches.first_of_groups(groups, tenant_id=tenant_id, limit=SHOWN_TWINS + 1)
    others = {
        track.id: [other for other in firsts[keys[track.audio_sha256]] if other.id != track.id][:SHOWN_TWINS]
        for track in tracks
    }
    edges = matches.edges_among(keys.keys(), {other.audio_sha256 for some in others.values() for other in some})
    twins = {
        track.id: [
            Twin(other, edges.get((track.audio_sha256, other.audio_sha256)), same(other, track))
            for other in others[track.id]
        ]
        for track in tracks
    }
    elsewhere = matches.elsewhere(groups, but=tenant_id, most=COUNTED_ELSEWHERE)
    return twins, {track.id: elsewhere[keys[track.audio_sha256]] for track in tracks}


def _pair(track: Track, twins: list[Twin], duration_s: float) -> Comparison | None:
    """The track beside the first delivery that it can be laid over, or beside the first of all."""
    one = next((twin for twin in twins if twin.match or twin.same_file), twins[0] if twins else None)
    return comparison(track, one.track, one.match, duration_s) if one else None


def same(one: Track, other: Track) -> bool:
    """Whether two tracks hold the same file."""
    return one.audio_sha256 == other.audio_sha256
