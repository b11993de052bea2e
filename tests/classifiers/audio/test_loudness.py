"""Loudness against the values that BS.1770 and EBU Tech 3341 give by hand."""

import numpy as np
import pytest
from scipy.signal import lfilter

from classifiers.audio.loudness import Loudness, channel_weights, integrated, k_weighting
from tests.sounds import music, silence, tone


def measured(sound: np.ndarray, rate_hz: int = 48_000, block: int = 65_536) -> tuple[float | None, float]:
    planar = np.atleast_2d(sound.T).astype(np.float32)
    meter = Loudness(rate_hz, len(planar))
    for start in range(0, planar.shape[1], block):
        meter.feed(planar[:, start : start + block])
    return meter.finish()


def stereo_tone(duration_s: float, level_db: float, rate_hz: int = 48_000) -> np.ndarray:
    return np.stack([tone(duration_s, 1000.0, level_db, rate_hz)] * 2, axis=1)


def test_the_filter_at_48_khz_is_the_one_in_the_standard() -> None:
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585]
    high_pass = [1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621]
    np.testing.assert_allclose(k_weighting(48_000), [shelf, high_pass], rtol=1e-5)


@pytest.mark.parametrize("level_db", [-23.0, -33.0])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000, 22_050, 11_025])
def test_a_stereo_sine_reads_its_own_level(level_db: float, rate_hz: int) -> None:
    """EBU Tech 3341, cases 1 and 2."""
    loudness, _ = measured(stereo_tone(10.0, level_db, rate_hz), rate_hz)
    assert loudness == pytest.approx(level_db, abs=0.1)


def test_one_channel_alone_reads_three_lower() -> None:
    loudness, _ = measured(tone(5.0, 997.0, 0.0, 48_000))
    assert loudness == pytest.approx(-3.01, abs=0.05)


def test_the_relative_gate_leaves_out_what_is_quiet() -> None:
    """EBU Tech 3341, case 3."""
    sound = np.concatenate([stereo_tone(10, -36.0), stereo_tone(60, -23.0), stereo_tone(10, -36.0)])
    assert measured(sound)[0] == pytest.approx(-23.0, abs=0.1)


def test_the_absolute_gate_leaves_out_what_is_nearly_silent() -> None:
    """EBU Tech 3341, case 4."""
    levels = [(10, -72.0), (10, -36.0), (60, -23.0), (10, -36.0), (10, -72.0)]
    sound = np.concatenate([stereo_tone(seconds, level) for seconds, level in levels])
    assert measured(sound)[0] == pytest.approx(-23.0, abs=0.1)


def test_loud_stretches_weigh_by_their_power() -> None:
    """EBU Tech 3341, case 5."""
    sound = np.concatenate([stereo_tone(20, -26.0), stereo_tone(20.1, -20.0), stereo_tone(20, -26.0)])
    assert measured(sound)[0] == pytest.approx(-23.0, abs=0.1)


def test_surround_channels_weigh_more_and_the_lfe_nothing() -> None:
    """EBU Tech 3341, case 6: L, R -28, C -24, Ls, Rs -30 dBFS gives -23 LUFS."""
    levels = [-28.0, -28.0, -24.0, 0.0, -30.0, -30.0]
    sound = np.stack([tone(10, 1000.0, level, 48_000) for level in levels], axis=1)
    assert measured(sound)[0] == pytest.approx(-23.0, abs=0.1)
    assert channel_weights(1) == [1.0]


def test_the_streamed_filter_equals_the_plain_one() -> None:
    sound = music(8.0, seed=2)[: 44_100 // 10 * 80]
    filtered = sound.astype(np.float64)
    for b0, b1, b2, a1, a2 in k_weighting(44_100):
        filtered = lfilter([b0, b1, b2], [1.0, a1, a2], filtered, axis=0)
    steps = np.square(filtered).sum(axis=1).reshape(-1, 4410).mean(axis=1)
    assert measured(sound, 44_100, block=10_007)[0] == pytest.approx(integrated(steps), abs=1e-4)


def test_the_size_of_the_blocks_does_not_matter() -> None:
    sound = music(4.0, seed=3)
    assert measured(sound, 44_100, 1_000)[0] == pytest.approx(measured(sound, 44_100, 65_536)[0], abs=1e-5)


def test_silence_has_no_loudness_and_is_all_silent() -> None:
    assert measured(silence(3.0)) == (None, 1.0)


def test_the_share_of_silence_counts_all_channels() -> None:
    half = np.concatenate([music(3.0, seed=1), np.zeros((3 * 44_100, 2), np.float32)])
    assert measured(half, 44_100)[1] == pytest.approx(0.5, abs=0.05)
    one_sided = np.stack([tone(3.0), silence(3.0)], axis=1)
    assert measured(one_sided, 44_100)[1] == 0.0


def test_less_than_one_step_is_still_measured() -> None:
    loudness, silent = measured(stereo_tone(0.05, -20.0))
    assert loudness is not None
    assert silent == 0.0
