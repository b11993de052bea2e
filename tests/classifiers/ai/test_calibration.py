import itertools

import pytest

from classifiers.ai.calibration import Calibration
from schemas.evidence import AiVerdict

CALIBRATION = Calibration.load()


def test_answers_rise_with_strength() -> None:
    verdicts = [CALIBRATION.verdict(strength, 60.0) for strength in (2.0, CALIBRATION.inconclusive, CALIBRATION.likely)]
    assert verdicts == [AiVerdict.NO_EVIDENCE, AiVerdict.INCONCLUSIVE, AiVerdict.LIKELY_AI]


def test_probability_never_falls_and_stays_inside() -> None:
    values = [CALIBRATION.probability(step / 10, 60.0) for step in range(400)]
    assert all(a <= b + 1e-12 for a, b in itertools.pairwise(values))
    assert 0 < values[0] < 0.1
    assert 0.9 < values[-1] < 1


def test_likely_ai_is_more_likely_than_not() -> None:
    assert CALIBRATION.probability(CALIBRATION.likely, 60.0) > 0.5


def test_short_recordings_are_asked_for_more() -> None:
    assert CALIBRATION.verdict(CALIBRATION.likely, 30.0) is AiVerdict.LIKELY_AI
    assert CALIBRATION.verdict(CALIBRATION.likely, 12.0) is AiVerdict.INCONCLUSIVE
    assert CALIBRATION.probability(6.0, 12.0) < CALIBRATION.probability(6.0, 30.0)


def test_people_reach_the_threshold_as_seldom_as_the_calibration_asks() -> None:
    assert CALIBRATION.reached_by_people(CALIBRATION.likely, 60.0) == pytest.approx(0.0025, rel=0.1)
    assert CALIBRATION.reached_by_people(CALIBRATION.inconclusive, 60.0) == pytest.approx(0.02, rel=0.1)
