"""What looks like a decoder's comb and is not, and how much of a comb each explanation takes away.

No guard blanks a spacing: a good decoder may sit on the grid of a codec or on a note. Each takes from the z-score
what its explanation accounts for, and what is left must stand on its own.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from classifiers.ai.comb import Lines, Wide, flattened
from classifiers.ai.residue import BIN_HZ, Array, Residue

_SLOWEST_REPETITION_HZ = 2.7
_SLOWEST_DECODER_HZ = 10.0
_SLOW_SHARE = 0.7
_WHOLLY_FROM = 1.5
_MOST_PARTS = 24
_REPEATS_FROM = 3.0
_NOTE_WEIGHT = 0.7
_NOTE_SHARE = 0.5
_STEADY = 0.75
_COMES_AND_GOES = 0.25
_LEAST_HEARD = 0.5
_BASS_HZ = (55.0, 500.0)
_BASS_WEIGHT = 1.5
_BASS_CHANCE = 2.0
_FEWEST_HARMONICS = 2
_OFF_PHASES = (0.25, 0.4, 0.6, 0.75)


class Guard(StrEnum):
    """The explanations that are held against what was found, each of which can be left out to see what it does."""

    REPETITION = "repetition"
    HELD_NOTES = "held notes"
    BROAD_LINES = "broad lines"
    COMES_AND_GOES = "comes and goes"
    CODEC_GRIDS = "codec grids"


def between_lines(lines: Lines, spacing_hz: float) -> Wide:
    """z-scores of the lines that a half, a third and so on of this spacing would add, down to a rate of 2.7 Hz."""
    return lines.between(spacing_hz, min(_MOST_PARTS, int(spacing_hz / _SLOWEST_REPETITION_HZ)))


def repeated_parts(between: Wide) -> int:
    """Into how many parts a repetition cuts the spacing; 1 where nothing repeats."""
    over_all_lines = between * np.sqrt(np.arange(1, len(between) + 1))
    best = int(over_all_lines.argmax()) if len(between) else 0
    return best + 2 if len(between) and over_all_lines[best] > _REPEATS_FROM else 1


def repetition(between: Wide, z: float, spacing_hz: float, steadiness: float = 1.0) -> float:
    """z-score that a repeated sound accounts for, out of a comb's ``z`` and what stands `between_lines`.

    Anything that repeats exactly at a tempo (a sequencer at 125 beats a minute has a sixteenth note every 120 ms)
    draws lines at multiples of its rate, 8.33 Hz, and so a comb at any multiple of that rate. A decoder has nothing
    between its lines, or the weaker lines of an earlier stage. So what stands at fractions of the spacing is taken as
    repetition: the strongest mean over the lines that a spacing of a half, a third and so on would add, in the
    standard error of the lines themselves; wholly where it reaches four fifths of the comb, less where it is weaker,
    and not at all under 45 %. A comb that is not steady, as a decoder's is, passes as repetition more readily.
    Where all lines of a part together stand out at a rate under 10 Hz, seven tenths of them are taken in any case: no
    decoder's frames are so slow (the slowest known, ACE-Step's, come at 10.8 Hz), and what repeats there draws the
    comb's own lines as well. Seven tenths grow to all of them where the lines that the slow rate adds stand further
    out together than the comb, up to half as much again: then the slow rate draws the comb, and not the other way
    round. Taking all of them everywhere cost generated music with a beat a quarter of what is found after a change
    of speed; this costs a sixth.
    """
    if z <= 0:
        return 0.0
    strongest, parts = float(between.max(initial=0.0)), repeated_parts(between)
    readily = 0.2 * (1.0 - min(1.0, steadiness / _COMES_AND_GOES))
    taken = strongest * min(1.0, max(0.0, (strongest / z - 0.45 + readily) / 0.35))
    if parts > 1 and spacing_hz / parts < _SLOWEST_DECODER_HZ:
        added = float(between[parts - 2])
        beyond = (added * (parts - 1) ** 0.5 / z - 1) / (_WHOLLY_FROM - 1)
        taken = max(taken, (_SLOW_SHARE + (1 - _SLOW_SHARE) * min(1.0, max(0.0, beyond))) * added)
    return taken


@dataclass(frozen=True)
class Course:
    """A comb over time: its z-score in each block (not a number where the block is silent), and how steady it is.

    Steadiness is the weakest tenth of the blocks against their mean, both for one frame: 1 for a line that never
    changes.
    """

    z: Wide
    steadiness: float


def course(residue: Residue, lines: Lines, spacing_hz: float) -> Course:
    """How a comb comes and goes: in each block, the mean at the lines against that between them."""
    on = _positions(lines, spacing_hz, (0.0,))
    off = _positions(lines, spacing_hz, _OFF_PHASES)
    z = np.full(len(residue.blocks), np.nan)
    heard = residue.heard > _LEAST_HEARD * residue.taken
    if not heard.any() or not len(on) or not len(off):
        return Course(z, 0.0)
    frames = residue.heard[heard, None]
    beside = np.take(residue.blocks, off, axis=1)[heard] / frames
    contrast = (np.take(residue.blocks, on, axis=1)[heard] / frames).mean(axis=1) - beside.mean(axis=1)
    z[heard] = contrast / np.maximum(0.1, beside.std(axis=1)) * len(on) ** 0.5
    alike = z[heard] / np.sqrt(residue.heard[heard])
    mean = float(alike.mean())
    steadiness = float(np.quantile(alike, 0.1)) / mean if mean > 0 else 0.0
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


def bass(flat: Array, spacing_hz: float) -> float:
    """z-score that a bass note accounts for: its harmonics under 500 Hz, where music drowns a decoder's lines.

    One line there is no series of harmonics, and no bass is tuned over 250 Hz: such spacings are left alone.
    """
    low = Lines(flat, *_BASS_HZ)
    if len(low.orders(spacing_hz)) < _FEWEST_HARMONICS:
        return 0.0
    return _BASS_WEIGHT * max(0.0, low.z(spacing_hz) - _BASS_CHANCE)


def _positions(lines: Lines, spacing_hz: float, phases: tuple[float, ...]) -> npt.NDArray[np.int64]:
    at = [(lines.orders(spacing_hz, phase) + phase) * (spacing_hz / BIN_HZ) for phase in phases]
    return np.rint(np.concatenate(at)).astype(np.int64)
