import numpy as np
import pytest

from classifiers.ai.comb import LOWEST_HZ, SPACINGS_HZ, Lines, flattened, peaks, rival, scan, upper_edge_hz
from classifiers.ai.residue import BIN_HZ, BINS


def floor(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.5, BINS).astype(np.float32)


def with_lines(spacing_hz: float, height_db: float, width_bins: int = 1) -> np.ndarray:
    spectrum = floor()
    for order in range(1, int(16_000 / spacing_hz)):
        at = round(order * spacing_hz / BIN_HZ)
        spectrum[at - width_bins // 2 : at + width_bins // 2 + 1] += height_db
    return spectrum


def searched(spectrum: np.ndarray) -> np.ndarray:
    lines = Lines(flattened(spectrum), LOWEST_HZ, 16_000.0)
    return scan(lines, lines)[0]


@pytest.mark.parametrize("spacing_hz", [21.5332, 31.7, 50.0, 86.1328, 137.8, 311.0, 689.06, 1102.5])
def test_the_highest_score_is_at_the_spacing_of_the_lines(spacing_hz: float) -> None:
    scores = searched(with_lines(spacing_hz, 1.5))
    found = float(SPACINGS_HZ[scores.argmax()])
    assert found == pytest.approx(spacing_hz, rel=3e-4)
    assert scores.max() > 7


def test_noise_reaches_no_more_than_the_search_over_all_spacings_explains() -> None:
    highest = [searched(floor(seed)).max() for seed in range(8)]
    assert max(highest) < 5.0


def test_lines_between_the_multiples_do_not_count() -> None:
    spectrum = Lines(flattened(with_lines(100.0, 2.0)), LOWEST_HZ, 16_000.0)
    assert spectrum.z(100.0) > 10
    assert spectrum.z(100.0, phase=0.5) < 1


def test_sharp_lines_have_no_rival_and_broad_ones_have() -> None:
    sharp, broad = searched(with_lines(97.0, 2.0)), searched(with_lines(97.0, 2.0, width_bins=9))
    assert rival(sharp, 97.0) < 5.5
    assert rival(broad, 97.0) > 1.5 * rival(sharp, 97.0)


def test_peaks_are_apart_and_in_order() -> None:
    scores = searched(with_lines(50.0, 2.0))
    found = peaks(scores, 4)
    assert found[0] == pytest.approx(50.0, rel=3e-4)
    assert all(abs(a / b - 1) > 9e-4 for a in found for b in found if a != b)


def test_a_flat_spectrum_scores_nothing() -> None:
    lines = Lines(np.zeros(BINS, np.float32), LOWEST_HZ, 16_000.0)
    assert not any(scores.any() for scores in scan(lines, lines))
    assert lines.z(50.0) == 0
    assert peaks(scan(lines, lines)[0], 3) == []


def test_the_upper_edge_is_where_the_energy_ends() -> None:
    level = np.full(BINS, -90.0, np.float32)
    level[: int(9_000 / BIN_HZ)] = 10.0
    assert upper_edge_hz(level) == pytest.approx(8_900, abs=60)
    assert upper_edge_hz(np.full(BINS, -100.0, np.float32)) == 0
