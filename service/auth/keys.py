"""API keys: how they are made, written, stored and compared.

A key reads ``em_<12 letters>_<43 letters>``: a public prefix by which the row is found and logged, and 256 random bits.
Only the SHA-256 of the whole key is stored. A slow password hash would protect nothing here, since 256 random bits
cannot be guessed, and would let anybody exhaust the service by sending wrong keys.
"""

import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

_KEY = re.compile(r"(em_[a-z0-9]{12})_[A-Za-z0-9_-]{43}")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_NOBODY = hashlib.sha256(secrets.token_bytes(32)).hexdigest()


class NewKey(NamedTuple):
    """A fresh key. ``key`` is shown once and stored nowhere; ``prefix`` and ``sha256`` go into the database."""

    key: str
    prefix: str
    sha256: str


def new_key() -> NewKey:
    """Make a key from 256 bits of the system's randomness."""
    prefix = "em_" + "".join(secrets.choice(_ALPHABET) for _ in range(12))
    key = f"{prefix}_{secrets.token_urlsafe(32)}"
    return NewKey(key, prefix, key_sha256(key))


def key_sha256(key: str) -> str:
    """The stored form of a key: SHA-256, lower-case hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def prefix_of(key: str) -> str | None:
    """The public prefix of a well-formed key, or ``None``."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None


def matches(key: str, stored_sha256: str | None) -> bool:
    """Whether the key is the stored one, in the same time whether or not there is a stored one."""
    same = hmac.compare_digest(key_sha256(key), stored_sha256 or _NOBODY)
    return same and stored_sha256 is not None
