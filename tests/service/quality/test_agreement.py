"""Krippendorff's alpha against the worked examples of its author (Computing Krippendorff's Alpha-Reliability, 2011)."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.quality.agreement import FEWEST, agreement, nominal, ordinal

BINARY = list(zip([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], strict=True))
LETTERS = list(zip("aabbdcccedda", "babbbccceddd", strict=True))
FOUR = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
MISSING = [[one for one in unit if one is not None] for unit in zip(*FOUR, strict=True)]


@pytest.mark.parametrize(
    ("cases", "categories", "distances", "published"),
    [
        (BINARY, [0, 1], nominal, 0.095),
        (LETTERS, list("abcde"), nominal, 0.692),
        (MISSING, [1, 2, 3, 4, 5], nominal, 0.743),
        (MISSING, [1, 2, 3, 4, 5], ordinal, 0.815),
    ],
)
def test_the_published_examples_come_out(cases, categories, distances, published):
    assert agreement(cases, categories, distances).alpha == pytest.approx(published, abs=0.0006)


def test_full_agreement_is_one_and_its_lower_bound_is_what_one_disagreement_would_give():
    found = agreement([("a", "a")] * 40 + [("b", "b")] * 40, ["a", "b"])
    assert (found.alpha, found.high) == (1.0, 1.0)
    assert found.low == agreement([("a", "a")] * 40 + [("b", "b")] * 40 + [("a", "b")], ["a", "b"]).alpha
    assert 0.9 < found.low < 1.0


def test_where_everybody_always_says_the_same_nothing_shows_whether_they_can_tell():
    found = agreement([("a", "a")] * 50, ["a", "b"])
    assert (found.cases, found.alpha, found.too_few) == (50, None, False)


def test_no_case_and_cases_with_one_judgement_give_nothing():
    assert agreement([], ["a", "b"]).alpha is None
    found = agreement([("a",), ()], ["a", "b"])
    assert (found.cases, found.alpha, found.too_few) == (0, None, True)


def test_few_cases_are_called_too_few():
    assert agreement(LETTERS, list("abcde")).too_few
    assert not agreement(LETTERS * 3, list("abcde")).too_few
    assert FEWEST == 30


def test_chance_gives_about_zero_and_the_interval_narrows_with_cases():
    mixed = [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]
    few, many = agreement(mixed * 10, ["a", "b"]), agreement(mixed * 1000, ["a", "b"])
    assert many.alpha == pytest.approx(0, abs=0.001)
    assert few.low < 0 < few.high
    assert many.high - many.low < (few.high - few.low) / 5


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=2, max_size=4), min_size=3, max_size=30))
def test_it_is_at_most_one_within_its_interval_and_blind_to_order(cases):
    found = agreement(cases, list("abc"))
    assert agreement([list(reversed(one)) for one in reversed(cases)], list("abc")).alpha == pytest.approx(found.alpha)
    if found.alpha is not None:
        assert found.low <= found.alpha <= found.high <= 1.0 + 1e-9


def test_the_interval_covers_what_resampling_gives():
    """Against a bootstrap with a fixed seed: the jackknife's width is within a quarter of it."""
    import random

    draw = random.Random(7)
    cases = [("a", "a")] * 60 + [("b", "b")] * 25 + [("a", "b")] * 15
    alphas = sorted(agreement(draw.choices(cases, k=100), ["a", "b"]).alpha for _ in range(400))
    width = alphas[389] - alphas[10]
    found = agreement(cases, ["a", "b"])
    assert found.high - found.low == pytest.approx(width, rel=0.25)
    assert Counter(cases).total() == found.cases
