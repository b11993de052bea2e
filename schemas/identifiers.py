"""Identifiers of the music industry, checked as far as each one can be.

UPC/EAN, GRid, DPID, ISWC and ISNI carry a check character, ISRC does not: for it only the syntax can be wrong.
Every ``normalise_*`` function returns the compact written form (upper case, no separators) or raises ``ValueError``
with a sentence that tells the sender what to change.
"""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator
from stdnum import ean, isni
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_SEPARATORS = re.compile(r"[\s.\-]")


def _compact(value: str) -> str:
    return _SEPARATORS.sub("", value).upper()


def normalise_isrc(value: str) -> str:
    """ISRC (ISO 3901): two letters, three letters or digits, seven digits. It has no check digit.

    The prefix is not compared with a list of countries: registration authorities hand out new ones.
    """
    compact = _compact(value)
    compact = compact.removeprefix("ISRC")
    if not _ISRC.fullmatch(compact):
        raise ValueError(
            "an ISRC has 12 characters: two letters, three letters or digits and seven digits, such as QZEM62600001"
        )
    return compact


def normalise_upc(value: str) -> str:
    """UPC or EAN (GTIN-8, -12, -13, -14) with a correct check digit (GS1 General Specifications, 7.9)."""
    compact = _compact(value)
    if not compact.isascii() or not compact.isdigit() or len(compact) not in (8, 12, 13, 14):
        raise ValueError("a UPC or EAN has 8, 12, 13 or 14 digits")
    expected = ean.calc_check_digit(compact[:-1])
    if compact[-1] != expected:
        raise ValueError(f"the check digit of this UPC or EAN is wrong: {compact[-1]} is written, {expected} is right")
    return compact


def normalise_grid(value: str) -> str:
    """GRid: 18 characters beginning with A1, check character by ISO/IEC 7064 Mod 37,36."""
    compact = _compact(value)
    compact = compact.removeprefix("GRID:")
    if len(compact) != 18 or not compact.startswith("A1"):
        raise ValueError("a GRid has 18 characters and begins with A1")
    return _mod_37_36(compact, "GRid")


def normalise_dpid(value: str) -> str:
    """DDEX party id: PADPIDA and eleven characters or fewer, check character by ISO/IEC 7064 Mod 37,36."""
    compact = _compact(value)
    if not compact.startswith("PADPIDA") or len(compact) != 18:
        raise ValueError("a DPID has 18 characters and begins with PADPIDA")
    return _mod_37_36(compact, "DPID")


def _mod_37_36(compact: str, name: str) -> str:
    try:
        mod_37_36.validate(compact)
    except ValidationError:
        raise ValueError(f"the check character of this {name} is wrong") from None
    return compact


def normalise_iswc(value: str) -> str:
    """ISWC (ISO 15707): T, nine digits and a check digit, one weight a position counted from the letter."""
    compact = _compact(value)
    if not re.fullmatch(r"T[0-9]{10}", compact):
        raise ValueError("an ISWC is the letter T, nine digits and a check digit, such as T-034.524.680-1")
    total = 1 + sum(position * int(digit) for position, digit in enumerate(compact[1:10], start=1))
    expected = (10 - total % 10) % 10
    if int(compact[10]) != expected:
        raise ValueError(f"the check digit of this ISWC is wrong: {compact[10]} is written, {expected} is right")
    return compact


def normalise_isni(value: str) -> str:
    """ISNI (ISO 27729): 16 characters, check character by ISO/IEC 7064 Mod 11,2."""
    try:
        return str(isni.validate(value))
    except ValidationError:
        raise ValueError("an ISNI has 16 characters, the last of them a check character (digit or X)") from None


def _checked(normalise: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(normalise)


Isrc = Annotated[str, _checked(normalise_isrc)]
Upc = Annotated[str, _checked(normalise_upc)]
Grid = Annotated[str, _checked(normalise_grid)]
Dpid = Annotated[str, _checked(normalise_dpid)]
Iswc = Annotated[str, _checked(normalise_iswc)]
Isni = Annotated[str, _checked(normalise_isni)]
