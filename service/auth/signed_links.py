"""Links that open one thing for whoever holds them, until they expire, without an account. Pure.

A token reads ``<payload>.<signature>``, both base64url: what the link is for, what it opens and when it ends, under
HMAC-SHA-256. A link for one purpose opens nothing of another. Who is sent a link can pass it on, so a link opens as
little as its purpose needs.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

LONGEST = 600
"""Most characters of a token that are looked at."""

_SIGNED_BYTES = 32


class LinkPurpose(StrEnum):
    """What a link is for."""

    APPEAL = "appeal"
    SIGN_IN = "sign_in"
    DECLARATION = "declaration"
    REPORT = "report"


class Link(NamedTuple):
    """What a token opens."""

    subject: str
    expires_at: datetime


class LinkRefused(Exception):
    """The token opens nothing. ``expired`` tells a link that was good once from one that never was."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("this link has expired" if expired else "this link is not one of ours")
        self.expired = expired


class SignedLinks:
    """Makes and reads tokens under one key of at least 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < _SIGNED_BYTES:
            raise ValueError("a key for links has at least 32 bytes")
        self._key = key

    def token(self, purpose: LinkPurpose, subject: str, expires_at: datetime) -> str:
        """A token for ``subject``, such as ``ten_.../trk_...``; it ends with the second of ``expires_at``."""
        payload = f"{purpose.value}\n{subject}\n{int(expires_at.timestamp())}".encode()
        return f"{_written(payload)}.{_written(self._signature(payload))}"

    def read(self, purpose: LinkPurpose, token: str, now: datetime) -> Link:
        """What a token opens. Raises :class:`LinkRefused`."""
        written, _, signature = token.partition(".")
        try:
            payload, signed = _read(written), _read(signature)
        except (binascii.Error, ValueError):
            raise LinkRefused(expired=False) from None
        genuine = len(token) <= LONGEST and hmac.compare_digest(self._signature(payload), signed)
        said, _, rest = payload.decode(errors="replace").partition("\n")
        if not genuine or said != purpose.value:
            raise LinkRefused(expired=False)
        subject, _, ends = rest.rpartition("\n")
        expires_at = datetime.fromtimestamp(int(ends), UTC)
        if expires_at <= now:
            raise LinkRefused(expired=True)
        return Link(subject, expires_at)

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, hashlib.sha256)


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _read(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _written(data) != text:
        raise ValueError("not the one way to write these bytes")
    return data
