"""The rules that a deployment is run by: the packs of the settings, or the version that was put in force since."""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from service.rules import DEFAULT_PACKS, PACKS, LoadedPack, PackRefused, RuleSet, load_pack
from service.rules.standing import Standing, stand
from service.settings import Settings
from service.store.brakes import Brakes
from service.store.database import Database
from service.store.policies import Policies, Stamp, packs_of, statuses_of

log = structlog.get_logger(__name__)


def rules_in_force(settings: Settings) -> RuleSet:
    """The packs that the settings name, or those that come with Earmark: what is in force until a version is activated.

    :raises PackRefused: where a pack is not sound, with everything that is wrong with it
    :raises OSError: where a pack cannot be read
    """
    return RuleSet(_read_pack(path) for path in named_packs(settings))


def named_packs(settings: Settings) -> list[Path]:
    """The files of those packs."""
    named = [Path(name) for name in settings.policy_packs.split(os.pathsep) if name]
    return named or [PACKS / name for name in DEFAULT_PACKS]


@dataclass(frozen=True, slots=True)
class Policy:
    """What is in force at one moment."""

    version: int | None
    """Number of the version; nothing where the packs of the settings are in force."""
    packs: tuple[LoadedPack, ...]
    """As they were written."""
    standing: Standing
    """What is laid over them."""

    def rule_set(self) -> RuleSet:
        """The rules as they act."""
        return RuleSet(stand(self.packs, self.standing))


def policy_in_force(session: Session, settings: Settings) -> Policy:
    """The newest version with its promotions, or the packs of the settings; and the brakes that hold.

    Raises as :func:`rules_in_force` does.
    """
    version = Policies(session).in_force()
    lowered = {(brake.rule, brake.version): brake.lowered_to for brake in Brakes(session).engaged()}
    if version is None:
        packs = tuple(_read_pack(path) for path in named_packs(settings))
        return Policy(None, packs, Standing(lowered=lowered))
    packs = tuple(_checked(pack.text, pack.source) for pack in packs_of(version))
    return Policy(version.seq, packs, Standing(statuses_of(version), lowered))


def _read_pack(path: Path) -> LoadedPack:
    try:
        return _checked(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError:
        return load_pack(path)  # refuses it, and says where


@lru_cache(maxsize=32)
def _checked(text: str, source: str) -> LoadedPack:
    """Checking and compiling a pack takes most of a second; the same text is the same pack, and nothing changes one."""
    return load_pack(text, source)


class RulesInForce:
    """The rules as they act, read again whenever the policy or a brake has changed.

    A policy that this release of Earmark cannot read leaves the rules as they were, with an error in the log; a process
    that has none yet raises.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stamp: Stamp | None = None
        self._rules: RuleSet | None = None

    def now(self, database: Database) -> RuleSet:
        """Costs two small queries where nothing has changed."""
        with database.read() as session:
            stamp = Policies(session).stamp()
            if self._rules is None or stamp != self._stamp:
                self._read(session)
                self._stamp = stamp
        assert self._rules is not None
        return self._rules

    def _read(self, session: Session) -> None:
        try:
            rules = policy_in_force(session, self._settings).rule_set()
        except (PackRefused, OSError) as error:
            if self._rules is None:
                raise
            log.error("the policy in force cannot be read; the rules stay as they were", error=str(error))
            return
        if self._rules is not None and rules.hash != self._rules.hash:
            log.info("rules changed", rule_set=rules.hash)
        self._rules = rules
