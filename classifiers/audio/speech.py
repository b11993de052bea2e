"""How much of a recording is spoken word without music: unknown where that cannot be told.

Speech is told by what it is made of, each property measured over stretches of three seconds: syllables switch it on
and off (the level of every band swings deeply, some four times a second: Scheirer and Slaney, ICASSP 1997), between
them are pauses, its colour changes from one sound to the next faster than a held note's, most of its sounds are those
of *one* voice with *one* pitch, and it keeps no beat. Music lacks at least one of these: drums have no pitch, plucked
strings keep a beat, singing holds its notes, a band does not pause.

Every property says yes, no, or something between, and the least convinced decides for the stretch. Speech over music
counts as music.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft

from classifiers.audio.spectra import ONSET_HOP, ONSET_N_FFT, ONSET_RATE_HZ

Array = npt.NDArray[np.float32]

FRAME_RATE_HZ = ONSET_RATE_HZ / ONSET_HOP
"""Frames a second, about 21.5."""

WINDOW, HOP = 64, 32
"""Frames of one stretch (3.0 s), and from one to the next (1.5 s)."""
PULSE_WINDOW = 128
"""Frames around a stretch in which a beat is looked for (5.9 s)."""

LEAST_WINDOWS = 5
"""Stretches that must be heard: under nine seconds of sound nothing is said."""
MOST_UNDECIDED = 0.25
"""Share of stretches that may be undecided."""
YES, NO = 0.75, 0.25

BANDS_HZ = (100, 200, 350, 550, 800, 1200, 1800, 2600, 3600, 5400)

DEPTH = (0.65, 0.90)
"""Mean over bands of the amplitude's standard deviation over its mean, weighted by amplitude. Readers 0.95 to 1.5, most
music under 0.9."""
LOW = (0.10, 0.20)
"""Share of frames under half the mean amplitude. Readers 0.23 to 0.5, most music under 0.15."""
PAUSE = (0.02, 0.08)
"""Share of frames 25 dB under the loudest. Readers 0.11 to 0.4, most music none."""
SHAPE_DB = (4.5, 6.2)
"""Standard deviation in time of a band's level against the others'. Readers 6.4 to 8.5, bands 3 to 5."""
CHANGE_DB = (3.2, 3.9)
"""Mean change of that from frame to frame. Readers 4.0 to 5.5, singing 1.9 to 4.1, most music under 3.5."""
PITCH = (2.45, 2.75)
"""Prominence of one pitch from 80 to 330 Hz in the cepstrum: its peak over its mean. Readers 2.8 to 4, singing
likewise, drums 2.2 to 2.8, most music 2.2 to 3."""
PULSE = (0.55, 0.40)
"""Greatest autocorrelation of the onsets at 0.25 to 2 s. Readers up to 0.4, drums and dances 0.5 to 0.9."""

_EDGES = np.round(np.array(BANDS_HZ) * ONSET_N_FFT / ONSET_RATE_HZ).astype(int)
_CEPSTRUM_BINS = 256
"""Spectrum up to 2.8 kHz, in which harmonics of f0 repeat every f0: index 2756 Hz / f0 of its transform."""
_PITCHES = slice(9, 35)
_EVERY = 2
"""Pitch is looked for in every second frame."""
_LAGS = slice(5, 44)
_AUDIBLE_DB = 40.0
"""Stretches this far under the loudest are not heard."""
_LEAST_POWER = 1e-6 * ONSET_N_FFT * 0.375 * ONSET_N_FFT / 2
"""Sum of a frame's power at -60 dBFS RMS."""


class Speech:
    """Collects band powers and the prominence of a pitch, 22 times a second: under a kilobyte for each second."""

    def __init__(self) -> None:
        self._skip = 0
        self._power: list[Array] = []
        self._pitch: list[Array] = []

    def feed_onset(self, power: Array) -> None:
        self._power.append(np.add.reduceat(power[:, : _EDGES[-1]], _EDGES[:-1], axis=1))
        chosen = power[self._skip :: _EVERY, :_CEPSTRUM_BINS]
        self._skip = (self._skip - len(power)) % _EVERY
        if len(chosen):
            self._pitch.append(_prominence(chosen))

    def finish(self) -> float | None:
        """Share of spoken word, 0 to 1, in what is heard; ``None`` where it cannot be told, or for too little sound."""
        if not self._power:
            return None
        return speech_share(np.concatenate(self._power), np.concatenate(self._pitch))


def _prominence(power: Array) -> Array:
    """Greatest over mean magnitude of the cepstrum at the pitches of voices."""
    logarithm = np.log(power + np.float32(1e-7))
    logarithm -= logarithm.mean(axis=1, keepdims=True)
    magnitude = np.abs(scipy.fft.rfft(logarithm, axis=1)[:, _PITCHES])
    prominence: Array = magnitude.max(axis=1) / (magnitude.mean(axis=1) + np.float32(1e-9))
    return prominence


def speech_share(power: Array, pitch: Array) -> float | None:
    """Share of spoken word from band powers ``(frames, bands)`` and the pitch prominence of every second frame."""
    scores = stretches(power, pitch)
    decided = (scores >= YES) | (scores <= NO)
    if len(scores) < LEAST_WINDOWS or np.mean(~decided) > MOST_UNDECIDED:
        return None
    return float(np.mean(scores[decided] >= YES))


def stretches(power: Array, pitch: Array) -> Array:
    """How surely each heard stretch of three seconds is spoken word, 0 to 1, shape ``(stretches,)``."""
    if len(power) < WINDOW:
        return np.zeros(0, np.float32)
    starts = np.arange(0, len(power) - WINDOW + 1, HOP)
    cut = power[starts[:, None] + np.arange(WINDOW)] + np.float32(1e-9)
    total = cut.sum(axis=2)
    peak = total.max(axis=1)
    heard = (peak > peak.max() * 10 ** (-_AUDIBLE_DB / 10)) & (peak > _LEAST_POWER)
    if not heard.any():
        return np.zeros(0, np.float32)
    starts, cut, total = starts[heard], cut[heard], total[heard]
    loud = total > (np.sort(total, axis=1)[:, int(0.95 * WINDOW)] * 10**-2.5)[:, None]
    voiced = pitch[np.minimum(starts[:, None] // _EVERY + np.arange(WINDOW // _EVERY), len(pitch) - 1)]
    sounding = loud[:, ::_EVERY]
    said = [
        (_depth(cut), DEPTH),
        ((np.sqrt(total) < 0.5 * np.sqrt(total).mean(axis=1, keepdims=True)).mean(axis=1), LOW),
        (1 - loud.mean(axis=1), PAUSE),
        *_colour(cut, loud),
        ((voiced * sounding).sum(axis=1) / np.maximum(sounding.sum(axis=1), 1), PITCH),
        (_pulse(power, starts), PULSE),
    ]
    convinced: Array = np.min([_between(value, bounds) for value, bounds in said], axis=0)
    return convinced


def _depth(cut: Array) -> Array:
    amplitude = np.sqrt(cut)
    mean = amplitude.mean(axis=1)
    depth: Array = amplitude.std(axis=1).sum(axis=1) / mean.sum(axis=1)
    return depth


def _colour(cut: Array, loud: npt.NDArray[np.bool_]) -> list[tuple[Array, tuple[float, float]]]:
    """How far and how fast the bands' levels move against one another."""
    levels = np.log10(cut) * np.float32(10)
    levels -= levels.mean(axis=2, keepdims=True)
    weight = (loud / loud.sum(axis=1, keepdims=True)).astype(np.float32)[:, :, None]
    mean = (levels * weight).sum(axis=1, keepdims=True)
    spread = np.sqrt((np.square(levels - mean) * weight).sum(axis=1)).mean(axis=1)
    change = np.abs(np.diff(levels, axis=1)).mean(axis=(1, 2))
    return [(spread, SHAPE_DB), (change, CHANGE_DB)]


def _pulse(power: Array, starts: npt.NDArray[np.int_]) -> Array:
    """Greatest normalised autocorrelation of the onsets around each stretch."""
    levels = np.log10(power + power.max() * np.float32(1e-4)) * np.float32(10)
    onsets = np.maximum(np.diff(levels, axis=0), 0).mean(axis=1)
    length = min(PULSE_WINDOW, len(onsets))
    first = np.clip(starts - (PULSE_WINDOW - WINDOW) // 2, 0, len(onsets) - length)
    around = onsets[first[:, None] + np.arange(length)]
    around = around - around.mean(axis=1, keepdims=True)
    spectrum = np.abs(scipy.fft.rfft(around, 2 * PULSE_WINDOW, axis=1)) ** 2
    correlation = scipy.fft.irfft(spectrum, axis=1)[:, :length]
    correlation *= length / (length - np.arange(length))
    greatest: Array = correlation[:, _LAGS].max(axis=1) / np.maximum(correlation[:, 0], 1e-12)
    return greatest


def _between(value: Array, bounds: tuple[float, float]) -> Array:
    no, yes = bounds
    return np.asarray(np.clip((value - no) / (yes - no), 0, 1), np.float32)
