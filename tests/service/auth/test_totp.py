"""One-time codes are those of RFC 6238, and none is taken twice."""

import base64
from datetime import UTC, datetime

import pyotp
import pytest

from service.auth.totp import (
    RECOVERY_CODES,
    new_recovery_codes,
    new_secret,
    otpauth_address,
    qr_svg,
    recovery_sha256,
    step_of,
)

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""The key of the RFC's appendix B."""


@pytest.mark.parametrize(("second", "code"), [(59, "287082"), (1111111109, "081804"), (2000000000, "279037")])
def test_the_codes_of_the_rfc_are_taken(second, code):
    now = datetime.fromtimestamp(second, UTC)
    assert step_of(SECRET, code, now, after=None) == second // 30
    assert step_of(SECRET, f"{code[:3]} {code[3:]}", now, after=None) == second // 30


def test_a_code_is_taken_once_and_no_older_one_after_it():
    now = datetime.fromtimestamp(1_800_000_000, UTC)
    code = pyotp.TOTP(SECRET).at(now)
    step = step_of(SECRET, code, now, after=None)
    assert step_of(SECRET, code, now, after=step) is None
    earlier = pyotp.TOTP(SECRET).at(now.timestamp() - 30)
    assert step_of(SECRET, earlier, now, after=None) == step - 1
    assert step_of(SECRET, earlier, now, after=step) is None


@pytest.mark.parametrize("code", ["", "28708", "2870822", "28708x", "２８７０８２", "-87082", "287082\n"])
def test_what_is_no_code_is_refused(code):
    assert step_of(SECRET, code, datetime.fromtimestamp(59, UTC), after=None) is None


def test_clocks_may_differ_by_half_a_minute_and_no_more():
    now = datetime.fromtimestamp(1_800_000_015, UTC)
    apart = {
        shift: step_of(SECRET, pyotp.TOTP(SECRET).at(now.timestamp() + shift), now, after=None)
        for shift in (-60, -30, 30, 60)
    }
    assert [shift for shift, step in apart.items() if step is not None] == [-30, 30]


def test_recovery_codes_differ_and_are_read_whatever_their_case_and_gaps():
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    assert recovery_sha256(codes[0].upper().replace("-", " ")) == recovery_sha256(codes[0])


def test_a_key_is_shown_as_an_address_and_as_a_picture_without_style():
    address = otpauth_address(new_secret(), "ines <b>")
    assert address.startswith("otpauth://totp/Earmark:ines%20%3Cb%3E?secret=")
    svg = qr_svg(address)
    assert svg.startswith("<svg")
    assert "style" not in svg
