"""What a reviewer sees of one track in a case, gathered from the records."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from schemas.disclosure import AUDIBLE_FACETS
from schemas.evidence import Evidence
from schemas.in_time import Stretch, course, runs
from schemas.verdict import RuleTrace
from service.console.spectrum import Spectrum, spectrum
from service.store.labels import Labels, LabelView
from service.store.matches import Matches
from service.store.spectrograms import Spectrograms
from service.store.tables.tracks import Track
from service.store.tracks import Tracks
from service.store.waveforms import Waveforms

SHOWN_TWINS = 20
"""Other deliveries that are shown beside a track: a ring of thousands is judged on these and on its reason."""


@dataclass(frozen=True)
class Twin:
    """Another delivery of the same recording."""

    track: Track
    relation: str
    speed_ratio: float
    pitch_semitones: float
    overlap_s: float
    offset_s: float


@dataclass(frozen=True)
class TrackView:
    """One track with everything that speaks for or against it.

    ``driving`` are the runs of time over which the likelihood is at least 0.5.
    """

    track: Track
    artists: str
    labels: LabelView
    evidence: Evidence | None
    fired: list[RuleTrace]
    not_evaluable: int
    twins: list[Twin]
    player: dict[str, Any]
    driving: list[Stretch]
    spectrum: Spectrum | None
    audible: tuple[Any, ...] = AUDIBLE_FACETS


def track_view(session: Session, track: Track) -> TrackView:
    """Everything about a track, as it stands."""
    labels = Labels(session).view(track)
    metadata = Tracks(session).metadata(track.id)
    judgement = labels.judgement
    waveform = Waveforms(session).get(track.audio_sha256)
    evidence = labels.evidence
    drawn, trace = Spectrograms(session).trace(track.audio_sha256)
    return TrackView(
        track=track,
        artists=", ".join(artist.name for artist in metadata.artists),
        labels=labels,
        evidence=evidence,
        fired=judgement.fired if judgement else [],
        not_evaluable=len(judgement.not_evaluable) if judgement else 0,
        twins=_twins(session, track),
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


def _twins(session: Session, track: Track) -> list[Twin]:
    """The tenant's other deliveries of the recording, the first ``SHOWN_TWINS`` in order of acceptance."""
    edges = Matches(session).edges(track.audio_sha256)
    twins = []
    for other in Matches(session).tracks(track.audio_sha256, tenant_id=track.tenant_id, limit=SHOWN_TWINS + 1):
        if other.id == track.id:
            continue
        match = edges.get(other.audio_sha256)
        first = match.segments[0] if match and match.segments else None
        twins.append(
            Twin(
                track=other,
                relation=match.relation.value if match else "identical" if same(other, track) else "by way of others",
                speed_ratio=match.speed_ratio if match else 1.0,
                pitch_semitones=match.pitch_semitones if match else 0.0,
                overlap_s=match.overlap_s if match else 0.0,
                offset_s=first.query_start_s if first else 0.0,
            )
        )
    return twins[:SHOWN_TWINS]


def same(one: Track, other: Track) -> bool:
    """Whether two tracks hold the same file."""
    return one.audio_sha256 == other.audio_sha256
