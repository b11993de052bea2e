import numpy as np
import pytest

from classifiers.training.statistics import (
    auroc,
    calibration_error,
    clopper_pearson,
    equal_weights,
    exponential_tail,
    left_out_thresholds,
    precision,
    reliability,
    roc,
    threshold,
)


def test_auroc_is_the_chance_to_score_higher_with_ties_counting_half() -> None:
    assert auroc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1.0
    assert auroc(np.array([1.0]), np.array([0.0, 1.0, 2.0, 1.0])) == 0.5
    assert np.isnan(auroc(np.array([]), np.array([1.0])))


def test_clopper_pearson_gives_the_rule_of_three_and_known_values() -> None:
    assert clopper_pearson(0, 299) == (0.0, pytest.approx(0.01226, abs=1e-4))
    assert clopper_pearson(2, 127) == (pytest.approx(0.0019, abs=1e-4), pytest.approx(0.0557, abs=1e-4))
    assert clopper_pearson(5, 5)[1] == 1.0
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_a_threshold_lets_as_many_over_as_allowed() -> None:
    scores = np.array([5.0, 1.0, 4.0, 3.0])
    assert threshold(scores, 0) == 5.0
    assert (scores > threshold(scores, 1)).sum() == 1
    assert threshold(scores, 9) == float("-inf")


def test_a_left_out_source_does_not_set_its_own_threshold() -> None:
    limits = left_out_thresholds(np.array([9.0, 1.0, 2.0, 3.0]), ["loud", "a", "a", "b"], 0)
    assert limits == {"loud": 3.0, "a": 9.0, "b": 9.0}


def test_calibration_error_is_zero_for_shares_that_come_true() -> None:
    probabilities = np.array([0.25] * 4 + [0.75] * 4)
    truth = np.array([1, 0, 0, 0, 1, 1, 1, 0], float)
    assert calibration_error(reliability(probabilities, truth, np.ones(8))) == pytest.approx(0)
    assert calibration_error(reliability(np.ones(8), truth, np.ones(8))) == pytest.approx(0.5)


def test_the_reliability_diagram_weighs_clips_and_leaves_out_empty_bins() -> None:
    low, high = reliability(np.array([0.05, 0.05, 1.0]), np.array([0.0, 1.0, 1.0]), np.array([3.0, 1.0, 4.0]))
    assert (low.probability, low.share, low.mass, low.clips) == (pytest.approx(0.05), 0.25, 0.5, 2)
    assert (high.probability, high.share, high.clips) == (1.0, 1.0, 1)


def test_precision_follows_the_share_of_ai_and_keeps_the_interval_of_both_rates() -> None:
    rare, common = (precision(share, (95, 100), (1, 100)) for share in (0.005, 0.4))
    assert rare.best == pytest.approx(0.323, abs=0.001)
    assert common.best == pytest.approx(0.984, abs=0.001)
    assert rare.low < rare.best < rare.high
    assert precision(0.1, (0, 10), (0, 0)).low == 0.0


def test_a_roc_curve_runs_from_nothing_to_everything() -> None:
    assert roc(np.array([2.0, 3.0]), np.array([1.0])) == [(0.0, 0.0), (0.0, 0.5), (0.0, 1.0), (1.0, 1.0)]
    assert roc(np.array([]), np.array([1.0])) == []


def test_every_group_has_the_same_say() -> None:
    weights = equal_weights(["a", "a", "a", "b"])
    assert weights.sum() == pytest.approx(1)
    assert weights[:3].sum() == pytest.approx(weights[3])


def test_an_exponential_tail_is_recovered_in_spite_of_an_outlier() -> None:
    scores = np.append(3 + 0.5 * np.random.default_rng(0).exponential(1.0, 4000), 500.0)
    begin, share, scale = exponential_tail(scores, np.ones(len(scores)))
    assert share == pytest.approx(0.2, abs=0.01)
    assert scale == pytest.approx(0.5, rel=0.15)
    assert begin == pytest.approx(3 + 0.5 * np.log(5), rel=0.05)


def test_equal_scores_have_a_tail_that_can_be_divided_by() -> None:
    begin, share, scale = exponential_tail(np.full(30, 4.0), np.ones(30))
    assert (begin, scale > 0, 0 < share < 0.1) == (4.0, True, True)
