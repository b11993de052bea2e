import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.spam.measures import average_precision
from classifiers.spam.text import ROUTES, TextModel, likelihood, score_text, text_model
from classifiers.training.text import FALSE_FRIENDS, Row, fit, wilson


@pytest.mark.parametrize(("title", "artist"), FALSE_FRIENDS)
def test_real_songs_that_keyword_models_flag_stay_clear(title, artist):
    assert score_text(title, artist).score < ROUTES


@pytest.mark.parametrize(
    ("title", "artist"),
    [
        ("Loopable Rain for Deep Sleep", "Rain Sounds"),
        ("Pure Brown Noise (No Fade)", "White Noise Baby Sleep"),
        ("Box Fan for Babies", None),
        ("Regen zum Einschlafen mit Gewitter", "Regengeräusche zum Schlafen"),
    ],
)
def test_what_is_worded_as_functional_audio_routes_with_a_reason(title, artist):
    scored = score_text(title, artist)
    assert scored.score > ROUTES
    assert scored.reasons


@pytest.mark.parametrize("title", ["Low Water", "Yellow", "恋", "Symphony No. 5 in C Minor, Op. 67", "Intro"])
def test_ordinary_titles_score_next_to_nothing(title):
    assert score_text(title, None).score < 0.05


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.none() | st.text(max_size=80))
def test_every_text_has_a_score_between_nought_and_one(title, artist):
    assert 0 <= likelihood(title, artist) <= 1


def test_a_title_without_an_artist_is_scored_alone():
    assert (
        likelihood("Brown Noise", "  ")
        == likelihood("Brown Noise", None)
        > likelihood("Brown Noise", "The Acacia Strain")
    )


def test_the_stored_model_survives_saving(tmp_path):
    model = text_model()
    model.save(str(tmp_path / "model.npz"))
    with np.load(tmp_path / "model.npz") as stored:
        assert np.array_equal(stored["weights"].astype(np.float32), model.weights)
    assert isinstance(model, TextModel)


def test_inference_needs_neither_scikit_learn_nor_scipy():
    import subprocess

    code = (
        "import sys; from classifiers.spam.text import score_text; score_text('Rain', 'x');"
        "print([name for name in ('sklearn', 'scipy', 'torch') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_training_tells_two_kinds_of_titles_apart_by_artists_it_never_saw():
    functional = ["rain for sleep", "white noise loop", "deep sleep waves", "calm baby noise", "sleep rain no fade"]
    songs = ["paper boats", "county fair", "moon buggy", "viper season", "glass lighthouse", "half a summer"]
    rows = [
        Row(f"{title} {word}", f"{'sounds' if positive else 'band'} {number}", positive, number % 5)
        for number in range(20)
        for positive, titles in ((True, functional), (False, songs))
        for title, word in zip(titles, ["soft", "long", "pure", "light", "one", "two"], strict=False)
    ]
    model, titles, _ = fit(rows)
    labels = np.array([row.positive for row in rows])
    assert average_precision(titles.tolist(), labels.tolist()) > 0.99
    assert model.probability("rain noise sleep", None) > 0.5 > model.probability("paper lighthouse", None)


def test_the_interval_of_a_share_is_wilsons():
    low, high = wilson(95, 127)
    assert (round(low, 3), round(high, 3)) == (0.666, 0.815)
    assert wilson(0, 0) == (0.0, 1.0)
