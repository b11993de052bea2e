import pytest

from classifiers.spam.confusables import mixes_scripts, skeleton
from classifiers.spam.lookalike import ProtectedNames

NAMES = ProtectedNames(
    [
        ("drake", "Drake"),
        ("lamar", "Kendrick Lamar"),
        ("gaga", "Lady Gaga"),
        ("sia", "Sia"),
        ("lake", "Chris Lake"),
        ("kesha", "Ke$ha"),
        ("alpha", "Rude-α"),
        ("beyonce", "Beyoncé"),
    ]
)


@pytest.mark.parametrize(
    ("name", "artist_id", "kind"),
    [
        ("Drаke", "drake", "homoglyph"),
        ("Dräke", "drake", "leet"),
        ("Dr4ke", "drake", "leet"),
        ("Kendrik Laamar", "lamar", "misspelling"),
        ("Llady Gaga", "gaga", "misspelling"),
        ("Chris Lane", "lake", "misspelling"),
        ("Ѕіа", "sia", "homoglyph"),
    ],
)
def test_imitations_are_told_apart_by_their_means(name, artist_id, kind):
    found = NAMES.resembled_by(name)
    assert (found.artist_id, found.kind.value) == (artist_id, kind)


@pytest.mark.parametrize(
    "name",
    [
        "Drake",
        "DRAKE",
        "Ke$ha",
        "Rude-α",
        "Kendrick",
        "Sja",
        "Sin",
        "椎名林檎",
        "Кино",
        "",
        "!!!",
        "Chris Lakeland Trio",
    ],
)
def test_the_names_themselves_and_names_far_from_them_imitate_nobody(name):
    assert NAMES.resembled_by(name) is None


def test_scripts_are_mixed_only_within_a_word():
    assert mixes_scripts("Drаke")
    assert not mixes_scripts("MC 張天賦")
    assert not mixes_scripts("Анна Asti")
    assert skeleton("Ѕіа") == skeleton("5IA") == "sia"
