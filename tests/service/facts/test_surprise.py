import random

import pytest
from scipy import stats

from service.facts.beta import beta_quantile, incomplete_beta
from service.facts.surprise import MOST, binomial_surprise, cusum, negative_binomial_surprise


@pytest.mark.parametrize(("a", "b", "x"), [(1, 49, 0.02), (13, 5037, 0.004), (0.5, 3, 0.9), (200, 2, 0.99)])
def test_the_beta_distribution_is_that_of_scipy(a, b, x):
    assert incomplete_beta(a, b, x) == pytest.approx(stats.beta.cdf(x, a, b), rel=1e-6)
    assert beta_quantile(a, b, 0.975) == pytest.approx(stats.beta.ppf(0.975, a, b), abs=1e-9)


@pytest.mark.parametrize(("hits", "total", "share"), [(6, 10, 0.04), (3, 10, 0.04), (25, 300, 0.003), (12, 600, 0.009)])
def test_binomial_surprise_is_the_tail_of_the_binomial(hits, total, share):
    expected = -stats.binom.logsf(hits - 1, total, share) / 2.302585
    assert binomial_surprise(hits, total, share) == pytest.approx(expected, rel=1e-4)


def test_what_is_expected_or_less_is_no_surprise_and_the_rest_is_bounded():
    assert binomial_surprise(3, 1000, 0.003) == 0
    assert binomial_surprise(0, 10, 0.5) == 0
    assert binomial_surprise(900, 900, 0.009) == MOST


def test_negative_binomial_surprise_is_the_tail_by_moments():
    daily = [0] * 20 + [3, 9, 1, 30, 2, 0, 0, 1]
    mean = sum(daily) / len(daily)
    variance = sum((value - mean) ** 2 for value in daily) / (len(daily) - 1)
    size = mean * mean / (variance - mean)
    expected = -stats.nbinom.logsf(149, size, size / (size + mean)) / 2.302585
    assert negative_binomial_surprise(150, daily) == pytest.approx(expected, rel=1e-4)
    assert negative_binomial_surprise(150, daily[:13]) is None


def test_a_large_senders_ordinary_day_is_no_surprise():
    assert negative_binomial_surprise(2_300, [2_000 + 40 * (day % 9) for day in range(28)]) < 2


def test_low_and_slow_raises_the_alarm_and_one_album_does_not():
    quiet = [0, 1, 0, 0, 1, 0, 0] * 4
    assert cusum([*quiet, *[10] * 14]) > 8
    assert cusum([*quiet, *[0] * 6, 40, *[0] * 7]) < 8
    assert cusum(quiet[:14]) is None


def test_the_baseline_does_not_learn_from_the_flood():
    flood = [1] * 14 + [9] * 40
    assert cusum(flood) > cusum(flood[:28]) > 8


def test_growth_in_small_steps_moves_the_baseline_along():
    assert cusum([10 + day // 4 for day in range(60)]) < 8


def test_an_ordinary_label_raises_hardly_any_alarm_in_a_year_of_days():
    source = random.Random(4)
    daily = [int(source.gammavariate(1.5, 4)) for _ in range(365)]
    windows = [daily[start : start + 60] for start in range(0, 300, 10)]
    assert sum(cusum(window) > 8 for window in windows) <= 2
