"""What a reviewer sees of one track in a case, gathered from the records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from schemas.catalogue import TrackMetadata
from schemas.disclosure import AUDIBLE_FACETS
from schemas.evidence import Evidence, RecordingMatch
from schemas.in_time import Stretch, course, runs
from schemas.verdict import RuleTrace
from service.console.comparison import Comparison, comparison
from service.console.spectrum import Spectrum, spectrum
from service.store.labels import Labels, LabelView
from service.store.matches import Matches
from service.store.spectrograms import Spectrograms
from service.store.tables.tracks import Track
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


class Groups:
    """Deliveries by recording, each group read once: in a case of a cluster all tracks are of one."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        self._matches = Matches(session)
        self._tenant_id = tenant_id
        self._known: dict[str, tuple[Sequence[Track], int]] = {}

    def of(self, audio_sha256: str) -> tuple[Sequence[Track], int]:
        """The tenant's first deliveries of the recording in order of acceptance, one more than are shown, and how many
        came through other tenants."""
        key = self._matches.group_key(audio_sha256)
        if key not in self._known:
            own = self._matches.tracks(audio_sha256, tenant_id=self._tenant_id, limit=SHOWN_TWINS + 1)
            others = self._matches.elsewhere(audio_sha256, but=self._tenant_id, most=COUNTED_ELSEWHERE)
            self._known[key] = own, others
        return self._known[key]


def track_view(session: Session, track: Track, groups: Groups | None = None) -> TrackView:
    """Everything about a track, as it stands. ``groups``: those of the page, where it shows several tracks."""
    labels = Labels(session).view(track)
    revision = Tracks(session).revision(track.id)
    metadata = TrackMetadata.model_validate(revision.details)
    judgement = labels.judgement
    waveform = Waveforms(session).get(track.audio_sha256)
    evidence = labels.evidence
    deliveries, elsewhere = (groups or Groups(session, track.tenant_id)).of(track.audio_sha256)
    twins = _twins(session, track, deliveries)
    drawn, trace = Spectrograms(session).trace(track.audio_sha256)
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


def _twins(session: Session, track: Track, deliveries: Sequence[Track]) -> list[Twin]:
    """The tenant's other deliveries of the recording, the first ``SHOWN_TWINS`` in order of acceptance."""
    others = [other for other in deliveries if other.id != track.id][:SHOWN_TWINS]
    edges = Matches(session).edges(track.audio_sha256, {other.audio_sha256 for other in others}) if others else {}
    return [Twin(other, edges.get(other.audio_sha256), same(other, track)) for other in others]


def _pair(track: Track, twins: list[Twin], duration_s: float) -> Comparison | None:
    """The track beside the first delivery that it can be laid over, or beside the first of all."""
    one = next((twin for twin in twins if twin.match or twin.same_file), twins[0] if twins else None)
    return comparison(track, one.track, one.match, duration_s) if one else None


def same(one: Track, other: Track) -> bool:
    """Whether two tracks hold the same file."""
    return one.audio_sha256 == other.audio_sha256
