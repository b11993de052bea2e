"""A worker's context on a database and a blob storage of the test's own, and tracks delivered into them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.catalogue import TrackMetadata
from service.settings import Settings
from service.store.blob_rows import Blobs
from service.store.clock import utc_now
from service.store.tenants import Tenants
from service.store.tracks import Tracks
from workers.lifecycle import Context

Deliver = Callable[..., str]


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[Context]:
    opened = Context(Settings(data_dir=tmp_path, database_url=database_url, lease_s=60, _env_file=None))
    yield opened
    opened.close()


@pytest.fixture
def sqlite_context(sqlite_url: str, tmp_path: Path) -> Iterator[Context]:
    opened = Context(Settings(data_dir=tmp_path, database_url=sqlite_url, lease_s=60, _env_file=None))
    yield opened
    opened.close()


def deliver_to(context: Context, audio: Path, *, title: str = "Title", artist: str = "Artist", **said: object) -> str:
    """Accept a track as the API does; its id."""
    with context.blobs.stage() as staged:
        staged.write(audio.read_bytes())
        sha256, size = staged.commit()
    metadata = TrackMetadata.model_validate({"title": title, "artists": [{"name": artist}], **said})
    with context.database.write() as session:
        tenant = Tenants(session).ensure("label", utc_now())
        Blobs(session).record(sha256, size, utc_now())
        track = Tracks(session).accept(tenant_id=tenant.id, metadata=metadata, audio_sha256=sha256, now=utc_now())
        return track.id
