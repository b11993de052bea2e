"""Answers become a declaration that says what was answered and nothing else."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.disclosure import AUDIBLE_FACETS, Facet, Level, admits_ai
from schemas.disclosure_form import QUESTIONS, DisclosureAnswers, RecordingPart, declaration_of

LEVELS = st.sampled_from(Level)


@pytest.mark.parametrize("level", [Level.NONE, Level.ALL])
def test_the_recording_in_full_or_not_at_all_speaks_for_everything_that_is_heard(level):
    assert declaration_of(DisclosureAnswers(recording=level)) == dict.fromkeys(AUDIBLE_FACETS, level)


@pytest.mark.parametrize(
    "parts", [set(some) for size in (1, 2, 3) for some in itertools.combinations(RecordingPart, size)]
)
def test_in_part_the_named_parts_are_partly_and_the_others_none(parts):
    declared = declaration_of(DisclosureAnswers(recording=Level.PARTLY, parts=parts))
    assert set(declared) == set(AUDIBLE_FACETS)
    assert sum(level is Level.PARTLY for level in declared.values()) == len(parts)
    assert sum(level is Level.NONE for level in declared.values()) == 3 - len(parts)


@given(LEVELS, LEVELS, LEVELS)
def test_an_open_answer_is_no_statement(lyrics, composition, artwork):
    answers = DisclosureAnswers(lyrics=lyrics, composition=composition, artwork=artwork)
    declared = declaration_of(answers)
    said = {Facet.LYRICS: lyrics, Facet.COMPOSITION: composition, Facet.ARTWORK: artwork}
    assert declared == {facet: level for facet, level in said.items() if level is not Level.UNDECLARED}
    assert not any(admits_ai(level) for facet, level in declared.items() if facet in AUDIBLE_FACETS)


@pytest.mark.parametrize(
    "answers",
    [
        {"recording": "PARTLY"},
        {"recording": "ALL", "parts": ["vocals"]},
        {"parts": ["mix"]},
        {"recording": "SOME"},
        {"persona": "robot"},
        {"drums": "ALL"},
    ],
)
def test_answers_that_contradict_themselves_are_refused(answers):
    with pytest.raises(ValidationError):
        DisclosureAnswers.model_validate(answers)


def test_every_choice_of_every_question_is_an_answer():
    for question in QUESTIONS:
        for choice in question.choices:
            given_answers = {question.name: [choice.value] if question.several else choice.value} | question.only_if
            if question.name == "recording" and choice.value == "PARTLY":
                given_answers["parts"] = ["vocals"]
            assert DisclosureAnswers.model_validate(given_answers)
