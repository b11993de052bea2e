"""What stands still between the notes: the spectrum's fine structure over its own floor, averaged over time.

A decoder that upsamples by strided transposed convolutions leaves weak lines at fixed frequencies for as long as it
runs. Averaging a spectrum over time brings them out (Afchar et al., "A Fourier Explanation of AI-music Artifacts",
ISMIR 2025), and so it does with every held note. Two averages are therefore taken of the deviations from the floor
of each frame. In the one a bin that stands well over its surroundings is cut at a few decibels, so that a note counts
little more than a line. In the other such a bin is left out of that frame altogether: it is a note now, and says
nothing of the floor.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from classifiers.ai.running_mean import HALF, mirror_ends, running_mean
from classifiers.audio.spectra import ANALYSIS_RATE_HZ, FINE_HOP, FINE_N_FFT, FINE_THINNED_FROM, fine_places
from classifiers.compiled import compiled

Array = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

BIN_HZ = ANALYSIS_RATE_HZ / FINE_N_FFT
"""Width of a bin of the fine frames, in Hz."""

BINS = int(16_207 / BIN_HZ)
"""Bins that are looked at: up to 16.2 kHz."""

FRAME_S = FINE_HOP / ANALYSIS_RATE_HZ
"""Seconds from one fine frame to the next, or twice as many once they are thinned out."""

_BLOCK_FRAMES = 3
_MOST_BLOCKS = 512
_FLOOR_POWER = 2e-10
_CUT_DB = 3.0
_NOTE_DB = 6.0
_LOWEST_DB, _HIGHEST_DB = -8.0, 4.0
_STANDING = 0.1
_SILENT_DB = -52.0
_QUIET_DB = 55.0


@dataclass(frozen=True)
class Residue:
    """Averages in dB over the frames that are not silent, each of shape ``(BINS,)``.

    ``cut`` is the average deviation with peaks cut; ``between_notes`` leaves notes out, and ``coverage`` is the share
    of frames that were left in. ``level_db`` is the average spectrum. ``blocks``, shape ``(blocks, BINS)``, are the
    sums of which ``cut`` is the average, over stretches of ``block_s`` seconds, ``taken`` is how many frames each of
    them has, and ``heard`` how many of these are not silent.
    """

    cut: Array
    between_notes: Array
    coverage: Array
    level_db: Array
    blocks: Array
    taken: Integers
    heard: Integers
    block_s: float
    frames: int


class ResidueMeter:
    """Takes fine frames one batch after the other. Blocks are merged by two when they get too many: memory is flat."""

    def __init__(self) -> None:
        self._block_frames = _BLOCK_FRAMES
        self._blocks = np.zeros((_MOST_BLOCKS, BINS), np.float32)
        self._taken = np.zeros(_MOST_BLOCKS, np.int64)
        self._active = np.zeros(_MOST_BLOCKS, np.int64)
        self._between = np.zeros(BINS)
        self._note_free = np.zeros(BINS, np.int64)
        self._level = np.zeros(BINS)
        self._loudest = -np.inf
        self._frames = 0

    def feed(self, power: Array) -> None:
        """Take power spectra of shape ``(frames, at least BINS)``.

        A frame counts as silent 55 dB under the loudest so far, and under the noise of 16-bit samples.
        """
        if not len(power):
            return
        level = np.maximum(power[:, :BINS], np.float32(_FLOOR_POWER))
        np.log10(level, out=level)
        level *= np.float32(10.0)
        loudness = level.mean(axis=1)
        loudest = np.maximum.accumulate(np.maximum(loudness, self._loudest))
        self._loudest = float(loudest[-1])
        active = loudness > np.maximum(_SILENT_DB, loudest - _QUIET_DB)
        places = fine_places(self._frames, len(level))
        self._frames += len(level)
        while places[-1] // self._block_frames >= _MOST_BLOCKS or self._too_fine():
            self._merge(min(_MOST_BLOCKS, int(places[-1]) // self._block_frames + 1))
        np.add.at(self._taken, places // self._block_frames, 1)
        block = places[active] // self._block_frames
        np.add.at(self._active, block, 1)
        _add(level if active.all() else level[active], block, self._level, self._between, self._note_free, self._blocks)

    def _too_fine(self) -> bool:
        """Whether thinned frames would fill the blocks unevenly."""
        return self._frames > FINE_THINNED_FROM and self._block_frames == _BLOCK_FRAMES

    def _merge(self, used: int) -> None:
        """Make one of every two blocks, of as many as may have been used; memory beyond them is not even touched."""
        used += used % 2
        for values in (self._blocks, self._active, self._taken):
            values[: used // 2] = values[0:used:2] + values[1:used:2]
            values[used // 2 : used] = 0
        self._block_frames *= 2

    def finish(self) -> Residue:
        """The averages of what was fed so far."""
        count = int(fine_places(self._frames - 1, 1)[0]) // self._block_frames + 1 if self._frames else 0
        active = self._active[:count]
        frames = int(active.sum())
        level_db = self._level / max(1, frames)
        between = np.where(self._note_free > 0.25 * frames, self._between / np.maximum(1, self._note_free), 0.0)
        between[_standing(level_db) & (self._note_free < _STANDING * frames)] = _NOTE_DB
        return Residue(
            cut=(self._blocks[:count].sum(axis=0) / max(1, frames)).astype(np.float32),
            between_notes=between.astype(np.float32),
            coverage=(self._note_free / max(1, frames)).astype(np.float32),
            level_db=level_db.astype(np.float32),
            blocks=self._blocks[:count],
            taken=self._taken[:count],
            heard=active,
            block_s=self._block_frames * FRAME_S,
            frames=frames,
        )


def _standing(level_db: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Bins that are the highest of the five around them on average: the middle of a line that never goes away."""
    highest: npt.NDArray[np.bool_] = level_db >= maximum_filter1d(level_db, 5)
    return highest


@compiled
def _add(level: Array, block: Integers, total: Wide, between: Wide, note_free: Integers, blocks: Array) -> None:
    """Add frames, shape ``(frames, bins)``, to the sums: of levels, of deviations where neither a bin nor a neighbour
    is a note, of how often that was so, and, for the block of each frame, of deviations with peaks cut.

    The floor is a running mean over 55 Hz of levels cut at 3 dB over a first running mean, so that it runs under
    the peaks.
    """
    frames, bins = level.shape
    floor, deviation, quiet = np.empty(bins, np.float32), np.empty(bins, np.float32), np.ones(bins + 2, np.uint8)
    padded = np.empty(bins + 2 * HALF, np.float32)
    middle = padded[HALF : HALF + bins]
    for frame in range(frames):
        values, sums = level[frame], blocks[block[frame]]
        middle[:] = values
        mirror_ends(padded)
        running_mean(padded, floor)
        for k in range(bins):
            middle[k] = min(values[k], floor[k] + np.float32(_CUT_DB))
        mirror_ends(padded)
        running_mean(padded, floor)
        for k in range(bins):
            deviation[k] = values[k] - floor[k]
            quiet[k + 1] = deviation[k] < np.float32(_NOTE_DB)
            total[k] += values[k]
            sums[k] += min(max(deviation[k], np.float32(_LOWEST_DB)), np.float32(_HIGHEST_DB))
        for k in range(bins):
            left_in = quiet[k] & quiet[k + 1] & quiet[k + 2]
            note_free[k] += left_in
            between[k] += left_in * max(deviation[k], np.float32(_LOWEST_DB))
