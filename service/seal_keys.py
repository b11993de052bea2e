"""Keys of :mod:`service.sealing` as the settings write them. Pure."""

import base64
import binascii


def check_keys(text: str) -> list[str]:
    """Keys by commas. Raises ``ValueError`` where one is no 32 bytes in URL-safe base 64, or there is none."""
    keys = [piece.strip() for piece in text.split(",") if piece.strip()]
    for number, key in enumerate(keys, start=1):
        try:
            length = len(base64.b64decode(key, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            length = 0
        if length != 32:
            raise ValueError(f"key {number} is not 32 bytes in URL-safe base 64")
    if not keys:
        raise ValueError("there is no key in it")
    return keys
