"""Declaring by form: the answers of an artist become a new revision of the track."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from schemas.disclosure_form import DisclosureAnswers, declaration_of
from schemas.review import TrackState
from service.describing import OURS, redescribe
from service.store.tables.track_revisions import RevisionKind
from service.store.tables.tracks import Track
from service.store.tracks import Tracks


class CannotDeclare(Exception):
    """The track takes no declaration any more; the message says why, as a sentence."""


def declare(
    session: Session, track_id: str, answers: DisclosureAnswers, hashing_key: str | None, now: datetime
) -> Track:
    """Replace the declaration of a track by what the answers say; facets without an answer become undeclared.

    Persona and voice are kept with the metadata under ``disclosure``. Raises :class:`CannotDeclare` for a track that
    is gone or was withdrawn.
    """
    tracks = Tracks(session)
    track = tracks.find(track_id, lock=True)
    if track is None or track.state is TrackState.WITHDRAWN:
        raise CannotDeclare("The track was withdrawn.")
    change: dict[str, Any] = {"declared_ai": declaration_of(answers)}
    if said := answers.model_dump(mode="json", include={"persona", "voice"}, exclude_none=True):
        change[OURS] = said
    metadata = tracks.metadata(track.id).model_copy(update=change)
    redescribe(session, track, metadata, RevisionKind.DECLARATION, hashing_key, now)
    return track
