"""What may be told of a track to the outside, gathered from the store: the one place where that line is drawn."""

from datetime import date

from sqlalchemy.orm import Session

from schemas.catalogue import TrackMetadata
from schemas.exports.credits import CreditsCard, confirmed_sentences, declared_lines, undeclared_facets
from schemas.exports.formats import Publishable
from schemas.exports.published import published_declaration
from schemas.review import TrackState
from schemas.verdict import Action
from service.store.labels import Labels
from service.store.tables.tracks import Track
from service.store.tracks import Tracks

_WITHHELD = (Action.HOLD, Action.BLOCK)


def publishable(session: Session, track: Track) -> Publishable:
    """The published declaration of a track, the labels confirmed by a person, and the card made of both."""
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
        ),
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
