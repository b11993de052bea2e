"""One-time codes by RFC 6238, and recovery codes that stand in for them once. Pure but for the system's randomness."""

import hashlib
import io
import secrets
from datetime import datetime

import pyotp
import segno

STEP_S = 30
ISSUER = "Earmark"
RECOVERY_CODES = 10

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and digits that are read for one another."""


def new_secret() -> str:
    """A key of 160 bits, base 32, as authenticator applications take it."""
    return pyotp.random_base32()


def otpauth_address(secret: str, name: str) -> str:
    """The key as an address that authenticator applications read."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def qr_svg(text: str) -> str:
    """The text as a QR code, an SVG element without style."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, scale=5, dark="#000", light="#fff", omitsize=False
    )
    return out.getvalue().decode()


def step_of(secret: str, code: str, now: datetime, *, after: int | None) -> int | None:
    """The time step that a code belongs to; nothing where it is wrong or not newer than the step ``after``.

    Codes of the step before and after are taken, for clocks that differ by half a minute. Whoever takes a code keeps
    its step, and gives it as ``after`` the next time: a code that was read over somebody's shoulder opens nothing.
    """
    digits = code.replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return None
    present, made = int(now.timestamp()) // STEP_S, pyotp.TOTP(secret)
    matching = [
        step for step in (present - 1, present, present + 1) if secrets.compare_digest(made.at(step * STEP_S), digits)
    ]
    return next((step for step in matching if after is None or step > after), None)


def new_recovery_codes() -> list[str]:
    """Ten codes such as ``k3wq-9xme-tz4a``, of 59 random bits each. Only their hashes are kept."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3)) for _ in range(RECOVERY_CODES)
    ]


def recovery_sha256(code: str) -> str:
    """The stored form of a recovery code, whatever its case and gaps."""
    return hashlib.sha256("".join(filter(str.isalnum, code.lower())).encode()).hexdigest()
