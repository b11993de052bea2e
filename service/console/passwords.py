"""Passwords: hashed with Argon2id, and not to be guessed one after the other."""

import threading
import time

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """An Argon2id hash with its parameters. Raises ``ValueError`` for a password that is too short."""
    if len(password) < SHORTEST:
        raise ValueError(f"a password has at least {SHORTEST} characters")
    return _hasher.hash(password)


def right(password: str, stored: str | None) -> bool:
    """Whether a password is right. Takes as long where nobody has that name, so that time tells no names."""
    try:
        return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


class Guesses:
    """How often a name may be tried from one address: ``at_most`` failures within ``within_s`` seconds, counted in this
    process. Somebody who guesses shuts nobody else out: from other addresses the name is only answered more slowly.
    """

    def __init__(self, at_most: int = 5, within_s: float = 60.0) -> None:
        self._at_most, self._within_s = at_most, within_s
        self._failed: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def allowed(self, name: str, address: str) -> bool:
        with self._lock:
            return len(self._recent(f"{address} {name}")) < self._at_most

    def delay_s(self, name: str) -> float:
        """How long the next answer to this name waits, whoever asks: a tenth of a second for each failure beyond the
        usual, a second at most."""
        with self._lock:
            return min(1.0, 0.1 * max(0, len(self._recent(name)) - self._at_most))

    def failed(self, name: str, address: str) -> None:
        with self._lock:
            if len(self._failed) > 10_000:
                self._failed.clear()
            for key in (name, f"{address} {name}"):
                self._failed[key] = [*self._recent(key)[-100:], time.monotonic()]

    def _recent(self, name: str) -> list[float]:
        since = time.monotonic() - self._within_s
        return [moment for moment in self._failed.get(name, []) if moment > since]
