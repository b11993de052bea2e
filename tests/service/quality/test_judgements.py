"""Scores and spread of what people made of a case."""

import pytest

from schemas.quality import FINDINGS, Finding
from schemas.review import ReasonCode
from schemas.verdict import Action
from service.quality.judgements import Said, differ, latest, pairwise, scores
from service.quality.sampling import sampled

YES = (Action.LABEL, ReasonCode.AI_CONFIRMED)
HARDER = (Action.BLOCK, ReasonCode.AI_CONFIRMED)
NO = (Action.NONE, ReasonCode.AI_NOT_CONFIRMED)


def test_every_reason_says_what_it_finds():
    assert set(FINDINGS) == set(ReasonCode)
    assert set(FINDINGS.values()) == set(Finding)


def test_of_each_person_the_last_word_counts():
    said = [Said("ann", *YES), Said("bob", *NO), Said("ann", *NO)]
    assert [one.reason for one in latest(said)] == [ReasonCode.AI_NOT_CONFIRMED] * 2
    assert pairwise(said) == 1.0 and not differ(said)


def test_the_spread_is_the_share_of_pairs_who_found_the_same():
    said = [Said("ann", *YES), Said("bob", *HARDER), Said("cyd", *NO)]
    assert pairwise(said) == pytest.approx(1 / 3)
    assert pairwise(said[:1]) is None
    assert differ(said[:2])  # the same finding, another action
    assert not differ(said[:1])


def test_a_score_tells_finding_from_action_and_has_its_interval():
    answer = Said("key", *YES)
    ann, bob = scores([(Said("ann", *YES), answer), (Said("ann", *HARDER), answer), (Said("bob", *NO), answer)])
    assert (ann.person, ann.cases, ann.found, ann.right) == ("ann", 2, 2, 1)
    assert ann.low < 0.5 and ann.high == 1.0
    assert (bob.found, bob.right, bob.low) == (0, 0, 0.0)
    assert scores([]) == []


def test_a_sample_is_near_its_share_repeatable_and_apart_for_each_purpose():
    names = [f"trk_{n}" for n in range(20_000)]
    drawn = {name for name in names if sampled(name, 0.05, "a")}
    assert 900 < len(drawn) < 1_100
    assert drawn == {name for name in names if sampled(name, 0.05, "a")}
    other = {name for name in names if sampled(name, 0.05, "b")}
    assert len(drawn & other) < 100
    assert drawn <= {name for name in names if sampled(name, 0.2, "a")}  # a greater share keeps what a smaller one drew
    assert not any(sampled(name, 0.0, "a") for name in names) and all(sampled(name, 1.0, "a") for name in names)
