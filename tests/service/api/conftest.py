"""A running application on a real database and a real folder, and a caller with a key."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.api.backend import Backend
from service.app import create_app
from service.auth.scopes import Scope
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.database import Database
from tests.service.api.caller import Caller, new_tenant


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Limits small enough to be reached by a test."""
    return Settings(
        data_dir=tmp_path / "data",
        max_audio_bytes=3_000_000,
        max_artwork_bytes=20_000,
        max_metadata_bytes=200_000,
    )


@pytest.fixture
def backend(database: Database, settings: Settings) -> Backend:
    return Backend(settings, database, BlobStorage.open(settings.storage))


@pytest.fixture
def client(backend: Backend) -> Iterator[TestClient]:
    """Errors of the application come back as answers, as they would from a server."""
    with TestClient(create_app(backend=backend), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def caller(client: TestClient, backend: Backend) -> Caller:
    """A tenant's key with every scope but admin."""
    tenant_id = new_tenant(backend, "Northern Lights")
    return Caller.with_key(client, backend, tenant_id, [scope for scope in Scope if scope is not Scope.ADMIN])


@pytest.fixture
def stranger(client: TestClient, backend: Backend) -> Caller:
    """Another tenant's key with the same scopes."""
    tenant_id = new_tenant(backend, "Somebody Else")
    return Caller.with_key(client, backend, tenant_id, [scope for scope in Scope if scope is not Scope.ADMIN])
