"""What a pool process sets up once: connections, the decoder's child process, the rules."""

import os
import socket
from functools import cached_property
from typing import TYPE_CHECKING

from service.policy import RulesInForce
from service.register import read_register
from service.routing import Routing
from service.rules import RuleSet
from service.settings import Settings
from service.store.behaviours import Known
from service.store.blobs import BlobStorage
from service.store.database import Database

if TYPE_CHECKING:
    from classifiers.ai.model import Model
    from classifiers.ai.network_score import Network
    from classifiers.audio.decode import Decoder
    from service.sealing import Seal
    from service.store.segments import SegmentIndex


class Context:
    """Everything a job needs, opened on first use and kept as long as the process lives."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._rules = RulesInForce(settings)
        self.worker = f"worker@{socket.gethostname()}:{os.getpid()}"

    @cached_property
    def database(self) -> Database:
        return Database.open(self.settings.database, pool_size=4)

    @cached_property
    def blobs(self) -> BlobStorage:
        settings = self.settings
        return BlobStorage.open(settings.storage, staging=settings.staging_dir, options=settings.storage_options)

    @cached_property
    def decoder(self) -> "Decoder":
        from classifiers.audio.decode import Decoder

        return Decoder()

    @cached_property
    def fingerprint_index(self) -> "SegmentIndex | None":
        """Mapped files where fingerprints are looked up; None: the database itself."""
        from service.store.fingerprints import open_index

        with self.database.read() as session:
            return open_index(self.settings.fingerprint_index, self.settings.fingerprint_index_dir, session)

    @cached_property
    def model(self) -> "Model":
        """The model that judges, from now until the process ends."""
        from service.models import live_model

        return live_model(self.settings)

    @cached_property
    def shadow_model(self) -> "Model | None":
        """The model that is asked beside it and never acts."""
        from service.models import shadow_model

        return shadow_model(self.settings)

    @cached_property
    def residual_network(self) -> "Network | None":
        """The network that scores tracks beside them and never acts."""
        from service.models import residual_network

        return residual_network(self.settings)

    @cached_property
    def trust_anchors(self) -> str:
        """Root certificates under which a C2PA manifest is trusted."""
        path = self.settings.c2pa_trust_anchors
        return path.read_text("utf-8") if path else ""

    @cached_property
    def seal(self) -> "Seal":
        """Opens secrets that are stored."""
        from service.sealing import seal_of

        return seal_of(self.settings)

    @cached_property
    def known(self) -> Known:
        """What is known beside the database: the operator's register, and the classifiers of names and titles."""
        from service.wording import protect_names, read_text

        register = read_register(self.settings.register_file)
        return Known(register.registry, register.senders, protect_names(register.registry), read_text)

    @cached_property
    def routing(self) -> Routing:
        """Which queue a case goes to."""
        return Routing.load(self.settings.routes)

    @property
    def rules(self) -> RuleSet:
        """The rules in force now. Ask once for each verdict: they may change from one moment to the next."""
        return self._rules.now(self.database)

    def close(self) -> None:
        """End the decoder's child and close the connections."""
        if "decoder" in self.__dict__:
            self.decoder.close()
        if (index := self.__dict__.get("fingerprint_index")) is not None:
            index.close()
        if "database" in self.__dict__:
            self.database.dispose()


_context: Context | None = None


def context() -> Context:
    """The context of this process."""
    global _context
    if _context is None:
        _context = Context(Settings())
    return _context


def close() -> None:
    """Close the context of this process, if there is one."""
    global _context
    if _context is not None:
        _context.close()
        _context = None
