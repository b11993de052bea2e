"""Keys of the Standard Webhooks rules, as an operator may write them."""

import base64
import binascii

PREFIX = "whsec_"
LEAST_BYTES = 24


def check_secret(secret: str) -> None:
    """Raises ``ValueError`` where this is no key: ``whsec_`` and at least 24 random bytes in base64."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or len(key) < LEAST_BYTES:
        raise ValueError(f"a key is {PREFIX} and the base64 of at least {LEAST_BYTES} random bytes")
