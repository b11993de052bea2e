"""Chromaprint beside ours, where a wheel brings it: `pip install essentia` (its wheels hold libchromaprint).

It is AGPL and no dependency of the project; the benchmark uses it when it can be imported and says so when not.
"""

import base64
from typing import Any

import numpy as np

USUAL_BIT_ERROR_RATE = 10 / 32
"""Chromaprint's own matcher takes up to 10 of 32 bits for a match."""
LEAST_ITEMS = 64
"""Eight seconds of overlap."""

Items = np.ndarray


def load() -> Any | None:
    """Essentia's Chromaprinter at 44.1 kHz; None where essentia is not installed."""
    try:
        import essentia

        essentia.log.infoActive = False
        from essentia.standard import Chromaprinter
    except ImportError:
        return None
    return Chromaprinter(sampleRate=44_100, maxLength=0)


def decoded(text: str) -> Items:
    """Items of 32 bits out of Chromaprint's compressed form: bit positions in 3 bits, long steps in 5 more."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    count = int.from_bytes(data[1:4], "big")
    bits = np.unpackbits(np.frombuffer(data[4:], np.uint8), bitorder="little")
    normal = _numbers(bits, 3)
    ends = np.flatnonzero(normal == 0)[:count]
    normal = normal[: ends[-1] + 1] if len(ends) else normal[:0]
    after = -(-len(normal) * 3 // 8) * 8
    long = np.flatnonzero(normal == 7)
    normal[long] += _numbers(bits[after : after + 5 * len(long)], 5)
    items, item, position = [], 0, 0
    for step in normal.tolist():
        if step == 0:
            items.append(item)
            item = position = 0
        else:
            position += step
            item |= 1 << (position - 1)
    return np.bitwise_xor.accumulate(np.array(items, np.uint32))


def _numbers(bits: Items, width: int) -> Items:
    whole = bits[: len(bits) // width * width].reshape(-1, width).astype(np.int64)
    return whole @ (1 << np.arange(width))


def bit_error_rate(one: Items, other: Items) -> float:
    """The lowest share of differing bits over all offsets with an overlap of eight seconds or more."""
    best = 1.0
    for offset in range(LEAST_ITEMS - len(other), len(one) - LEAST_ITEMS + 1):
        left = one[max(offset, 0) : offset + len(other)]
        right = other[max(-offset, 0) :][: len(left)]
        best = min(best, float(np.bitwise_count(left[: len(right)] ^ right).mean()) / 32)
    return best
