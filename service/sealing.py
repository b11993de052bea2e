"""Secrets that the service must have whole are sealed before they are stored: keys of webhooks and of one-time codes.

Fernet (AES-128-CBC under HMAC-SHA-256, https://github.com/fernet/spec) under the operator's keys, the newest first.
Rotation: put a new key in front and restart; what older keys sealed is read, and sealed anew by the API as it starts;
then the older keys can go. Without keys in the settings the embedded default makes one in its data folder, readable by
its owner alone. A deployment on servers of its own that sets none stores its secrets in the clear, and says so in its
log.
"""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from service.seal_keys import check_keys
from service.settings import Settings

PREFIX = "sealed:"
KEY_FILE = "secrets.key"

log = structlog.get_logger(__name__)


class CannotOpen(Exception):
    """A secret was sealed under a key that this deployment does not have."""


class Seal:
    """Seals and opens texts. Without keys it leaves them as they are."""

    def __init__(self, keys: Iterable[str]) -> None:
        fernets = [Fernet(key) for key in keys]
        self._newest = fernets[0] if fernets else None
        self._all = MultiFernet(fernets) if fernets else None

    def close(self, text: str) -> str:
        """The text as it is stored."""
        return PREFIX + self._newest.encrypt(text.encode()).decode() if self._newest else text

    def open(self, stored: str) -> str:
        """The text that was stored; what was stored in the clear comes as it is. Raises :class:`CannotOpen`."""
        if not stored.startswith(PREFIX):
            return stored
        try:
            if self._all is not None:
                return self._all.decrypt(stored.removeprefix(PREFIX)).decode()
        except InvalidToken:
            pass
        raise CannotOpen("it was sealed under a key that is not among EARMARK_SECRETS_KEYS")

    def renewed(self, stored: str) -> str | None:
        """The same sealed under the newest key; ``None`` where it is already, or there is no key."""
        if self._newest is None:
            return None
        if stored.startswith(PREFIX):
            try:
                self._newest.decrypt(stored.removeprefix(PREFIX))
            except InvalidToken:
                return self.close(self.open(stored))
            return None
        return self.close(stored)


def seal_of(settings: Settings) -> Seal:
    """The seal of a deployment; makes the embedded default's key where there is none yet."""
    if settings.secrets_keys is not None:
        return Seal(check_keys(settings.secrets_keys.get_secret_value()))
    if settings.database_url:
        log.warning("secrets are stored in the clear: set EARMARK_SECRETS_KEYS")
        return Seal([])
    return Seal([_own_key(settings.data_dir / KEY_FILE)])


def _own_key(path: Path) -> str:
    """The key in a file, made where there is none: of processes that start at once the first one's counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return path.read_text().strip()
