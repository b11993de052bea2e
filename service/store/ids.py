"""Public identifiers: sortable by time of making, and beyond guessing."""

import secrets
import time
from enum import StrEnum

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


class Noun(StrEnum):
    """Prefix of an id, so that nobody mistakes one kind for another."""

    TENANT = "ten"
    API_KEY = "key"
    TRACK = "trk"
    RELEASE = "rel"
    VERDICT = "vrd"
    CASE = "cas"
    DECISION = "dec"
    REVIEWER = "rev"
    WEBHOOK = "whk"
    UPLOAD = "upl"
    DELIVERY = "dlv"
    APPEAL = "apl"
    FILE = "fil"
    BATCH = "blk"
    REPORT = "rpt"
    PROPOSAL = "prp"
    LOOK = "lok"


def new_id(noun: Noun) -> str:
    """``trk_`` and 26 characters: 48 bits of Unix milliseconds and 80 random bits, Crockford base 32 (as a ULID)."""
    value = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return f"{noun}_" + "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))
