"""Text of strangers is shown with everything that hides or lies made visible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.inert import LONGEST, inert


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Low Water", "Low Water"),
        ("Лето 夏 🎸", "Лето 夏 🎸"),
        ("gnp.\u202eexe", "gnp.⟨U+202E⟩exe"),
        ("Dra\u200bke", "Dra⟨U+200B⟩ke"),
        ("Dra\u3164ke \u115f", "Dra⟨U+3164⟩ke ⟨U+115F⟩"),
        ("a\tb\x00", "a⟨U+0009⟩b⟨U+0000⟩"),
        ("Low\u00a0Water\u3000夏", "Low Water 夏"),
        (None, ""),
    ],
)
def test_controls_and_invisible_characters_become_visible(text, shown):
    assert inert(text) == shown


def test_long_text_is_cut_and_says_so():
    assert inert("x" * 5000) == "x" * LONGEST + " … (5,000 characters)"


@given(st.text())
def test_nothing_unprintable_is_left(text):
    assert inert(text).isprintable()
