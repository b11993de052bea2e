"""The rates at which decoders are built to make their frames, as recorded and at the speeds that people play things at.

A frame is a whole number of samples, a product of the decoder's strides, at one of a few sample rates. So its rate is
in a short list, whoever built the decoder, and known to a millionth. Speed is changed by whole semitones or by whole
percents far more often than by anything between, so the list at these speeds is still short.
"""

import math
from functools import cache

import numpy as np
import numpy.typing as npt

_RATES_HZ = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_FEWEST_SAMPLES, _MOST_SAMPLES = 12, 4_096
_WITHIN = 4e-5
_LAYER_3_PARTS = 64 * 36
_LAYER_3_RATES_HZ = (32_000, 44_100, 48_000)
_SLOWEST_HZ, _FASTEST_HZ = 15.0, 375.0
_MOST_SEMITONES, _MOST_PERCENT = 6, 30
_BLOCK_SAMPLE_RATES_HZ = (44_100, 48_000)
_TUNING_HZ, _IN_TUNE = 440.0, 2.5e-5
_APART = 1.2e-5

Rates = npt.NDArray[np.float64]


def frame_rates_hz(slowest_hz: float, fastest_hz: float) -> tuple[float, ...]:
    """Every rate of 16 to 48 kHz over every product of twos, threes and fives that decoders are built of."""
    products = {2**two * 3**three * 5**five for two in range(2, 13) for three in range(3) for five in range(3)}
    samples = [product for product in products if _FEWEST_SAMPLES <= product <= _MOST_SAMPLES]
    rates = {round(rate / product, 9) for rate in _RATES_HZ for product in samples}
    return tuple(sorted(rate for rate in rates if slowest_hz <= rate <= fastest_hz))


def _off_layer_3(rates_hz: Rates) -> npt.NDArray[np.bool_]:
    """Which rates have no line where Layer III has its own: at multiples of half a granule pair's rate."""
    orders = rates_hz[:, None] * _LAYER_3_PARTS / np.array(_LAYER_3_RATES_HZ)
    off: npt.NDArray[np.bool_] = (np.abs(orders - np.rint(orders)) > _WITHIN * orders).all(axis=1)
    return off


def _off_notes(rates_hz: Rates, within: float = _IN_TUNE) -> npt.NDArray[np.bool_]:
    """Which rates are no note of the equal temperament: 49 Hz is the G of every synthesiser to a hundred-thousandth."""
    semitones = 12 * np.log2(rates_hz / _TUNING_HZ)
    off: npt.NDArray[np.bool_] = np.abs(semitones - np.rint(semitones)) * (np.log(2) / 12) > within
    return off


def is_note(rate_hz: float, within: float) -> bool:
    """Whether a rate is a note of the equal temperament, at 440 Hz, to so small a part."""
    return not bool(_off_notes(np.array([rate_hz]), within)[0])


def is_harmonic_of_note(rate_hz: float) -> bool:
    """Whether a rate is a note of the equal temperament or its third or fifth harmonic, to a hundred-thousandth: 245 Hz
    is five times that G, and swings where it is held."""
    return any(is_note(rate_hz / harmonic, _IN_TUNE) for harmonic in (1, 3, 5))


def _left(rates_hz: Rates) -> Rates:
    left: Rates = rates_hz[_off_layer_3(rates_hz) & _off_notes(rates_hz)]
    return left


COMB_RATES_HZ = _left(np.array(frame_rates_hz(_SLOWEST_HZ, _FASTEST_HZ)))
"""Frame rates of decoders without those that MPEG Layer III has lines at, and without notes. From 375 Hz on its
subbands lie at one speed or another."""


def is_block_rate(rate_hz: float) -> bool:
    """Whether a rate is 44.1 or 48 kHz over a power of two: synthesisers and hosts compute their sound in such blocks,
    and what changes from block to block leaves lines there as a decoder's frames do."""
    blocks = np.array([sample_rate_hz / rate_hz for sample_rate_hz in _BLOCK_SAMPLE_RATES_HZ])
    return bool((np.abs(blocks / 2 ** np.rint(np.log2(blocks)) - 1) < 1e-6).any())


def usual_speeds() -> Rates:
    """The speeds that a recording is played at when it is not 1: whole semitones to half an octave, and up to 30 %
    faster or a quarter slower by whole percents, of the speed or of the duration."""
    percents = [percent for percent in range(-25, _MOST_PERCENT + 1) if percent]
    semitones = [2 ** (step / 12) for step in range(-_MOST_SEMITONES, _MOST_SEMITONES + 1) if step]
    speeds = semitones + [1 + percent / 100 for percent in percents] + [100 / (100 + percent) for percent in percents]
    return np.array(sorted({round(speed, 12) for speed in speeds}))


@cache
def rates_at_usual_speeds() -> tuple[Rates, Rates]:
    """`COMB_RATES_HZ` at the usual speeds, ascending, each with its speed, of several that make the same rate the one
    nearest to 1. What is a rate of the list itself, a note, or where Layer III has lines as it is, is left out."""
    speeds = usual_speeds()
    rates, speed_of = (COMB_RATES_HZ[:, None] * speeds).ravel(), np.tile(speeds, len(COMB_RATES_HZ))
    off = (rates >= _SLOWEST_HZ) & (rates <= _FASTEST_HZ) & _off_layer_3(rates) & _off_notes(rates)
    off &= np.abs(_nearest(rates) / rates - 1) > _APART
    kept: list[tuple[float, float]] = []
    for rate, speed in sorted(zip(rates[off].tolist(), speed_of[off].tolist(), strict=True)):
        if not kept or rate - kept[-1][0] > _APART * rate:
            kept.append((rate, speed))
        elif abs(math.log(speed)) < abs(math.log(kept[-1][1])):
            kept[-1] = rate, speed
    told = np.array(kept)
    return told[:, 0], told[:, 1]


def frame_rate_of(spacing_hz: float) -> float | None:
    """Which of `COMB_RATES_HZ` a comb of this spacing, known to 0.004 %, stands on; None where it stands on none."""
    nearest = float(_nearest(np.array([spacing_hz]))[0])
    return nearest if abs(nearest / spacing_hz - 1) < _WITHIN else None


def _nearest(rates_hz: Rates) -> Rates:
    """The rate of the list that is nearest to each, on a scale of ratios."""
    borders = np.sqrt(COMB_RATES_HZ[1:] * COMB_RATES_HZ[:-1])
    nearest: Rates = COMB_RATES_HZ[np.searchsorted(borders, rates_hz)]
    return nearest
