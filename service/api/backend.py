"""What the routes work on: settings, database and blob storage of one running application."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Self

from fastapi import Depends, Request

from service.api.limits import Limits
from service.api.metrics import Metrics
from service.policy import RulesInForce
from service.rules import RuleSet
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.database import Database


@dataclass(frozen=True)
class Backend:
    """Opened when the application starts, closed when it ends; nothing of it exists at import time."""

    settings: Settings
    database: Database
    blobs: BlobStorage
    metrics: Metrics = field(default_factory=Metrics)

    @cached_property
    def limits(self) -> Limits:
        """How much a tenant may ask for."""
        return Limits(self.settings)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open what the settings name, and bring the database's schema up to date."""
        database = Database.open(settings.database)
        database.migrate()
        return cls(settings, database, _blobs(settings))

    @property
    def rules(self) -> RuleSet:
        """The rules in force: they name the clauses and labels that a decision may use."""
        return self._rules.now(self.database)

    @cached_property
    def _rules(self) -> RulesInForce:
        return RulesInForce(self.settings)

    def close(self) -> None:
        self.database.dispose()


def backend_of(request: Request) -> Backend:
    """The backend of the application that the request came to."""
    backend: Backend = request.app.state.backend
    return backend


def _blobs(settings: Settings) -> BlobStorage:
    return BlobStorage.open(settings.storage, staging=settings.staging_dir, options=settings.storage_options)


BackendDep = Annotated[Backend, Depends(backend_of)]
