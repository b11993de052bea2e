"""What looks like a decoder's comb and is not, and how much of a comb each explanation takes away.

No guard blanks a spacing: a good decoder may sit on the grid of a codec or on a note. Each takes from the z-score
what its explanation accounts for, and what is left must stand on its own.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifiers.ai.comb import Lines, Wide, flattened
from classifiers.ai.residue import BIN_HZ, Residue

_SLOWEST_REPETITION_HZ = 7.0
_MOST_PARTS = 9
_NOTE_WEIGHT = 0.7
_NOTE_SHARE = 0.5
_STEADY = 0.75
_COMES_AND_GOES = 0.25
_LEAST_HEARD = 0.5
_OFF_PHASES = (0.25, 0.4, 0.6, 0.75)


def repetition(lines: Lines, spacing_hz: float, steadiness: float = 1.0) -> float:
    """z-score that a repeated sound accounts for.

    Anything that repeats exactly at a tempo (a sequencer at 125 beats a minute has a sixteenth note every 120 ms)
    draws lines at multiples of its rate, 8.33 Hz, and so a comb at any multiple of that rate. A decoder has nothing
    between its lines, or the weaker lines of an earlier stage. So what stands at fractions of the spacing is taken as
    repetition: the strongest mean over the lines that a spacing of a half, a third and so on would add, in the
    standard error of the lines themselves; wholly where it reaches four fifths of the comb, less where it is weaker,
    and not at all under 45 %. A comb that is not steady, as a decoder's is, passes as repetition more readily.
    """
    strongest = 0.0
    own = len(lines.values(spacing_hz))
    z = lines.z(spacing_hz)
    if z <= 0:
        return 0.0
    for parts in range(2, int(spacing_hz / _SLOWEST_REPETITION_HZ) + 1):
        if parts > _MOST_PARTS:
            break
        strongest = max(strongest, lines.z_between(spacing_hz, parts, own))
    readily = 0.2 * (1.0 - min(1.0, steadiness / _COMES_AND_GOES))
    return strongest * min(1.0, max(0.0, (strongest / z - 0.45 + readily) / 0.35))


@dataclass(frozen=True)
class Course:
    """A comb over time: its z-score in each block (not a number where the block is silent), and how steady it is.

    Steadiness is the weakest tenth of the blocks against their mean: 1 for a line that never changes.
    """

    z: Wide
    steadiness: float


def course(residue: Residue, lines: Lines, spacing_hz: float) -> Course:
    """How a comb comes and goes: in each block, the mean at the lines against that between them."""
    on = _positions(lines, spacing_hz, (0.0,))
    off = _positions(lines, spacing_hz, _OFF_PHASES)
    z = np.full(len(residue.blocks), np.nan)
    heard = residue.heard > _LEAST_HEARD * residue.block_frames
    if not heard.any() or not len(on) or not len(off):
        return Course(z, 0.0)
    frames = residue.heard[heard, None]
    beside = np.take(residue.blocks, off, axis=1)[heard] / frames
    contrast = (np.take(residue.blocks, on, axis=1)[heard] / frames).mean(axis=1) - beside.mean(axis=1)
    z[heard] = contrast / np.maximum(0.1, beside.std(axis=1)) * len(on) ** 0.5
    mean = float(z[heard].mean())
    steadiness = float(np.quantile(z[heard], 0.1)) / mean if mean > 0 else 0.0
    return Course(z, float(np.clip(steadiness, 0.0, 1.0)))


def notes(residue: Residue, lines: Lines, spacing_hz: float, z: float, steadiness: float) -> float:
    """z-score that held notes account for: harmonics that stand out as notes do, and come and go.

    A drone, an organ or a bass on one note has harmonics at exact multiples too. They rise far over the floor (the
    share of frames left out at the lines is higher than beside them, beyond the half of its score ``z`` that any
    line causes) and they change with the music. A decoder's lines are either weak, or strong and steady.
    """
    left_out = flattened(1.0 - residue.coverage, 1.0)
    strength = Lines(left_out, lines.low_hz, lines.high_hz).z(spacing_hz)
    return _NOTE_WEIGHT * max(0.0, strength - _NOTE_SHARE * z) * max(0.0, 1.0 - steadiness / _STEADY)


def _positions(lines: Lines, spacing_hz: float, phases: tuple[float, ...]) -> npt.NDArray[np.int64]:
    at = [(lines.orders(spacing_hz, phase) + phase) * (spacing_hz / BIN_HZ) for phase in phases]
    return np.rint(np.concatenate(at)).astype(np.int64)
