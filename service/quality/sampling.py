"""Which things are looked at once more, by chance that can be repeated."""

import hashlib


def sampled(name: str, share: float, purpose: str) -> bool:
    """Whether something is part of a random share. Pure: the same name always gives the same answer, so that work which
    is done twice draws no second time. ``purpose`` keeps samples for different ends apart.
    """
    drawn = hashlib.sha256(f"{purpose}/{name}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") < share * 2**64
