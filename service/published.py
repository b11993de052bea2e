"""What may be told of a track to the outside, gathered from the store: the one place where that line is drawn."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from schemas.catalogue import TrackMetadata
from schemas.disclosure import admits_audible_ai
from schemas.exports.credits import (
    CreditsCard,
    confirmed_sentences,
    declared_lines,
    detected_sentences,
    undeclared_facets,
)
from schemas.exports.formats import Publishable
from schemas.exports.published import CONFIRMS_AI, published_declaration, published_detections
from schemas.review import TrackState
from schemas.verdict import Action
from service.store.appeals import Appeals
from service.store.decisions import Decisions
from service.store.declaration_requests import DeclarationRequests
from service.store.labels import Labels, LabelView
from service.store.tables.tracks import Track
from service.store.tenants import Tenants
from service.store.tracks import Tracks

_WITHHELD = (Action.HOLD, Action.BLOCK)


def publishable(session: Session, track: Track, now: datetime) -> Publishable:
    """The published declaration of a track, the labels confirmed by a person, and the card made of both.

    The card alone tells of detections, where its tenant publishes them and nobody replied; they change no declaration.
    """
    view = Labels(session).view(track)
    metadata = Tracks(session).metadata(track.id)
    return Publishable(
        track_id=track.id,
        declaration=published_declaration(view.declared, view.confirmed),
        confirmed=view.confirmed,
        card=CreditsCard(
            track_id=track.id,
            title=metadata.title,
            version=metadata.version,
            artists=[artist.name for artist in metadata.main_artists()],
            isrc=track.isrc,
            declared=declared_lines(view.declared),
            undeclared=undeclared_facets(view.declared),
            confirmed=confirmed_sentences(view.confirmed),
            detected=detected_sentences(_detections(session, view, now)),
        ),
    )


def told_labels(session: Session, track: Track) -> list[str]:
    """Labels that a request for a declaration announces the publication of, as things stand when it is made."""
    if track.state is not TrackState.DECIDED or not _publishes(session, track):
        return []
    view = Labels(session).view(track)
    if admits_audible_ai(view.declared) or Decisions(session).by_people(track.id):
        return []
    return sorted(CONFIRMS_AI.intersection(view.labels))


def _publishes(session: Session, track: Track) -> bool:
    tenant = Tenants(session).get(track.tenant_id)
    return tenant is not None and tenant.publishes_detections


def _detections(session: Session, view: LabelView, now: datetime) -> list[str]:
    track = view.track
    if not _publishes(session, track) or not is_public(session, track, now.date()):
        return []
    return published_detections(
        DeclarationRequests(session).asked_about(track),
        view.labels,
        allowed=True,
        admitted=admits_audible_ai(view.declared),
        appealed=Appeals(session).is_open(track.id),
        reviewed=Decisions(session).by_people(track.id),
        now=now,
    )


def is_public(session: Session, track: Track, today: date) -> bool:
    """Whether listeners may know of the track at all: decided, neither held nor blocked, and released."""
    if track.state is not TrackState.DECIDED:
        return False
    if not _released(Tracks(session).metadata(track.id), today):
        return False
    return Labels(session).view(track).action not in _WITHHELD


def _released(metadata: TrackMetadata, today: date) -> bool:
    return metadata.release.release_date is None or metadata.release.release_date <= today
