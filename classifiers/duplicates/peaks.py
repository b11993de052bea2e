"""Landmarks of a recording: the peaks of its spectrogram on a logarithmic frequency axis.

On that axis another speed or pitch moves every peak by the same number of semitones and changes nothing else, so a
constellation of peaks can be recognised after both. A peak is where a cell stands out of its surroundings in time and
frequency (a difference of Gaussians of the log spectrum) more than every cell near it. Differences of logarithms do
not see gain, equalisation or band limits; the strongest peaks of a second survive noise, codecs and reverberation.

Peaks as landmarks: Wang, "An Industrial-Strength Audio Search Algorithm", ISMIR 2003; on a logarithmic axis:
Fenet et al., "A Scalable Audio Fingerprint Method with Robustness to Pitch-Shifting", ISMIR 2011.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from classifiers.duplicates.blur import blurred
from classifiers.duplicates.frames import BINS, FRAME_RATE_HZ, N_FFT, RATE_HZ

Floats = NDArray[np.float32]

LOWEST_HZ = 100.0
"""Below, frames of 371 ms no longer separate tones; from here on, bass carries much of the music of our time."""
HIGHEST_HZ = 3_800.0
BANDS_PER_OCTAVE = 24
BANDS = int(np.log2(HIGHEST_HZ / LOWEST_HZ) * BANDS_PER_OCTAVE)
SEMITONES_PER_BAND = 12 / BANDS_PER_OCTAVE

TIME_STEPS_PER_FRAME = 4
"""Peak times are kept in quarters of a frame, 23.2 ms."""
TIME_STEP_S = 1 / (FRAME_RATE_HZ * TIME_STEPS_PER_FRAME)
PITCH_STEPS_PER_SEMITONE = 8
"""Peak frequencies are kept in eighths of a semitone above `LOWEST_HZ`."""
STRENGTHS = 8
"""Levels of prominence kept with a peak, in steps of `STRENGTH_STEP` nepers of power."""
STRENGTH_STEP = 0.6
LEVELS = 16
"""Levels of loudness kept with a peak, in steps of `LEVEL_STEP_DB` under the whole music around it; 0 is loudest."""
LEVEL_STEP_DB = 2.0

PEAKS_PER_SECOND = 20
"""Peaks kept. What damage pushes out of the landmarks is mostly still among them."""
LANDMARKS_PER_SECOND = 12
"""The strongest of them, which codes are made of and which the other side has to show."""
_BLOCKS = 4
_NEAR_FRAMES, _NEAR_BANDS = 2, 3
_CHUNK, _CONTEXT = 1_024, 96
_LOCAL_S = 2.0
_BASS_BINS = int(LOWEST_HZ / (RATE_HZ / N_FFT))
_FLOOR = 1e-2
"""Power relative to the local mean under which a cell counts as empty: holes of codecs are no landmarks, and what is
soft beside the music, such as noise or other music 12 dB under it, makes few."""


@dataclass(frozen=True)
class Peaks:
    """Peaks in order of time: `time` in `TIME_STEP_S`, `pitch` in 1/8 semitone above `LOWEST_HZ`, `strength` 0..7."""

    time: NDArray[np.int32]
    pitch: NDArray[np.int16]
    strength: NDArray[np.uint8]
    level: NDArray[np.uint8] | None = None
    """How far each peak's cell lies under the power of all bands and the bass below them, within some two seconds; None
    in fingerprints that were stored before it was kept."""

    def __len__(self) -> int:
        return len(self.time)

    @cached_property
    def is_landmark(self) -> NDArray[np.bool_]:
        """Which of the peaks are landmarks."""
        frames = (self.time / TIME_STEPS_PER_FRAME).astype(np.float32)
        return _strongest(frames, self.strength, LANDMARKS_PER_SECOND)

    def landmarks(self) -> "Peaks":
        """The landmarks alone."""
        mark = self.is_landmark
        level = None if self.level is None else self.level[mark]
        return Peaks(self.time[mark], self.pitch[mark], self.strength[mark], level)


@lru_cache(maxsize=1)
def _filters() -> tuple[tuple[slice, slice, Floats], ...]:
    """Triangles of one band's width, never narrower than a bin, as dense blocks of neighbouring bands."""
    centre = LOWEST_HZ * 2 ** (np.arange(BANDS) / BANDS_PER_OCTAVE)
    hz = np.arange(BINS) * RATE_HZ / N_FFT
    width = np.maximum(centre * (2 ** (1 / BANDS_PER_OCTAVE) - 1), RATE_HZ / N_FFT)
    weight = np.maximum(0, 1 - np.abs(hz[:, None] - centre) / width).astype(np.float32)
    blocks = []
    for block in range(_BLOCKS):
        bands = slice(block * BANDS // _BLOCKS, (block + 1) * BANDS // _BLOCKS)
        used = np.flatnonzero(weight[:, bands].any(axis=1))
        bins = slice(int(used[0]), int(used[-1]) + 1)
        blocks.append((bins, bands, np.ascontiguousarray(weight[bins, bands])))
    return tuple(blocks)


def log_frequency(power: Floats) -> Floats:
    """Power spectra (frames, BINS) summed into bands of a quarter tone: (frames, BANDS)."""
    out = np.empty((len(power), BANDS), np.float32)
    for bins, bands, weight in _filters():
        np.matmul(power[:, bins], weight, out=out[:, bands])
    return out


def _prominence(bands: Floats) -> Floats:
    """How far each cell stands out of its surroundings, in nepers of power: (frames, BANDS)."""
    local = _local(bands.mean(axis=1))
    log = np.log(bands + (_FLOOR * local + 1e-12)[:, None])
    return blurred(log, (0.12 * FRAME_RATE_HZ, 0.5), truncate=3.0) - blurred(
        log, (0.8 * FRAME_RATE_HZ, 5.0), truncate=3.0
    )


def _local(power: Floats) -> Floats:
    """Power of every frame as that of some two seconds around it."""
    out: Floats = ndimage.gaussian_filter1d(power, _LOCAL_S * FRAME_RATE_HZ, mode="nearest", truncate=2.5)
    return out


def _levels(bands: Floats, whole: Floats, frame: NDArray[Any], band: NDArray[Any]) -> NDArray[np.uint8]:
    """Levels of peaks: the loudest cell next to each against the whole music around it."""
    loudest = np.zeros(len(frame), np.float32)
    for later, higher in product((-1, 0, 1), repeat=2):
        at = np.clip(frame + later, 0, len(bands) - 1), np.clip(band + higher, 0, BANDS - 1)
        np.maximum(loudest, bands[at], out=loudest)
    under_db = -10 * np.log10(loudest / (_local(whole)[frame] + 1e-12) + 1e-9)
    levels: NDArray[np.uint8] = np.clip(under_db / LEVEL_STEP_DB, 0, LEVELS - 1).astype(np.uint8)
    return levels


def _vertex(below: Floats, at: Floats, above: Floats) -> Floats:
    """Offset of a parabola's top from its middle point, in samples, within half a sample."""
    bend = below - 2 * at + above
    safe = np.where(bend < -1e-9, bend, -1.0).astype(np.float32)
    out: Floats = np.clip(np.where(bend < -1e-9, 0.5 * (below - above) / safe, 0), -0.5, 0.5)
    return out


class PeakFinder:
    """Finds the peaks of a stream of frames, in chunks whose bounds do not depend on how the frames arrive."""

    def __init__(self) -> None:
        self._pending: list[Floats] = []
        self._whole: list[Floats] = []
        self._held = 0
        self._first = 0
        self._core = 0
        self._times: list[Floats] = []
        self._pitches: list[Floats] = []
        self._values: list[Floats] = []
        self._levels: list[NDArray[np.uint8]] = []

    def feed(self, power: Floats) -> None:
        """Take power spectra (frames, BINS), see `frames`."""
        if len(power) == 0:
            return
        bands = log_frequency(np.asarray(power, np.float32))
        self._pending.append(bands)
        self._whole.append(bands.sum(axis=1) + power[:, :_BASS_BINS].sum(axis=1))
        self._held += len(power)
        while self._first + self._held >= self._core + _CHUNK + _CONTEXT:
            self._find(self._core + _CHUNK)

    def finish(self) -> Peaks:
        """All peaks found. The finder cannot be fed any more."""
        if self._held:
            self._find(self._first + self._held)
        empty = np.empty(0, np.float32)
        time = np.concatenate([*self._times, empty])
        pitch = np.concatenate([*self._pitches, empty])
        value = np.concatenate([*self._values, empty])
        level = np.concatenate([*self._levels, np.empty(0, np.uint8)])
        keep = _strongest(time, value, PEAKS_PER_SECOND)
        time, pitch, value, level = time[keep], pitch[keep], value[keep], level[keep]
        steps = np.rint(np.maximum(time, 0) * TIME_STEPS_PER_FRAME).astype(np.int32)
        tones = np.rint(pitch * SEMITONES_PER_BAND * PITCH_STEPS_PER_SEMITONE).astype(np.int16)
        strength = np.clip(value / STRENGTH_STEP, 0, STRENGTHS - 1).astype(np.uint8)
        order = np.lexsort((tones, steps))
        return Peaks(steps[order], tones[order], strength[order], level[order])

    def _find(self, end: int) -> None:
        """Find the peaks of frames `_core` to `end` and forget what no later chunk needs."""
        frames, whole = np.concatenate(self._pending), np.concatenate(self._whole)
        stand = _prominence(frames)
        area = (2 * _NEAR_FRAMES + 1, 2 * _NEAR_BANDS + 1)
        top = (stand == ndimage.maximum_filter(stand, area, mode="nearest")) & (stand > 0.2)
        low, high = self._core - self._first, end - self._first
        top[:low] = False
        top[high:] = False
        t, b = np.nonzero(top)
        before, after = np.maximum(t - 1, 0), np.minimum(t + 1, len(stand) - 1)
        under, over = np.maximum(b - 1, 0), np.minimum(b + 1, BANDS - 1)
        self._times.append(
            (t + self._first + _vertex(stand[before, b], stand[t, b], stand[after, b])).astype(np.float32)
        )
        self._pitches.append(
            np.maximum(b + _vertex(stand[t, under], stand[t, b], stand[t, over]), 0).astype(np.float32)
        )
        self._values.append(stand[t, b])
        self._levels.append(_levels(frames, whole, t, b))
        self._core = end
        keep_from = max(end - _CONTEXT, self._first)
        rest = frames[keep_from - self._first :]
        self._whole = [whole[keep_from - self._first :]]
        self._pending, self._held, self._first = [rest], len(rest), keep_from


def _strongest(time: Floats, value: NDArray[Any], most: int) -> NDArray[np.bool_]:
    """The peaks with fewer than `most` stronger ones within half a second: no grid, so no cut moves it."""
    order = np.argsort(time, kind="stable")
    t, v = time[order], value[order]
    stronger = np.zeros(len(t), np.int32)
    for step in range(1, min(len(t), 80)):
        near = t[step:] - t[:-step] <= 0.5 * FRAME_RATE_HZ
        if not near.any():
            break
        later_wins = v[step:] > v[:-step]
        stronger[:-step] += near & later_wins
        stronger[step:] += near & ~later_wins
    keep = np.zeros(len(t), bool)
    keep[order] = stronger < most
    return keep
