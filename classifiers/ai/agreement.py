"""Whether the power of the sound swings at the spacing that the comb search found: two traces of one decoder.

A decoder that upsamples by strides draws lines in the spectrum and lets the power between the notes swing, both at the
rate of its frames. At another playing speed both move alike, and the list of known clocks no longer fits, but each
still says where the other has to be. So the swing is asked at the comb's spacing and nowhere else, which makes the
search small enough to need no list.
"""

import itertools
import math

import numpy as np

from classifiers.ai.clocks import Swing

MOST = 3.0
"""The most that the swing adds to a comb: alone it is no evidence at a spacing that is in no list."""

_PER_SIGMA = 0.3
_LEAST_Z = 5.0
_WITHIN, _STEP = 4e-5, 4e-6
_BANDS_HZ = (1_000.0, 4_000.0, 8_000.0, 13_500.0, 22_050.0)
_BESIDE_CHANCE = 2.5
_EVEN = 2.5
_SLOWEST_LAYER_3_HZ, _FASTEST_LAYER_3_HZ = 375.0, 940.0
_SIDEBANDS_FROM = 6
_SLOWEST_DECODER_HZ = 10.0
_SLOW_WEIGHT = 1.5
_FEWEST_LINES = 8


class Agreement:
    """The swing of a recording, asked at spacings that another search found."""

    def __init__(self, swing: Swing) -> None:
        self._swing = swing
        self._sharpest: dict[float, tuple[float, float]] = {}

    def bound(self, spacing_hz: float) -> float:
        """What :meth:`strength` is at most, before the guards that take longer."""
        return _of_z(self._at(spacing_hz)[1])

    def strength(self, spacing_hz: float) -> float:
        """What the swing at the multiples of a spacing adds to a comb there, from 0 to `MOST`, in units of strength.

        Five guards take off what else swings at one spacing. *Notes*: a note starts and ends, so that its lines are
        broad; what stands half a hertz to a hertz beside the lines is taken off. It also swings mostly at low rates,
        so the weakest of four bands counts, two and a half times (a decoder's four are alike, and count double in
        the whole). *Faster swings*: a bass note of 58 Hz swings at a third of the lines of 19 Hz, so that what every
        second or third line draws does not count. *Layer III* swings at the rate of its subbands, whatever speed it is
        played at: one multiple of 375 to 940 Hz, whichever explains most, is left out with its own multiples.
        *Repetition* as in the clock search; one at a rate under 10 Hz, which no decoder's frames have, counts one and
        a half times.
        """
        spacing_hz, z = self._at(spacing_hz)
        if z <= _LEAST_Z:
            return 0.0
        left = min(z, _EVEN * self._weakest_band(spacing_hz), self._without_multiples(spacing_hz))
        if left <= _LEAST_Z:
            return 0.0
        left -= max(0.0, self._swing.beside(spacing_hz) - _BESIDE_CHANCE)
        if left <= _LEAST_Z:
            return 0.0
        return _of_z(left - self._swing.taken_by_repetition(spacing_hz, z, _SLOWEST_DECODER_HZ, _SLOW_WEIGHT))

    def is_layer_3(self, spacing_hz: float) -> bool:
        """Whether what stands at a spacing was drawn by MPEG Layer III, whatever the recording was copied to since and
        at whatever speed it is played: its subbands swing too, nine spacings (18, 27 and so on) apart."""
        return self._swing.is_layer_3_at_another_speed(self._at(spacing_hz)[0])

    def _at(self, spacing_hz: float) -> tuple[float, float]:
        """The sharpest spacing near one, which the comb search knows less exactly, and its z-score."""
        if spacing_hz not in self._sharpest:
            around = spacing_hz * (1 + np.arange(-_WITHIN, _WITHIN + _STEP, _STEP))
            z = self._swing.z_of(around)
            best = int(z.argmax())
            self._sharpest[spacing_hz] = float(around[best]), float(z[best])
        return self._sharpest[spacing_hz]

    def _weakest_band(self, spacing_hz: float) -> float:
        at = self._swing.positions(spacing_hz)
        bands = itertools.pairwise(_BANDS_HZ)
        return min(self._swing.z_at(at[(at >= low) & (at < high)]) for low, high in bands)

    def _without_multiples(self, spacing_hz: float) -> float:
        """The score without every second or third line, or those of a subband rate with their sidebands: the least."""
        at = self._swing.positions(spacing_hz)
        order = np.rint(at / spacing_hz).astype(np.int64)
        left = []
        layer_3 = range(math.ceil(_SLOWEST_LAYER_3_HZ / spacing_hz), int(_FASTEST_LAYER_3_HZ / spacing_hz) + 1)
        for every in {2, 3, *layer_3}:
            sidebands = 1 if every >= _SIDEBANDS_FROM else 0
            kept = np.minimum(order % every, every - order % every) > sidebands
            left.append(self._swing.z_at(at[kept]) if kept.sum() >= _FEWEST_LINES else 0.0)
        return min(left, default=0.0)


def _of_z(z: float) -> float:
    return min(MOST, _PER_SIGMA * max(0.0, z - _LEAST_Z))
