import pytest
from sklearn.metrics import average_precision_score

from classifiers.spam.measures import average_precision, measured, threshold_at


def test_average_precision_is_that_of_scikit_learn_equal_scores_included():
    scores = [round((number * 37 % 101) / 100, 1) for number in range(300)]
    positive = [number % 7 == 0 or score > 0.8 for number, score in enumerate(scores)]
    assert average_precision(scores, positive) == pytest.approx(average_precision_score(positive, scores))


def test_no_more_than_the_rate_of_the_negatives_are_over_the_threshold():
    scores, positive = [number / 1000 for number in range(1000)], [False] * 1000
    least = threshold_at(scores, positive, 0.005)
    assert sum(score > least for score in scores) == 5


def test_recall_is_told_by_the_language_given_or_else_by_the_words():
    rows = [
        ("Rain for Sleep", "", True, ""),
        ("Lluvia para Dormir", "", True, ""),
        ("Quiet Hour", "", True, "cy"),
        ("Harbour", "", False, ""),
    ]
    found = measured(rows, [0.9, 0.8, 0.1, 0.2])
    assert found["by_language"] == {"cy": [0, 1], "en": [1, 1], "es": [1, 1]}
    assert found["recall"]["0.001"] == pytest.approx(2 / 3)
