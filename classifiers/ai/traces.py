"""A finding laid open: the places of a comb or a clock laid over one another, as a person looks at them."""

import numpy as np

from classifiers.ai.clocks import Clock
from classifiers.ai.comb import LOWEST_HZ, flattened
from classifiers.ai.cyclic import CYCLIC_BIN_HZ, Array
from classifiers.ai.residue import BIN_HZ, Residue
from classifiers.ai.search import Comb
from schemas.spectral_trace import SpectralTrace, TraceKind

_STEPS = 20
_SWING_BAND_HZ = (2_000.0, 15_500.0)
_SWINGS_HZ = (1_000.0, 22_000.0)
_MOST_POWER = 6.0


def lines_of(comb: Comb, residue: Residue, upper_edge_hz: float) -> SpectralTrace:
    """The averaged spectrum around every line of a comb, over what surrounds it."""
    spacing = comb.spacing_hz
    flat = flattened(residue.cut)
    return _laid_over(flat, BIN_HZ, spacing, (LOWEST_HZ, upper_edge_hz), TraceKind.LINES, (LOWEST_HZ, upper_edge_hz))


def steady_lines_of(comb: Comb, steady: Array) -> SpectralTrace:
    """The spectrum of whole stretches (:func:`classifiers.ai.cyclic.steady_spectrum`) around every line of a comb."""
    lines = np.minimum(steady, np.float32(_MOST_POWER))
    return _laid_over(lines, CYCLIC_BIN_HZ, comb.spacing_hz, _SWING_BAND_HZ, TraceKind.LINES, _SWING_BAND_HZ)


def swings_of(clock: Clock, stretches: list[Array]) -> SpectralTrace:
    """The averaged cyclic spectrum around every multiple of a clock. The rates are those of power, not of sound."""
    swing = np.minimum(np.mean(stretches, axis=0, dtype=np.float32), np.float32(_MOST_POWER))
    return _laid_over(swing, CYCLIC_BIN_HZ, clock.spacing_hz, _SWINGS_HZ, TraceKind.SWINGS, _SWING_BAND_HZ)


def _laid_over(
    values: Array,
    bin_hz: float,
    spacing_hz: float,
    between_hz: tuple[float, float],
    kind: TraceKind,
    band_hz: tuple[float, float],
) -> SpectralTrace:
    orders = np.arange(np.ceil(between_hz[0] / spacing_hz), np.floor(between_hz[1] / spacing_hz) + 1)
    places = np.rint(orders * spacing_hz / bin_hz).astype(np.int64)
    steps = max(1, min(_STEPS, int(spacing_hz / bin_hz / 2)))
    around = values.take(places[:, None] + np.arange(-steps, steps + 1), mode="clip").mean(axis=0)
    return SpectralTrace(
        kind=kind,
        spacing_hz=round(spacing_hz, 3),
        low_hz=round(band_hz[0]),
        high_hz=round(band_hz[1]),
        places=len(places),
        step_hz=round(bin_hz, 4),
        around=[round(float(value), 3) for value in around],
    )
