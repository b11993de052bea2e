"""A comb's places laid over one another stand out in the middle; those of a comb that is not there do not."""

import numpy as np
import pytest

from classifiers.ai.clocks import Clock
from classifiers.ai.cyclic import CYCLIC_BIN_HZ, STRETCH
from classifiers.ai.residue import BIN_HZ, BINS, Residue
from classifiers.ai.search import Comb
from classifiers.ai.traces import lines_of, swings_of
from schemas.spectral_trace import TraceKind


def residue(spacing_hz=None):
    """The averages of noise, with lines of 2 dB where a spacing is given."""
    cut = np.random.default_rng(1).normal(0.0, 0.3, BINS).astype(np.float32)
    if spacing_hz:
        cut[np.rint(np.arange(1, 16_000 / spacing_hz) * spacing_hz / BIN_HZ).astype(int)] += 2.0
    ones = np.ones(1, np.int64)
    return Residue(cut, cut, cut, cut, cut[None], ones, ones, 1.0, 1)


def comb(spacing_hz):
    return Comb(spacing_hz, 9.0, 9.0, 0.0, 0.0, 0.0, 0.0, 1.0, np.ones(1), 90, 100)


def clock(spacing_hz):
    return Clock(spacing_hz, 20.0, 8.0, 0.0, 0.0, 100, 150, 1.0)


@pytest.mark.parametrize("spacing_hz", [16.1, 50.0, 344.53, 1_378.125])
def test_lines_stand_out_in_the_middle(spacing_hz):
    trace = lines_of(comb(spacing_hz), residue(spacing_hz), 14_000.0)
    middle = len(trace.around) // 2
    assert trace.kind is TraceKind.LINES
    assert (trace.low_hz, trace.high_hz) == (1_000, 14_000)
    assert trace.places == int(14_000 / spacing_hz) - int(np.ceil(1_000 / spacing_hz)) + 1
    assert len(trace.around) % 2 == 1
    assert int(np.argmax(trace.around)) == middle
    assert trace.around[middle] > 1.0


def test_where_no_lines_are_the_middle_is_like_the_rest():
    around = lines_of(comb(50.0), residue(), 14_000.0).around
    assert max(map(abs, around)) < 0.2


def test_swings_stand_out_in_the_middle_and_name_the_band_of_the_sound():
    swing = np.random.default_rng(1).exponential(1.0, STRETCH // 2 + 1).astype(np.float32)
    swing[np.rint(np.arange(1, 300) * 75.0 / CYCLIC_BIN_HZ).astype(int).clip(max=len(swing) - 1)] = 5.0
    trace = swings_of(clock(75.0), [swing, swing])
    assert trace.kind is TraceKind.SWINGS
    assert (trace.low_hz, trace.high_hz) == (2_000, 15_500)
    assert int(np.argmax(trace.around)) == len(trace.around) // 2
    assert trace.around[len(trace.around) // 2] == pytest.approx(5.0, abs=0.1)
