"""Passwords, hashed with Argon2id."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
_hasher = PasswordHasher()
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$m4A5nqyiTxR7YJnp7ipx6A$K8+OThsjXH6t6kRWrbaHlaRqyXT88iGu7ZZZbMAtVa4"
"""What is compared where nobody has a name: the hash of a random password, which nobody knows, with the parameters of
all others. Written down, for to make one costs a fifth of a second, and every process would pay it."""


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
