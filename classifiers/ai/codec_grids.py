"""The grids that lossy codecs draw, and how strong a comb they leave on their own.

A codec quantises the bins of its transform; where it zeroes some and keeps others, the average spectrum takes on the
spacing of the transform: 21.53 Hz for the 2,048-point MDCT of AAC and Vorbis at 44.1 kHz, 38.28 Hz for MP3 (Layer III
has 576 bins), at other rates in proportion. Measured by encoding recordings by people at several bit rates, see
``classifiers.training.codecs``: the scores here are what such recordings reach on the grid. A comb on the grid
must be stronger by that much; it is not blanked, for decoders of 44.1 kHz sit on multiples of the same 21.53 Hz.
"""

from dataclasses import dataclass

_TRANSFORM_BINS = {"mp3": 576.0, "aac": 1024.0, "vorbis": 1024.0}
_GRID_SCORE = {"mp3": 10.0, "aac": 2.0, "vorbis": 2.0}
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
    return _GRID_SCORE[codec.name] if near <= _MOST and abs(order / near - 1) < _WITHIN else 0.0
