import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.facts.names import fold, fold_p_line


@given(st.text(min_size=1))
@example("\u200b")
@example("!!!")
@example("\u0301")
@example(" ")
def test_no_name_folds_to_nothing_and_folding_twice_is_folding_once(name):
    folded = fold(name)
    assert folded
    assert fold(folded) == folded


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1))
@example("ῲ")
def test_a_name_folds_the_same_in_either_case_and_either_normal_form(name):
    assert fold(unicodedata.normalize("NFD", name)) == fold(unicodedata.normalize("NFC", name)) == fold(name)
    assert fold(f"  {name.casefold()} ") == fold(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyoncé", "BEYONCE"),
        ("Sigur Rós", "sigur  ros"),
        ("Ｆｕｌｌ Ｗｉｄｔｈ", "full-width"),
        ("STRASSE", "straße"),
        ("AC/DC", "ACDC"),
    ],
)
def test_spellings_of_one_name_fold_together(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("กิน", "กัน"),
        ("椎名林檎", "宇多田ヒカル"),
        ("Кино", "Сплин"),
        ("فيروز", "أم كلثوم"),
        ("が", "か"),
        ("!!!", "???"),
        ("🎷", "🥁"),
    ],
)
def test_names_of_other_scripts_and_signs_stay_apart(one, other):
    assert fold(one) != fold(other)


def test_p_lines_of_one_owner_fold_together_whatever_the_year():
    assert fold_p_line("℗ 2024 Ember Ltd.") == fold_p_line("(P) 2026 Ember Ltd") == fold_p_line("Ember Ltd")
    assert fold_p_line("2024") == "2024"
