"""The language of titles, which most titles are too short to have. The titles are made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.spam.language import LANGUAGES, title_language


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Wenn der Regen auf die alten Dächer fällt", "de"),
        ("Não quero mais saber do seu coração", "pt"),
        ("Il ne faut pas que tu partes sans moi", "fr"),
        ("Jag vill aldrig mer gå hem utan dig", "sv"),
        ("All the things that we were never going to say", "en"),
        ("Bu gece yıldızlar senin için parlıyor", "tr"),
        ("君のいない夜の駅で待っている", "ja"),
        ("너를 기다리는 밤의 바다에서", "ko"),
    ],
)
def test_a_long_title_has_a_language(title: str, language: str) -> None:
    assert title_language(title) == language
    assert title_language(f"{title} - Live in Berlin") == language


@pytest.mark.parametrize(
    "title", ["Happier", "Rain", "La La La", "Tokyo", "雨", "Regen zum Schlafen", "1 2 3 4 5 6 7 8 9", "", "(Intro)"]
)
def test_a_short_title_has_none(title: str) -> None:
    assert title_language(title) is None


def test_a_title_of_words_of_no_language_has_none() -> None:
    assert title_language("Aurelia Zandora Mirakesh Tolvenna Quillarion") is None


@given(st.text(max_size=80))
def test_any_text_gives_a_known_language_or_none(title: str) -> None:
    assert title_language(title) in {None, *LANGUAGES}
