"""The look of a cover in 256 bits: equal pictures stay near each other through scaling, JPEG and small retouches.

A picture is reduced to 64 x 64 grey levels and to the signs of its 16 x 16 lowest cosine coefficients against their
median (C. Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010, with four times the
bits: 64 of them tie strangers together in a catalogue of millions). What is plain, such as a single colour or a smooth
ramp, has no look: its coefficients are noise, and it would tie together whoever has no cover.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIDE = 64
"""Pixels a side of the reduced picture."""
COEFFICIENTS = 16
BITS = COEFFICIENTS * COEFFICIENTS
NEAR = 24
"""Bits up to which two looks are one picture. JPEG at quality 30 and halved size change some ten, strangers differ in
half of all bits, give or take 16."""
BANDS = 16
"""Pieces of a look by which near ones are looked up: of two within 15 bits at least one piece is equal, of two within
24 bits in 97 of 100 cases."""

_LEAST_DETAIL = 8.0
_LEAST_COEFFICIENTS = 24


@dataclass(frozen=True, slots=True)
class Look:
    """256 bits as 64 hexadecimal digits."""

    bits: str

    def distance(self, other: "Look") -> int:
        """In how many of 256 bits two looks differ."""
        return (int(self.bits, 16) ^ int(other.bits, 16)).bit_count()

    def bands(self) -> list[int]:
        """The pieces it is looked up by: 16 numbers, each with its place above its own 16 bits."""
        width = len(self.bits) // BANDS
        return [place << 16 | int(self.bits[place * width : (place + 1) * width], 16) for place in range(BANDS)]


@lru_cache(maxsize=1)
def _cosines() -> NDArray[np.float64]:
    """The lowest rows of the orthonormal cosine transform (DCT-II): (COEFFICIENTS, SIDE)."""
    row = np.arange(COEFFICIENTS)[:, None]
    matrix: NDArray[np.float64] = np.sqrt(2 / SIDE) * np.cos(np.pi * row * (2 * np.arange(SIDE) + 1) / (2 * SIDE))
    matrix[0] /= np.sqrt(2)
    return matrix


def look_of(grey: NDArray[np.uint8]) -> Look | None:
    """The look of a reduced picture, (SIDE, SIDE) grey levels; None for what is plain.

    Raises `ValueError` for another shape.
    """
    if grey.shape != (SIDE, SIDE):
        raise ValueError(f"a picture of {SIDE} x {SIDE} grey levels is needed, not {grey.shape}")
    low = _cosines() @ grey.astype(np.float64) @ _cosines().T
    low[0, 0] = 0.0
    if np.count_nonzero(np.abs(low) >= _LEAST_DETAIL) < _LEAST_COEFFICIENTS:
        return None
    signs = (low > np.median(low)).ravel()
    return Look(np.packbits(signs).tobytes().hex())
