"""An integrator, signed in, over the ``settings`` of the test that asks."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.app import create_app
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.database import Database
from tests.service.console.signing import person, sign_in


@pytest.fixture
def backend(settings: Settings) -> Iterator[Backend]:
    database = Database.open(settings.database)
    yield Backend(settings, database, BlobStorage.open(settings.storage))
    database.dispose()


@pytest.fixture
def client(backend: Backend) -> Iterator[TestClient]:
    with TestClient(create_app(backend=backend), raise_server_exceptions=False) as opened:
        person(backend, "ida", ReviewerRole.INTEGRATOR)
        sign_in(opened, "ida")
        yield opened
