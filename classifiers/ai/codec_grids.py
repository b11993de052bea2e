"""The grids that lossy codecs draw, and how strong a comb they leave on their own.

A codec quantises the bins of its transform; where it zeroes some and keeps others, the average spectrum takes on the
spacing of the transform: 21.53 Hz for the 2,048-point MDCT of AAC and Vorbis at 44.1 kHz, 38.28 Hz for MP3 (Layer III
has 576 bins), at other rates in proportion. Measured by encoding 32 recordings by people at 48 to 128 kbit/s and
scoring the multiples of the grid: AAC reached 3.0, Vorbis 12.8 on the grid itself and less on its multiples, LAME's MP3
3.8; one old MP3 among the recordings reached 12.9 on twice its grid. A comb on the grid must be stronger by that much;
it is not blanked, for decoders of 44.1 kHz sit on multiples of the same 21.53 Hz.
"""

import math
from dataclasses import dataclass

_TRANSFORM_BINS = {"mp3": 576.0, "aac": 1024.0, "vorbis": 1024.0}
_GRID_SCORE = {"mp3": (13.0, 2), "aac": (3.0, 8), "vorbis": (12.8, 1)}
"""Score on the grid, and the multiple up to which it stays; from there it falls as the root of the number of lines."""
_WITHIN = 3e-4
_MOST = 8


@dataclass(frozen=True)
class Codec:
    """How a recording was encoded when it came in: what draws the grid."""

    name: str
    rate_hz: int
    bit_rate_kbps: float | None


def grid_hz(codec: Codec) -> float | None:
    """Spacing of the codec's transform bins in Hz; None for codecs without one."""
    bins = _TRANSFORM_BINS.get(codec.name)
    return codec.rate_hz / 2 / bins if bins else None


def grid_score(codec: Codec, spacing_hz: float) -> float:
    """z-score that the codec alone accounts for at this spacing; 0 off its grid."""
    grid = grid_hz(codec)
    if grid is None:
        return 0.0
    order = spacing_hz / grid
    near = max(1, round(order))
    if near > _MOST or abs(order / near - 1) >= _WITHIN:
        return 0.0
    score, level_to = _GRID_SCORE[codec.name]
    return score / math.sqrt(max(1.0, near / level_to))
