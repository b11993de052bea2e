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
_SMALLER_SEARCH = 1.2
_PER_SIGMA, _LEAST_Z, _MOST_Z = 0.5, 1.5, 4.5
_WHOLLY_FROM = 3.0


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


def for_frame_rate(strength: float, swing_z: float) -> float:
    """What a comb on a frame rate of decoders gains, from 0 to 2.7, in units of strength.

    The search over all spacings must let pass what chance reaches among 57,565 of them; among the few listed ones it
    reaches less (recordings by people under noise: 3.0 against 4.6), of which 1.2 are credited. A swing of the power at
    the very rate adds up to 1.5, from one and a half standard errors on (``swing_z``; 0 where nobody listened), which
    would be nothing at a rate that was searched for. A comb that is hardly there, under a strength of 3, gains less in
    proportion.
    """
    swing = _PER_SIGMA * (min(_MOST_Z, max(_LEAST_Z, swing_z)) - _LEAST_Z)
    return (_SMALLER_SEARCH + swing) * min(1.0, max(0.0, strength) / _WHOLLY_FROM)
