"""The rates at which decoders are built to make their frames, and what it says that a comb stands on one of them.

A frame is a whole number of samples, a product of the decoder's strides, at one of a few sample rates. So its rate is
in a short list, whoever built the decoder, and known to a millionth, unless the recording is played at another speed.
"""

import numpy as np
import numpy.typing as npt

_RATES_HZ = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_FEWEST_SAMPLES, _MOST_SAMPLES = 12, 4_096
_WITHIN = 4e-5
_LAYER_3_PARTS = 64 * 36
_LAYER_3_RATES_HZ = (32_000, 44_100, 48_000)
_PER_SIGMA, _LEAST_Z, _MOST_Z = 0.4, 9.0, 19.0
_WHOLLY_FROM = 2.0


def frame_rates_hz(slowest_hz: float, fastest_hz: float) -> tuple[float, ...]:
    """Every rate of 16 to 48 kHz over every product of twos, threes and fives that decoders are built of."""
    products = {2**two * 3**three * 5**five for two in range(2, 13) for three in range(3) for five in range(3)}
    samples = [product for product in products if _FEWEST_SAMPLES <= product <= _MOST_SAMPLES]
    rates = {round(rate / product, 9) for rate in _RATES_HZ for product in samples}
    return tuple(sorted(rate for rate in rates if slowest_hz <= rate <= fastest_hz))


def _off_layer_3(rates_hz: tuple[float, ...]) -> npt.NDArray[np.float64]:
    rates = np.array(rates_hz)
    orders = rates[:, None] * _LAYER_3_PARTS / np.array(_LAYER_3_RATES_HZ)
    off: npt.NDArray[np.bool_] = (np.abs(orders - np.rint(orders)) > _WITHIN * orders).all(axis=1)
    return rates[off]


COMB_RATES_HZ = _off_layer_3(frame_rates_hz(15.0, 1_500.0))
"""Frame rates of decoders without those that MPEG Layer III has lines at: multiples of half a granule pair's rate."""


def frame_rate_of(spacing_hz: float) -> float | None:
    """Which of `COMB_RATES_HZ` a comb of this spacing, known to 0.004 %, stands on; None where it stands on none."""
    nearest = float(COMB_RATES_HZ[np.abs(COMB_RATES_HZ - spacing_hz).argmin()])
    return nearest if abs(nearest / spacing_hz - 1) < _WITHIN else None


def for_frame_rate(strength: float, steady_z: float) -> float:
    """What a comb on a frame rate of decoders gains from steady lines at that very rate, from 0 to 4 units of strength.

    ``steady_z`` is how far these stand out (:meth:`classifiers.ai.agreement.Agreement.steady_z`). Of 142 recordings by
    people one has a comb of any strength on a listed rate with more than 9; generated ones under noise often have 10
    to 40. A comb that is hardly there, under a strength of 2, gains less in proportion.
    """
    over = min(_MOST_Z, max(_LEAST_Z, steady_z)) - _LEAST_Z
    return _PER_SIGMA * over * min(1.0, max(0.0, strength) / _WHOLLY_FROM)
