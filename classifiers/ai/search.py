"""From the averages of a recording to the comb that speaks most for a decoder, with what each guard took away."""

from dataclasses import dataclass

import numpy as np

from classifiers.ai import guards
from classifiers.ai.codec_grids import Codec, grid_score
from classifiers.ai.comb import (
    LOWEST_HZ,
    SPACINGS_HZ,
    Lines,
    Wide,
    flattened,
    nearest,
    peaks,
    rival,
    upper_edge_hz,
)
from classifiers.ai.residue import Array, Residue

_CANDIDATES = 6
_MULTIPLES = (1 / 4, 1 / 3, 1 / 2, 2, 3, 4, 5, 6, 8)
_CHANCE = 4.0
_FEWEST_LINES = 8


@dataclass(frozen=True)
class Comb:
    """Equally spaced lines.

    ``z`` is the plain score. ``strength`` is what the guards left of it, in units of what chance reaches in this
    recording: the figure that a null distribution over recordings is fitted to. ``course`` holds one score per block
    that is not silent.
    """

    spacing_hz: float
    z: float
    strength: float
    repetition: float
    notes: float
    codec: float
    rival: float
    steadiness: float
    course: Wide
    lines: int
    expected_lines: int


@dataclass(frozen=True)
class Finding:
    """The strongest comb, if there is any, and the upper edge of the band that was searched."""

    comb: Comb | None
    upper_edge_hz: float


def strongest_comb(residue: Residue, codec: Codec) -> Finding:
    """Search all spacings, hold the best ones, their parts and multiples against the guards, keep the strongest."""
    edge = upper_edge_hz(residue.level_db)
    if edge < 2 * LOWEST_HZ or not residue.frames:
        return Finding(None, edge)
    lines = Lines(flattened(residue.mean), LOWEST_HZ, edge)
    scores = lines.scan()
    found = peaks(scores, _CANDIDATES)
    related = [nearest(scores, SPACINGS_HZ[at] * n) for at in found[:2] for n in _MULTIPLES]
    candidates = dict.fromkeys([*found, *(at for at in related if at >= 0)])
    combs = [_weighed(residue, lines, scores, at, codec) for at in candidates]
    return Finding(max(combs, key=lambda comb: comb.strength, default=None), edge)


def _weighed(residue: Residue, lines: Lines, scores: Array, at: int, codec: Codec) -> Comb:
    spacing, z = float(SPACINGS_HZ[at]), float(scores[at])
    values = lines.values(spacing)
    repeated = guards.repetition(lines, spacing)
    over_time = guards.course(residue, lines, spacing)
    held = guards.notes(residue, lines, spacing, z, over_time.steadiness)
    of_codec = grid_score(codec, spacing)
    against = rival(scores, spacing)
    left = max(0.0, z - repeated - held - of_codec) if len(values) >= _FEWEST_LINES else 0.0
    between = np.concatenate([lines.values(spacing, phase) for phase in (0.3, 0.5, 0.7)])
    return Comb(
        spacing_hz=spacing,
        z=z,
        strength=left / max(1.0, against / _CHANCE),
        repetition=repeated,
        notes=held,
        codec=of_codec,
        rival=against,
        steadiness=over_time.steadiness,
        course=over_time.z,
        lines=int((values > np.median(between)).sum()) if len(between) else 0,
        expected_lines=len(values),
    )
