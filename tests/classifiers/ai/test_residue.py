import numpy as np
import pytest

from classifiers.ai.residue import BIN_HZ, BINS, FRAME_S, ResidueMeter
from classifiers.audio.spectra import fine_places


def noise_power(frames: int, seed: int = 0, level: float = 1.0) -> np.ndarray:
    return (level * np.random.default_rng(seed).exponential(1.0, (frames, BINS + 20))).astype(np.float32)


def test_batches_of_any_size_give_the_same_averages() -> None:
    power = noise_power(60)
    whole, pieces = ResidueMeter(), ResidueMeter()
    whole.feed(power)
    for start, stop in ((0, 1), (1, 9), (9, 9), (9, 47), (47, 60)):
        pieces.feed(power[start:stop])
    for name in ("cut", "between_notes", "coverage", "blocks"):
        np.testing.assert_allclose(getattr(whole.finish(), name), getattr(pieces.finish(), name), atol=1e-4)


def test_a_steady_line_stands_out_of_both_averages() -> None:
    power = noise_power(100)
    power[:, 3000] *= 3
    found = ResidueMeter()
    found.feed(power)
    residue = found.finish()
    assert residue.cut[3000] > residue.cut.mean() + 4 * residue.cut.std()
    assert residue.between_notes[3000] > 2 * residue.between_notes.std()


def test_a_note_that_comes_and_goes_is_left_out_between_notes() -> None:
    power = noise_power(200)
    power[:80, 3000] *= 1000
    meter = ResidueMeter()
    meter.feed(power)
    residue = meter.finish()
    assert abs(residue.between_notes[3000]) < 1.5
    assert residue.coverage[3000] < 0.75 * residue.coverage[2000:2900].mean()


def test_a_tone_that_never_stops_counts_as_a_line() -> None:
    power = noise_power(100)
    power[:, 2999:3002] *= np.array([100, 10_000, 100], np.float32)
    meter = ResidueMeter()
    meter.feed(power)
    assert meter.finish().between_notes[3000] == pytest.approx(6.0)


def test_silent_frames_are_not_counted() -> None:
    meter = ResidueMeter()
    meter.feed(noise_power(50))
    meter.feed(np.zeros((30, BINS), np.float32))
    meter.feed(noise_power(20, seed=1))
    residue = meter.finish()
    assert residue.frames == 70
    assert np.isclose(residue.heard.sum(), 70)


def test_memory_does_not_grow_with_length() -> None:
    meter = ResidueMeter()
    power = noise_power(300)
    for _ in range(10):
        meter.feed(power)
    residue = meter.finish()
    assert residue.frames == 3000
    assert len(residue.blocks) <= 512
    assert residue.block_s * len(residue.blocks) == pytest.approx(fine_places(3000, 1)[0] * FRAME_S, rel=0.01)
    assert residue.taken.sum() == 3000
    assert set(residue.taken[1:]) <= {residue.taken[1], residue.taken[1] // 2}


def test_nothing_fed_is_nothing_found() -> None:
    residue = ResidueMeter().finish()
    assert residue.frames == 0
    assert len(residue.blocks) == 0


def test_bins_reach_over_sixteen_kilohertz() -> None:
    assert BINS * BIN_HZ > 16_000
