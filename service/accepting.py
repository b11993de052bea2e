"""Accepting one track, however it came: over HTTP, in a message, by a row of a manifest."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from schemas.catalogue import TrackMetadata
from service.lanes import lane_of
from service.privacy import pseudonymous
from service.quotas import tracks_a_day
from service.settings import Settings
from service.store.tables.tracks import Track
from service.store.tracks import Tracks
from service.store.usage import Usage

log = structlog.get_logger(__name__)


def accept_track(
    session: Session,
    settings: Settings,
    tenant_id: str,
    metadata: TrackMetadata,
    *,
    audio_sha256: str,
    now: datetime,
    file_name: str | None = None,
    artwork_sha256: str | None = None,
    warnings: Sequence[str] = (),
) -> Track:
    """Count it, find its lane, and accept it with what could lead to a person hashed. Its blobs must have rows.

    Raises :class:`service.store.usage.QuotaReached`, with nothing changed, where its tenant may deliver no more today.
    """
    allowed = tracks_a_day(session, settings, tenant_id)
    this_hour = Usage(session).count_track(tenant_id, now, allowed=allowed)
    track = Tracks(session).accept(
        tenant_id=tenant_id,
        metadata=pseudonymous(metadata, settings.hashing_key),
        audio_sha256=audio_sha256,
        now=now,
        lane=lane_of(
            metadata.release.release_date,
            now.date(),
            accepted_this_hour=this_hour,
            bulk_after=settings.bulk_after_per_hour,
        ),
        file_name=file_name,
        artwork_sha256=artwork_sha256,
        warnings=warnings,
    )
    log.info("track accepted", track=track.id, tenant=tenant_id, lane=track.lane)
    return track
