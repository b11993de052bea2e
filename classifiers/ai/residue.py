"""What stands still between the notes: the spectrum's fine structure over its own floor, averaged without the music.

A decoder that upsamples by strided transposed convolutions leaves weak lines at fixed frequencies for as long as it
runs. Averaging a spectrum over time brings them out (Afchar et al., "A Fourier Explanation of AI-music Artifacts",
ISMIR 2025), and so it does with every held note. Therefore peaks of the music are left out before averaging, frame
by frame: a bin that stands well over its surroundings at this moment is a note now and says nothing of the floor.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

Array = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int32]

BIN_HZ = 44_100 / 16_384
"""Width of a bin of the fine frames, in Hz."""

BINS = 6_020
"""Bins that are looked at: up to 16.2 kHz."""

FRAME_S = 8_192 / 44_100
"""Seconds from one fine frame to the next."""

_BLOCK_FRAMES = 5
_MOST_BLOCKS = 512
_FLOOR_POWER = 1e-10
_WIDTH = 41
_NOTE_DB = 6.0
_CLIP_DB = 8.0
_SILENT_DB = -55.0
_QUIET_DB = 50.0


@dataclass(frozen=True)
class Residue:
    """Averages over blocks of equal length, and over the whole.

    ``sums`` and ``counts`` have shape ``(blocks, BINS)``: sum in dB of the deviations from the local floor, and how
    many frames it was taken over (frames in which the bin held a note are missing). ``mean`` has shape ``(BINS,)``;
    ``coverage`` is the share of frames that went into it.
    ``level_db`` is the average spectrum. ``heard`` marks the blocks that are not silent.
    """

    sums: Array
    counts: Counts
    heard: npt.NDArray[np.bool_]
    mean: Array
    coverage: Array
    level_db: Array
    block_s: float
    frames: int


class ResidueMeter:
    """Takes fine frames one batch after the other. Blocks are merged by two when they get too many: memory is flat."""

    def __init__(self) -> None:
        self._block_frames = _BLOCK_FRAMES
        self._sums = np.zeros((_MOST_BLOCKS, BINS), np.float32)
        self._counts = np.zeros((_MOST_BLOCKS, BINS), np.uint16)
        self._levels = np.zeros(_MOST_BLOCKS)
        self._active = np.zeros(_MOST_BLOCKS, np.int64)
        self._level = np.zeros(BINS)
        self._frames = 0

    def feed(self, power: Array) -> None:
        """Take power spectra of shape ``(frames, at least BINS)``."""
        if not len(power):
            return
        level = 10 * np.log10(np.maximum(power[:, :BINS], _FLOOR_POWER))
        deviation, note_free = _deviation(level)
        loudness = level.mean(axis=1)
        active = loudness > _SILENT_DB
        deviation *= note_free & active[:, None]
        start = 0
        while start < len(power):
            block = self._frames // self._block_frames
            if block == _MOST_BLOCKS:
                self._merge()
                continue
            stop = min(len(power), start + self._block_frames - self._frames % self._block_frames)
            here = slice(start, stop)
            self._sums[block] += deviation[here].sum(axis=0)
            self._counts[block] += (note_free[here] & active[here, None]).sum(axis=0, dtype=np.uint16)
            self._levels[block] += float(loudness[here][active[here]].sum())
            self._active[block] += int(active[here].sum())
            self._frames += stop - start
            start = stop
        self._level += level[active].sum(axis=0)

    def _merge(self) -> None:
        half = _MOST_BLOCKS // 2
        for values in (self._sums, self._counts, self._levels, self._active):
            values[:half] = values[0::2] + values[1::2]
            values[half:] = 0
        self._block_frames *= 2

    def finish(self) -> Residue:
        """The averages. Blocks 50 dB under the loud ones count as silence."""
        blocks = -(-self._frames // self._block_frames)
        sums, counts = self._sums[:blocks], self._counts[:blocks].astype(np.int32)
        active = self._active[:blocks]
        levels = np.where(active > 0, self._levels[:blocks] / np.maximum(1, active), -np.inf)
        heard = active * 2 > self._block_frames if blocks > 1 else active > 0
        if heard.any():
            heard = heard & (levels > np.quantile(levels[heard], 0.95) - _QUIET_DB)
        taken = counts[heard].sum(axis=0)
        frames = int(active[heard].sum())
        enough = taken > 0.25 * frames
        mean = np.where(enough, sums[heard].sum(axis=0) / np.maximum(1, taken), 0.0)
        return Residue(
            sums=sums,
            counts=counts,
            heard=heard,
            mean=mean.astype(np.float32),
            coverage=(taken / max(1, frames)).astype(np.float32),
            level_db=(self._level / max(1, int(active.sum()))).astype(np.float32),
            block_s=self._block_frames * FRAME_S,
            frames=frames,
        )


def _deviation(level: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Deviation in dB of each bin from the floor around it, clipped; and where neither it nor a neighbour is a note.

    The floor is a running mean over 110 Hz of levels cut at 3 dB over a first running mean, so that it runs under
    the peaks.
    """
    floor = uniform_filter1d(level, _WIDTH, axis=1)
    floor += 3.0
    np.minimum(floor, level, out=floor)
    floor = uniform_filter1d(floor, _WIDTH, axis=1)
    deviation = level - floor
    note_free = deviation < _NOTE_DB
    spread = note_free.copy()
    spread[:, 1:] &= note_free[:, :-1]
    spread[:, :-1] &= note_free[:, 1:]
    return np.clip(deviation, -_CLIP_DB, _CLIP_DB), spread
