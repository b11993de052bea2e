"""What the routes work on: settings, database and blob storage of one running application."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Self

from fastapi import Depends, Request

from service.api.limits import Limits
from service.api.metrics import Metrics
from service.api.parsing_room import ParsingRoom
from service.auth.oidc import Provider
from service.auth.signed_links import SignedLinks
from service.message_templates import MessageTemplates
from service.policy import RulesInForce
from service.rules import RuleSet
from service.sealing import Seal, seal_of
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.clock import utc_now
from service.store.database import Database
from service.store.sealed_rows import renew_secrets
from service.store.secret_keys import LINKS, SecretKeys

ANSWER_S = 15.0
"""Longest that the database may work on one statement of a request."""


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

    @cached_property
    def parsing(self) -> ParsingRoom:
        """Room for the messages that are read at once."""
        return ParsingRoom(self.settings.max_parsed_bytes)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open what the settings name, and bring the database's schema up to date."""
        MessageTemplates.load(settings.message_templates)
        database = Database.open(settings.database, statement_s=ANSWER_S)
        database.migrate()
        backend = cls(settings, database, _blobs(settings))
        database.attempt(lambda session: renew_secrets(session, backend.seal.renewed))
        return backend

    @property
    def rules(self) -> RuleSet:
        """The rules in force: they name the clauses and labels that a decision may use."""
        return self._rules.now(self.database)

    @cached_property
    def seal(self) -> Seal:
        """Seals secrets that are stored, and opens them."""
        return seal_of(self.settings)

    @cached_property
    def links(self) -> SignedLinks:
        """Signs links for people without an account, and what a browser keeps for us."""
        return SignedLinks(self.database.attempt(lambda session: SecretKeys(session).ensure(LINKS, utc_now())))

    @cached_property
    def messages(self) -> MessageTemplates:
        """Messages to uploaders. Raises :class:`service.yaml_rows.RowsRefused`."""
        return MessageTemplates.load(self.settings.message_templates)

    @cached_property
    def identity_provider(self) -> Provider | None:
        """Where people may sign in; nothing where none is set."""
        settings = self.settings
        if not settings.oidc_issuer:
            return None
        secret = settings.oidc_client_secret
        return Provider(settings.oidc_issuer, settings.oidc_client_id, secret.get_secret_value() if secret else None)

    def public_address(self, request: Request) -> str:
        """Address that people reach this service by, without a slash at its end."""
        return (self.settings.public_url or str(request.base_url)).rstrip("/")

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
