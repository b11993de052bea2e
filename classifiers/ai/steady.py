"""Steady lines: tones at the multiples of a decoder's frame rate that keep their phase as long as they are looked at.

A decoder's bias is the same in every frame, so what it draws at the multiples of its frame rate are tones locked to the
sample clock. In the spectrum of a whole stretch (:func:`classifiers.ai.cyclic.steady_spectrum`) each gathers in a bin
of 0.17 Hz, where noise hides it last. Which rates to ask is known beforehand: those that decoders are built with, as
recorded or at a usual speed (:mod:`classifiers.ai.frame_rates`).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from classifiers.ai.clocks import Swing
from classifiers.ai.cyclic import Array
from classifiers.ai.frame_rates import COMB_RATES_HZ, is_block_rate, rates_at_usual_speeds

_BAND_HZ = (2_000.0, 15_500.0)
_LOW_BAND_HZ, _LOW_CAP = (2_000.0, 5_000.0), 3.5
_COARSELY = np.array([-1.2e-5, 1.2e-5])
_FINELY = np.arange(-1.6e-5, 1.7e-5, 4e-6)
_LOOKED_AT, _WEIGHED, _TOLD = 16, 4, 2
_LEAST_Z = 5.0
_BESIDE_CHANCE = 2.5
_REPEATED_FROM, _REPEATED_ALL, _REPEATED_WEIGHT = 0.2, 0.5, 1.25
_EVERY, _FUNDAMENTAL, _EVEN = (2, 3, 5), 2.0, 1.6
_PER_SIGMA, _FROM_Z, _MOST = 0.5, 9.0, 4.0
_WHOLLY_FROM = 2.0
_ALONE, _MOST_ALONE = 0.6, 12.0


@dataclass(frozen=True)
class SteadyRate:
    """A frame rate at whose multiples steady lines stand: where it is, what the guards left of its score in standard
    errors, and the speed that it is played at (1 for a rate as decoders are built with)."""

    rate_hz: float
    z: float
    speed: float = 1.0

    def alone(self) -> float:
        """The strength of the evidence by itself, from 0 to 12 in the units of the comb search; 0 at any speed but 1,
        and at the block rates of synthesisers.

        Of 142 recordings by people none has more than 7.7 standard errors at the 65 rates, in no disguise, but one that
        may be vocoded. Of five renderings by a synthesiser four have 9 to 15 before the guards, at 44.1 kHz over 512.
        Among the thousands at usual speeds chance and music reach further.
        """
        counts = self.speed == 1.0 and self.z > 0 and not is_block_rate(self.rate_hz)
        return min(_MOST_ALONE, _ALONE * self.z) if counts else 0.0

    def with_swing(self, swing: float) -> float:
        """The strength of steady lines and of a swing at the same rate, at any usual speed, where no comb is seen.

        ``swing`` is what is left of it after its own guards (:meth:`classifiers.ai.agreement.Agreement.strength`), 0 to
        3. Two traces that have nothing to do with each other but the decoder count as a comb of a strength of 2 would,
        in proportion where the swing is less than 1; steady lines alone count for nothing here.
        """
        as_of_comb = _WHOLLY_FROM * min(1.0, swing)
        beside = self.beside(as_of_comb)
        return as_of_comb + beside + swing if beside > 0 else 0.0

    def beside(self, strength: float) -> float:
        """What steady lines add to a comb of this strength at the same spacing, from 0 to 4 units of strength. A comb
        that is hardly there, under a strength of 2, gains less in proportion."""
        added = min(_MOST, _PER_SIGMA * max(0.0, self.z - _FROM_Z))
        return added * min(1.0, max(0.0, strength) / _WHOLLY_FROM)


class SteadyLines:
    """The steady lines of a recording, asked at the rates of decoders.

    ``steady`` is what :meth:`classifiers.ai.cyclic.CyclicMeter.steady` gives, ``swing`` the cyclic spectrum beside it.
    """

    def __init__(self, steady: Array, swing: Swing) -> None:
        self._swing = swing
        self._whole = Swing(steady, _BAND_HZ)
        self._low = Swing(np.minimum(steady, np.float32(_LOW_CAP)), _LOW_BAND_HZ)
        self._looks = (self._whole, self._low)
        self._at: dict[float, float] = {}

    def strongest(self) -> list[SteadyRate]:
        """Rates whose lines stand out, the strongest few as recorded and at usual speeds, where they can count."""
        listed = sorted((self.at_listed(rate_hz) for rate_hz in self._listed()), key=lambda rate: -rate.z)
        played = sorted(self._played(), key=lambda rate: -rate.z)
        found = [rate for rate in listed[:_TOLD] if rate.z > _LEAST_Z]
        return found + [rate for rate in played[:_TOLD] if rate.z > _FROM_Z]

    def at_listed(self, rate_hz: float) -> SteadyRate:
        """A rate as decoders are built with, known exactly.

        The stronger of two looks counts: at the whole band, and at 2 to 5 kHz alone, which lies over the noise longest.
        Single strong tones count for less there, as interference draws a few lines and a decoder most of its own.
        """
        if rate_hz not in self._at:
            self._at[rate_hz] = max(_left(lines, self._swing, rate_hz, _LEAST_Z) for lines in self._looks)
        return SteadyRate(rate_hz, self._at[rate_hz])

    def standing(self, rate_hz: float) -> tuple[int, int]:
        """Multiples of a rate that stand out, and all of them."""
        return self._whole.standing(rate_hz)

    def _listed(self) -> set[float]:
        """The rates that score highest in each band."""
        best: set[float] = set()
        for lines in self._looks:
            best.update(COMB_RATES_HZ[lines.scores_of(COMB_RATES_HZ).argsort()[-_WEIGHED:]].tolist())
        return best

    def _played(self) -> Iterator[SteadyRate]:
        """Rates at usual speeds, looked for in the low band and placed in the whole one."""
        rates, speeds = rates_at_usual_speeds()
        scores = np.maximum(*(self._low.z_of(rates * (1 + by)) for by in _COARSELY))
        best = scores.argsort()[-_LOOKED_AT:]
        around = rates[best][:, None] * (1 + _FINELY)
        finely = self._whole.z_of(around.ravel()).reshape(around.shape)
        for which in finely.max(axis=1).argsort()[-_WEIGHED:]:
            sharpest = float(around[which, finely[which].argmax()])
            yield SteadyRate(sharpest, _left(self._whole, self._swing, sharpest, _FROM_Z), float(speeds[best[which]]))


def _left(lines: Swing, swing: Swing, rate_hz: float, least_z: float) -> float:
    """The score of a rate after the guards; what is under ``least_z`` counts for nothing and is not looked into.

    *Other rates*: lines that only every second, third or fifth multiple draws speak for that multiple, not for this
    rate; and a wave of odd harmonics, as chips play, is no decoder's. *Layer III* at another speed swings at its
    subbands, and then nothing is left. *Broad lines* are taken off as far as they stand beside the lines. *Repetition*:
    what repeats exactly has lines at all multiples of its tempo, so the highest mean between the lines counts against
    them, from a fifth of their own on and wholly from a half on, and a quarter more than it is, for it is the least
    that the repetition has at the lines themselves.
    """
    z = lines.score(rate_hz)
    left = min(z, _of_this_rate(lines, rate_hz)) if z > least_z else z
    if left <= least_z:
        return left
    if swing.is_layer_3_at_another_speed(rate_hz):
        return 0.0
    left -= max(0.0, lines.beside(rate_hz) - _BESIDE_CHANCE)
    if left <= least_z:
        return left
    repeated = lines.repetition(rate_hz)
    counted = min(1.0, max(0.0, (repeated / z - _REPEATED_FROM) / (_REPEATED_ALL - _REPEATED_FROM)))
    return left - _REPEATED_WEIGHT * counted * repeated


def _of_this_rate(lines: Swing, rate_hz: float) -> float:
    """The most that a score can be whose lines stand at the multiples of this rate and not of some other."""
    at = lines.positions(rate_hz)
    order = np.rint(at / rate_hz).astype(np.int64)
    most = _EVEN * max(0.0, lines.z_at(at[order % 2 == 0])) * math.sqrt(2)
    for every in _EVERY:
        kept = at[order % every != 0]
        most = min(most, _FUNDAMENTAL * max(0.0, lines.z_at(kept)) * math.sqrt(every / (every - 1)))
    return most
